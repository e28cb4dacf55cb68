"""What is measured from outside: the model and the texts, and the memory of a program."""

from pathlib import Path

from benchmarks.processes import peak_mib
from benchmarks.served import texts, write_model
from benchmarks.sizes import PIECES
from seq2seq.translator import load_translator


def test_the_work_has_as_many_pieces_as_it_says(tmp_path: Path) -> None:
    """Every sentence has 15 pieces and its translation, too, whatever the weights are."""
    directory = tmp_path / "work"
    write_model(directory)

    sentences = texts(directory, 20)
    translations = load_translator(directory).translate_all(sentences)

    assert len(set(sentences)) == 20
    assert {len(translation.source.tokens) for translation in translations} == {PIECES}
    assert {len(translation.pieces) for translation in translations} == {PIECES}


def test_the_peak_is_that_of_the_program_alone() -> None:
    """What it has given back counts, and what its parent holds does not."""
    without, with_64_mib = (
        peak_mib(code, [], threads=1) for code in ("pass", "held = b'x' * (64 << 20); del held")
    )

    assert without < 64
    assert 60 < with_64_mib - without < 68
