import json
import math
from pathlib import Path

import pytest

from seq2seq.errors import TrainingError
from seq2seq.training.journal import Journal, read_journal


def test_what_a_kill_left_is_cut_off(tmp_path: Path) -> None:
    """Down to the length that a checkpoint kept, half a line included."""
    journal = Journal(tmp_path, 0)
    journal.write("update", update=1)
    kept = journal.flush()
    journal.write("update", update=2)
    journal.close()
    with (tmp_path / "journal.jsonl").open("ab") as file:
        file.write(b'{"kind": "upd')

    again = Journal(tmp_path, kept)
    again.write("update", update=2, loss=0.5)
    again.close()

    lines = (tmp_path / "journal.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [
        {"kind": "update", "update": 1},
        {"kind": "update", "update": 2, "loss": 0.5},
    ]


def test_a_journal_that_was_deleted_begins_anew(tmp_path: Path) -> None:
    """The run goes on all the same."""
    journal = Journal(tmp_path, 1_000)
    journal.write("update", update=9)
    journal.close()

    assert (tmp_path / "journal.jsonl").read_text() == '{"kind": "update", "update": 9}\n'


def test_numbers_that_json_has_not_become_null(tmp_path: Path) -> None:
    """Infinite perplexity, say."""
    journal = Journal(tmp_path, 0)
    journal.write("update", perplexity=math.inf)
    journal.close()

    assert json.loads((tmp_path / "journal.jsonl").read_text())["perplexity"] is None


def test_two_processes_cannot_train_in_one_directory(tmp_path: Path) -> None:
    """The second one is told, and changes nothing; when the first has ended it may."""
    first = Journal(tmp_path, 0)
    first.write("update", update=1)

    with pytest.raises(TrainingError) as caught:
        Journal(tmp_path, 0)
    first.close()

    assert str(caught.value) == (
        f"{tmp_path}: another process is training in this directory. "
        "Wait for it or stop it, or train into another directory."
    )
    assert (tmp_path / "journal.jsonl").stat().st_size > 0
    Journal(tmp_path, 0).close()


def test_a_journal_is_read_back_without_its_torn_end(tmp_path: Path) -> None:
    """Every whole line; nothing where there is no journal."""
    journal = Journal(tmp_path, 0)
    journal.write("update", update=1, nll=2.0)
    journal.write("validation", update=1, bleu=math.nan)
    journal.close()
    with (tmp_path / "journal.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"kind": "upd')

    assert read_journal(tmp_path) == [
        {"kind": "update", "update": 1, "nll": 2.0},
        {"kind": "validation", "update": 1, "bleu": None},
    ]
    assert read_journal(tmp_path / "nowhere") == []
