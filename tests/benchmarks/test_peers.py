"""The conversation with other systems, held with workers that only pretend to work."""

import io
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from benchmarks.peers import lineups, systems
from benchmarks.peers.lineups import Entry, Lineup, check_alike, enter
from benchmarks.peers.process import Peer, Task, started
from benchmarks.peers.systems import System
from benchmarks.peers.tables import searches, table, texts, updates
from benchmarks.peers.worker import Work, answer, chunks
from benchmarks.sizes import PIECES, VOCABULARY
from benchmarks.work import network, network_like_peers, parameters

TASK = Task("some work", {"work": "search", "sources": ["p4 p5"] * 4}, 8, 4.0)

# Says the same of whatever it is asked for: so many seconds, and so many pieces a sentence.
PRETENDER = """
import json, sys
seconds, pieces, parameters = float(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
print(json.dumps({"version": "1.0", "parameters": parameters}), flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    if pieces == 0:
        raise SystemExit("out of ideas")
    print(json.dumps({"seconds": seconds, "pieces": pieces * len(asked["sources"])}), flush=True)
"""


def pretender(seconds: float, pieces: int = 2, parameters: int = 12_000_000) -> list[str]:
    """Start one."""
    return [sys.executable, "-c", PRETENDER, str(seconds), str(pieces), str(parameters)]


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """End every worker after the test."""
    with ExitStack() as stack:
        yield stack


def lineup(stack: ExitStack, *seconds: float) -> Lineup:
    """Start one for each speed; the first two are peers."""
    peers: dict[str, Peer] = {}
    for index, each in enumerate(seconds):
        peer = stack.enter_context(started(f"system{index}", "", pretender(each)))
        peers[peer.title] = peer
    return Lineup(peers, references=2)


def test_a_table_names_versions_and_sizes_and_has_a_ratio_to_each_peer(stack: ExitStack) -> None:
    """Four sentences in 2 s, 1 s and 0.5 s."""
    lines = list(table("sentences a second", [TASK], lineup(stack, 2.0, 1.0, 0.5), rounds=2))

    assert "\n".join(map(str, lines)).splitlines() == [
        "| sentences a second | system0 1.0, 12.0 M | system1 1.0, 12.0 M | system2 1.0, 12.0 M |",
        "|---|---|---|---|",
        "| some work | 2 (2 to 2) | 4 (4 to 4) | 8 (8 to 8) = **4.0 ×, 2.0 ×** |",
    ]


def test_who_writes_less_than_others_is_not_compared(stack: ExitStack) -> None:
    """Its rate would be of other work."""
    peer = stack.enter_context(started("Hasty", "int8", pretender(1.0, pieces=1)))

    assert peer.title == "Hasty 1.0, int8, 12.0 M"
    with pytest.raises(
        SystemExit, match="Hasty dealt with 4 pieces at “some work”, where everybody deals with 8"
    ):
        peer.run(TASK)()


def test_who_stops_is_named(stack: ExitStack, capfd: pytest.CaptureFixture[str]) -> None:
    """Its own message is passed on."""
    peer = stack.enter_context(started("Mortal", "", pretender(1.0, pieces=0)))

    with pytest.raises(SystemExit, match="Mortal stopped at “some work”"):
        peer.run(TASK)()
    assert "out of ideas" in capfd.readouterr().err


