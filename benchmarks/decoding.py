"""Greedy and beam search: the network as it was trained, and packed in each precision, in turns."""

from collections.abc import Iterator

from benchmarks.rates import Clock, Line, Rates, Run, header, row, take_turns, timed
from benchmarks.sizes import PIECES
from benchmarks.work import network, sentences
from seq2seq.decoding.options import SearchOptions
from seq2seq.decoding.search import search_all
from seq2seq.nn.inference import Network, for_inference, is_int8_available

EAGER, FLOAT32, INT8 = "network", "packed, float32", "packed, int8"
NAMES = [EAGER, FLOAT32, INT8]
# What a change must not undo: (beam, sentences at a time) -> the packed network's lead over the network
# itself. About half of what was measured, since ratios differ between processors.
GUARD = {(1, 1): 2.0, (1, 64): 1.5, (5, 1): 2.0, (5, 64): 1.5}


def contestants(attention: str, *, conditional: bool = True) -> dict[str, Network]:
    """Pack one network in every way that there is."""
    trained = network(attention, conditional=conditional).eval()
    found: dict[str, Network] = {EAGER: trained, FLOAT32: for_inference(trained, "float32")}
    if is_int8_available():
        found[INT8] = for_inference(trained, "int8")
    return found


def search(model: Network, beam: int, together: int, clock: Clock) -> Run:
    """Search so many sentences, as many at the same time as a file of them would be."""
    sources = sentences(together)
    options = SearchOptions(beam=beam, max_target_tokens=PIECES)
    return timed(lambda: search_all(model, sources, options), clock)


def measure(rounds: int, clock: Clock) -> Iterator[Line]:
    """Yield the table line by line; raise if a lead has been lost.

    Raises:
        SystemExit: a packed network has lost its lead.
    """
    yield header("sentences a second", NAMES)
    lost: list[str] = []
    for attention, conditional in (("bahdanau", True), ("bahdanau", False), ("none", True)):
        models = contestants(attention, conditional=conditional)
        for beam in (1, 5):
            for together in (1, 8, 64):
                runs = {name: search(model, beam, together, clock) for name, model in models.items()}
                rates = take_turns(runs, together, rounds)
                kind = "conditional GRU" if conditional else "attention before the cell"
                what = kind if attention != "none" else "no attention"
                label = f"{what}, beam {beam}, {together} at a time"
                yield row(label, rates, NAMES)
                lost += _lost(label, (beam, together), rates)
    if lost:
        raise SystemExit("\n".join(lost))


def _lost(label: str, key: tuple[int, int], rates: dict[str, Rates]) -> list[str]:
    best = max(rate.over(rates[EAGER]) for name, rate in rates.items() if name != EAGER)
    floor = GUARD.get(key, 1.0)
    return [f"{label}: {best:.1f} times the network itself, and at least {floor} is asked"] * (best < floor)
