"""Made-up comparisons for the tests of the report: systems of one or several runs, all known of them."""

import numpy as np

import systems
from seq2seq.decoding.options import SearchOptions
from seq2seq.evaluation.compare import Comparison, compare
from seq2seq.evaluation.curves import Curve, Point
from seq2seq.evaluation.evaluate import Evaluation, evaluate
from seq2seq.evaluation.measures import Scoring
from seq2seq.evaluation.origin import Leak, Origin
from seq2seq.evaluation.report import Report, report_of
from seq2seq.evaluation.significance import Trials
from seq2seq.evaluation.stretch import stretch_of
from seq2seq.evaluation.system import System, system_of
from seq2seq.preview.grid import Grid, Unit

SOURCES, REFERENCES = systems.held_out(220)
QUICK = Trials(samples=100, shuffles=200)


def run(  # noqa: PLR0913 — what tests vary, each by its name
    name: str,
    share: float,
    *,
    seed: int = 1,
    sentences: int = 220,
    tokenize: str = "13a",
    origin: Origin | None = None,
    grids: tuple[Grid, ...] = (),
) -> Evaluation:
    """A run that gets a share of the words wrong."""
    references = REFERENCES[:sentences]
    return evaluate(
        name,
        SOURCES[:sentences],
        [references],
        systems.damaged(references, share, seed=seed),
        scoring=Scoring(bootstrap=50, tokenize=tokenize),
        search=SearchOptions(beam=3),
        origin=origin,
        grids=grids,
    )


def several(name: str, share: float, seeds: int = 3) -> System:
    """A system of several runs, of which nothing else is known."""
    return system_of(*(run(name, share, seed=seed) for seed in range(1, seeds + 1)))


def origin(  # noqa: PLR0913 — what tests vary, each by its name
    seed: int = 1,
    *,
    attention: str = "none",
    data: str = "d1",
    updates: str = "300",
    leak: Leak | None = None,
    parameters: str = "1,000",
) -> Origin:
    """What a model would say about itself."""
    return Origin(
        path=f"runs/{attention}-{seed}",
        facts={
            "attention": attention,
            "parameters": parameters,
            "training data": data,
            "updates": updates,
            "seed": str(seed),
        },
        settings={"model.attention": f'"{attention}"', "seed": str(seed), "training.updates": updates},
        command=f"seq2seq train tiny --set seed={seed} --set model.attention={attention}",
        revision=f"{seed}{attention}",
        curve=Curve(
            (Point(10, 3.0), Point(20, 2.0 - seed / 10)),
            (),
            (Point(10, 1.0), Point(20, 5.0 + seed)),
            "tok:13a",
        ),
        leak=leak,
    )


def grids(sentences: int = 220) -> tuple[Grid, ...]:
    """Attention that goes along the diagonal, less surely on each sentence."""
    units = (Unit("a", 0), Unit("b", 1), Unit("", 2, is_end=True))
    return tuple(
        Grid(units, units, np.full((3, 3), (1 - sure) / 3) + sure * np.eye(3))
        for sure in np.linspace(0.9, 0.1, sentences)
    )


def twins(seeds: int = 3, *, data: str = "d1", updates: str = "300") -> list[System]:
    """A plain system and an attentive one, with all that can be known."""
    plain = [run("plain", 0.4, seed=seed, origin=origin(seed)) for seed in range(1, seeds + 1)]
    attention = [
        run(
            "attention",
            0.1,
            seed=seed,
            origin=origin(seed, attention="bahdanau", parameters="1,100", data=data, updates=updates),
            grids=grids(),
        )
        for seed in range(1, seeds + 1)
    ]
    return [system_of(*plain), system_of(*attention)]


def full_report(seeds: int = 3) -> Report:
    """A report that has every section."""
    found = twins(seeds)
    comparison: Comparison = compare(found, QUICK)
    stretches = [stretch_of(joined, found) for joined in (1, 2)]
    return report_of(comparison, stretches, "seq2seq compare plain attention --test a b")