def test_who_cannot_be_installed_is_left_out_and_the_others_stay(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    stack: ExitStack,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """A package that no index has, looked for in an empty folder."""
    monkeypatch.setattr(systems, "ENVIRONMENTS", tmp_path / "peers")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    nowhere = System("Nowhere", "nowhere", ("no-such-package==1.0",), borrows=True)
    silent = System("Silent", "benchmarks.no_such_worker", (), borrows=False)
    missing: dict[str, str] = {}

    present = enter(iter([Entry(nowhere, is_reference=True), Entry(silent)]), 1, "cpu", stack, missing)

    assert present == Lineup({}, references=0)
    assert missing["Nowhere"].startswith("Nowhere could not be installed: ")
    assert missing["Silent"] == "Silent does not start"
    assert "left out: Nowhere could not be installed" in capfd.readouterr().out
    assert not (tmp_path / "peers" / "nowhere" / ".installed").exists()


def test_an_environment_that_is_there_is_not_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stamp says what was asked for; other requirements would be another environment."""
    monkeypatch.setattr(systems, "ENVIRONMENTS", tmp_path)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    system = System("Present", "present", ("no-such-package==1.0",), borrows=False)
    system.directory.mkdir()
    (system.directory / ".installed").write_text("no-such-package==1.0", encoding="utf-8")

    system.install()

    assert system.command("1", "cpu")[0] == str(tmp_path / "present" / "bin" / "python")


def test_networks_of_different_sizes_are_refused() -> None:
    """A twentieth more is alike, and twice as much is not."""
    check_alike({"one": 100, "other": 105})
    with pytest.raises(
        SystemExit, match="should have as many parameters as each other, and have not: one: 100"
    ):
        check_alike({"one": 100, "other": 200})


def test_our_network_like_theirs_has_the_parameters_of_theirs() -> None:
    """Two tables of 8,000 x 256 and one of 8,000 x 512, where the default has one of 8,000 x 256 for all."""
    model = network_like_peers()

    tables = [tuple(weight.shape) for weight in model.parameters() if len(weight) == VOCABULARY]
    assert sorted(tables) == [(8_000,), (8_000, 256), (8_000, 256), (8_000, 512)]
    assert parameters(network("bahdanau")) < 0.6 * parameters(model)


def test_everybody_gets_sentences_of_as_many_pieces() -> None:
    """In training both sides; one at a time some in a row, so that it is not over too soon."""
    (update,) = updates()
    alone, together = searches((1, 64))[:2]

    requests: list[Any] = [update.request, alone.request, together.request]
    assert [len(request["sources"]) for request in requests] == [80, 8, 64]
    assert [len(request["sources"]) * PIECES for request in requests] == [
        update.pieces,
        alone.pieces,
        together.pieces,
    ]
    assert update.amount == 80 * PIECES
    assert together.amount == 64
    assert {len(text.split()) for text in texts(3)} == {PIECES}
    assert chunks(["a", "b", "c"], 2) == [["a", "b"], ["c"]]


def test_a_worker_times_its_work_and_not_what_comes_before() -> None:
    """A clock that moves when somebody works: by 10 for the preparation, by 3 for the work."""
    now = 0.0
    answers = io.StringIO()

    def prepare(asked: dict[str, Any]) -> Work:
        nonlocal now
        now += 10.0

        def work() -> Iterable[int]:
            nonlocal now
            now += 3.0
            return [asked["each"], asked["each"]]

        return work

    requests = [json.dumps({"work": "search", "each": 15})]
    answer(requests, answers, {"version": "2"}, {"search": prepare}, lambda: now)

    assert [json.loads(line) for line in answers.getvalue().splitlines()] == [
        {"version": "2"},
        {"seconds": 3.0, "pieces": 30},
    ]


def test_our_own_worker_does_both_kinds_of_work(stack: ExitStack) -> None:
    """The one that needs nothing installed; it writes 15 pieces a sentence, and learns as many."""
    entry = next(entry for entry in lineups.searchers() if not entry.is_reference)
    present = enter(iter([entry]), 1, "cpu", stack, {})
    (peer,) = present.peers.values()

    assert peer.title.startswith("seq2seq ")
    assert peer.parameters == parameters(network_like_peers())
    sources = texts(2)
    for request in (
        {"work": "train", "sources": sources, "targets": sources},
        {"work": "search", "sources": sources, "beam": 5, "together": 1},
    ):
        assert peer.run(Task("a little", request, 2 * PIECES, 2.0))() > 0.0
