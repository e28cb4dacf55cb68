"""How the time of greedy search grows with the length of translations: pieces a second should not fall."""

from collections.abc import Iterator

from benchmarks.rates import Clock, Line, Run, header, row, take_turns
from benchmarks.sizes import PIECES
from benchmarks.work import network, sentences
from seq2seq.decoding.options import SearchOptions
from seq2seq.decoding.search import search_all
from seq2seq.nn.inference import Network, for_inference, is_int8_available

TOGETHER = 16
TIMES = (1, 2, 4)  # as long as the sentences of the other tables; a search stops at 65 pieces for them


def measure(rounds: int, clock: Clock) -> Iterator[Line]:
    """Yield the table line by line."""
    names = [f"{PIECES * times} pieces" for times in TIMES]
    yield header("target pieces a second", names)
    model = for_inference(network("bahdanau").eval(), "int8" if is_int8_available() else "float32")
    runs = {name: _search(model, times, clock) for name, times in zip(names, TIMES, strict=True)}
    yield row(f"greedy, {TOGETHER} at a time", take_turns(runs, TOGETHER * PIECES, rounds), names)


def _search(model: Network, times: int, clock: Clock) -> Run:
    """Translate; gives the seconds for each `PIECES` of a translation."""
    sources = sentences(TOGETHER)
    options = SearchOptions(beam=1, max_target_tokens=PIECES * times, allow_repetition=True)

    def run() -> float:
        began = clock()
        search_all(model, sources, options)
        return (clock() - began) / times

    return run
