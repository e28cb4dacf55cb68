from collections.abc import Sequence

import pytest
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.significance import PairedTest, Result

import systems
from seq2seq.errors import InputError
from seq2seq.evaluation.measures import Measure, Scoring, measure_bleu, measure_chrf
from seq2seq.evaluation.significance import Trials, difference

QUICK = Trials(samples=200, shuffles=400)
_, REFERENCES = systems.held_out(120)


def bleu_of(share: float, seed: int = 2) -> Measure:
    """BLEU of a system that gets a share of the words wrong."""
    return measure_bleu(systems.damaged(REFERENCES, share, seed=seed), [REFERENCES], Scoring(bootstrap=0))


def test_a_system_against_itself_is_never_significant() -> None:
    """Both tests give p = 1, where sacreBLEU's own tests say 0.001."""
    found = difference([bleu_of(0.3)], [bleu_of(0.3)], QUICK)

    assert (found.delta, found.interval.low, found.interval.high) == (0.0, 0.0, 0.0)
    assert (found.p_bootstrap, found.p_randomisation) == (1.0, 1.0)
    assert not found.is_shown


def test_a_damaged_system_is_significantly_worse() -> None:
    """By both tests, on both metrics, and the interval of the difference leaves out 0."""
    found = difference([bleu_of(0.05)], [bleu_of(0.4)], QUICK)

    assert found.is_shown
    assert found.interval.low <= found.delta <= found.interval.high < 0
    assert found.p_bootstrap == pytest.approx(1 / 201)
    assert found.p_randomisation == pytest.approx(1 / 401)


def test_two_equally_damaged_systems_show_no_difference() -> None:
    """Other words, the same share of them."""
    found = difference([bleu_of(0.2, seed=3)], [bleu_of(0.2, seed=4)], QUICK)

    assert not found.is_shown
    assert found.interval.low < 0 < found.interval.high


def test_the_order_of_systems_changes_only_the_sign() -> None:
    """Both tests are two-sided."""
    one, other = bleu_of(0.20), bleu_of(0.24, seed=5)

    there, back = difference([one], [other], QUICK), difference([other], [one], QUICK)

    assert there.delta == pytest.approx(-back.delta)
    assert (there.interval.low, there.interval.high) == pytest.approx(
        (-back.interval.high, -back.interval.low)
    )
    assert there.p_bootstrap == back.p_bootstrap
    assert there.p_randomisation == pytest.approx(back.p_randomisation)


def test_approximate_randomisation_agrees_with_sacrebleu() -> None:
    """Where systems differ, the two implementations estimate the same p."""
    hypotheses = [systems.damaged(REFERENCES, 0.2, seed=seed) for seed in (3, 4)]
    named: list[tuple[str, Sequence[str]]] = [("one", hypotheses[0]), ("other", hypotheses[1])]
    _, scores = PairedTest(named, {"BLEU": BLEU()}, [REFERENCES], test_type="ar", n_samples=2_000)()
    theirs = scores["BLEU"][1]
    assert isinstance(theirs, Result)
    measures = [measure_bleu(lines, [REFERENCES], Scoring(bootstrap=0)) for lines in hypotheses]

    ours = difference([measures[0]], [measures[1]], Trials(samples=10, shuffles=2_000))

    assert 0.01 < ours.p_randomisation < 0.99
    assert ours.p_randomisation == pytest.approx(theirs.p_value, abs=0.04)


def test_the_same_seed_gives_the_same_answer() -> None:
    """And another seed is another draw."""
    chrf = [
        measure_chrf(systems.damaged(REFERENCES, share), [REFERENCES], Scoring(bootstrap=0))
        for share in (0.2, 0.22)
    ]

    first = difference([chrf[0]], [chrf[1]], QUICK)

    assert difference([chrf[0]], [chrf[1]], QUICK) == first
    assert difference([chrf[0]], [chrf[1]], Trials(200, 400, seed=1)).interval.low != first.interval.low


@pytest.mark.parametrize(("name", "value", "least"), [("samples", 0, 1), ("shuffles", 0, 1), ("seed", -1, 0)])
def test_trials_outside_their_range_are_refused(name: str, value: int, least: int) -> None:
    """The message names the argument."""
    with pytest.raises(InputError, match=f"^{name}: {name} is {value}, and must be at least {least}$"):
        Trials(**{name: value})
