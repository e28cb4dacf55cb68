import re

import pytest

from comparisons import QUICK, run, several
from seq2seq.errors import GateNotMet, UsageError
from seq2seq.evaluation.compare import Comparison, compare
from seq2seq.evaluation.gates import Requirement, check_gates
from seq2seq.evaluation.system import system_of


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    """Plain is the baseline, attention better, and two others alike."""
    shares = {"gru-plain": 0.4, "gru-attention": 0.1, "twin-one": 0.2}
    found = [system_of(run(name, share)) for name, share in shares.items()]
    return compare([*found, system_of(run("twin-two", 0.2, seed=9))], QUICK)


def test_what_is_reached_passes(comparison: Comparison) -> None:
    """Names may be parts of names, and the baseline need not reach the BLEU of the others."""
    lowest = min(system.bleu.value for system in comparison.systems[1:])
    assert comparison.baseline.bleu.value < lowest

    check_gates(
        comparison, lowest, (Requirement.parse("attention>plain"), Requirement("gru-attention", "one"))
    )
    check_gates(comparison, None, ())


def test_a_score_below_exits_with_6(comparison: Comparison) -> None:
    """Naming score, demand and signature; the baseline is not asked."""
    with pytest.raises(GateNotMet) as caught:
        check_gates(comparison, 99.0, ())

    assert caught.value.exit_code == 6
    assert caught.value.where == "gru-attention, twin-one, twin-two"
    value = comparison.systems[1].bleu.value
    assert f"gru-attention: BLEU is {value:.4f} and 99 was demanded (nrefs:1|" in caught.value.problem


@pytest.mark.parametrize("wanted", ["twin-one>twin-two", "twin-two>twin-one"])
def test_a_difference_that_is_not_shown_exits_with_6(comparison: Comparison, wanted: str) -> None:
    """Neither of two alike systems is better, and the baseline need not be one of them."""
    with pytest.raises(GateNotMet) as caught:
        check_gates(comparison, None, (Requirement.parse(wanted),))

    assert caught.value.exit_code == 6
    assert caught.value.where == wanted
    assert re.match(
        r"the difference is [+-]\d\.\d\d BLEU \[-\d\.\d\d, \+\d\.\d\d\] with p = 0\.\d{4}, and one above 0 "
        r"with p < 0\.05 by every test was demanded \(nrefs:1\|",
        caught.value.problem,
    )


def test_a_difference_the_wrong_way_round_is_not_met(comparison: Comparison) -> None:
    """However sure it is."""
    with pytest.raises(GateNotMet, match=r"^gru-plain>gru-attention: the difference is -"):
        check_gates(comparison, None, (Requirement.parse("plain>attention"),))


def test_with_seeds_the_test_over_seeds_counts_too() -> None:
    """Runs that differ more than the systems do show no difference, whatever the sentences say."""
    unsteady = [run("b", share, seed=seed) for seed, share in ((1, 0.05), (2, 0.35), (3, 0.35))]
    found = compare([several("a", 0.3), system_of(*unsteady)], QUICK)
    difference = found.pairings[0].bleu
    assert max(difference.p_bootstrap, difference.p_randomisation) < 0.05 < (difference.p_both or 0.0)

    with pytest.raises(GateNotMet, match=r"^b>a: "):
        check_gates(found, None, (Requirement.parse("b>a"),))


@pytest.mark.parametrize("text", ["attention", "a>b>c", ">plain", "a <b", "a> "])
def test_a_requirement_has_two_names(text: str) -> None:
    """It is read before anything is translated."""
    with pytest.raises(UsageError, match=f"^--require: '{re.escape(text)}' is not a requirement. Write two"):
        Requirement.parse(text)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "nobody>plain",
            "'nobody' is the name of no system. Compared are gru-plain, gru-attention, twin-one, twin-two.$",
        ),
        ("plain>attentoin", "'attentoin' is the name of no system. Did you mean 'attention'\\? Compared are"),
        ("plain>twin-tow", "'twin-tow' is the name of no system. Did you mean 'twin-two'\\?"),
        ("plain>twni", "'twni' is the name of no system. Compared are"),  # two have a twin in their names
        ("twin>plain", "'twin' is in the name of more than one system. Compared are"),
        ("plain>gru-plain", "gru-plain cannot be better than itself"),
    ],
)
def test_names_that_fit_no_one_system_are_refused(comparison: Comparison, text: str, problem: str) -> None:
    """With those that there are."""
    demanded, names = Requirement.parse(text), [system.name for system in comparison.systems]

    with pytest.raises(UsageError, match=f"^--require: {problem}"):
        demanded.among(names)
    with pytest.raises(UsageError, match=f"^--require: {problem}"):
        check_gates(comparison, None, (demanded,))
