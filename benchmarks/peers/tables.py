"""What everybody is asked to do, and the tables of how fast they did it."""

from collections.abc import Iterator, Sequence

from benchmarks.peers.lineups import Lineup
from benchmarks.peers.process import Task
from benchmarks.rates import Line, header, row, take_turns
from benchmarks.sizes import BATCH, PIECES
from benchmarks.work import pieces

ALONE = 8  # sentences in a row where they are translated one at a time: one is over too soon


def updates() -> list[Task]:
    """One update."""
    request = {"work": "train", "sources": texts(BATCH), "targets": texts(BATCH)}
    return [Task(f"an update on {BATCH} sentences", request, BATCH * PIECES, BATCH * PIECES)]


def searches(togethers: Sequence[int]) -> list[Task]:
    """Greedy and beam search, of so many sentences at a time."""
    return [_search(beam, together) for beam in (1, 5) for together in togethers]


def table(unit: str, tasks: Sequence[Task], lineup: Lineup, rounds: int) -> Iterator[Line]:
    """Yield the lines."""
    names = list(lineup.peers)
    yield header(unit, names)
    for task in tasks:
        runs = {name: peer.run(task) for name, peer in lineup.peers.items()}
        yield row(task.label, take_turns(runs, task.amount, rounds), names, lineup.references)


def texts(count: int) -> list[str]:
    """Make sentences as text for whoever has a vocabulary of p4, p5, ...; who adds an end drops a piece."""
    return [" ".join(f"p{piece}" for piece in sentence) for sentence in pieces(count)]


def _search(beam: int, together: int) -> Task:
    count = ALONE if together == 1 else together
    request = {"work": "search", "sources": texts(count), "beam": beam, "together": together}
    return Task(f"beam {beam}, {together} at a time", request, count * PIECES, count)
