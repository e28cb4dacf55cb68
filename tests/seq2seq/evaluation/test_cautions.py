import pytest

from comparisons import QUICK, SOURCES, origin, run, several, twins
from seq2seq.evaluation.cautions import Caution, cautions
from seq2seq.evaluation.comparable import comparability
from seq2seq.evaluation.compare import compare
from seq2seq.evaluation.evaluate import evaluate
from seq2seq.evaluation.measures import Scoring
from seq2seq.evaluation.origin import Leak, Origin
from seq2seq.evaluation.system import System, system_of


def found_in(*systems: System) -> dict[str, str]:
    """The cautions of a comparison, text by kind."""
    found: tuple[Caution, ...] = cautions(compare(systems, QUICK), comparability(systems))
    assert len({caution.text for caution in found}) == len(found)
    return {caution.kind: caution.text for caution in found}


def test_a_good_comparison_has_no_cautions() -> None:
    """Enough sentences, several seeds, nothing leaked, nothing tokenised, alike but for the attention."""
    assert found_in(*twins()) == {}


def test_few_sentences() -> None:
    """199 are too few, and 200 are not."""
    few, enough = ([system_of(run(name, 0.2, sentences=n)) for name in "ab"] for n in (199, 200))

    assert found_in(*few)["few-sentences"] == (
        "ONLY 199 SENTENCES: fewer than 200 cannot carry a comparison."
    )
    assert "few-sentences" not in found_in(*enough)


def test_one_seed_is_named_with_its_system() -> None:
    """Where a side has several, the other one is named alone."""
    one = system_of(run("plain", 0.4))

    assert found_in(one, several("attention", 0.1))["one-seed"].startswith("One seed only of plain: ")
    assert "one-seed" not in found_in(several("plain", 0.4, 2), several("attention", 0.1, 2))


def test_leaks_come_first_and_say_where() -> None:
    """A pair in the training data of any run; sources alone, with another translation, are no leak."""
    leaked = [
        run("a", 0.2, seed=seed, origin=origin(seed, leak=leak))
        for seed, leak in enumerate([Leak(0, 3, ()), Leak(7, 9, (1, 2, 3, 4, 5))])
    ]
    clean = [run("b", 0.3, seed=seed, origin=origin(seed, leak=Leak(0, 3, ()))) for seed in (1, 2)]
    systems = system_of(*leaked), system_of(*clean)

    found = cautions(compare(systems, QUICK), comparability(systems))

    assert [(caution.kind, caution.text) for caution in found] == [
        (
            "leak",
            (
                "LEAK: 7 test pairs occur in the training data of a (3.2 %; lines 1, 2, 3, 4, 5, …): "
                "it may have learnt them by heart."
            ),
        )
    ]


def test_tokenised_text_on_either_side() -> None:
    """References or translations; not where BLEU is wanted without a tokenizer."""
    references = [f"{word} ." for word in SOURCES]
    sides = {"none": "untokenised", "13a": "tokenised"}

    for tokenize, kind in sides.items():
        scoring = Scoring(bootstrap=0, tokenize=tokenize)
        runs = [evaluate(name, SOURCES, [references], SOURCES, scoring=scoring) for name in "ab"]
        found = found_in(*map(system_of, runs))
        assert {kind} == set(found) & set(sides.values())
    assert found["tokenised"].startswith("References that look tokenised: 220 of 220; score")


@pytest.mark.parametrize("sign", ["le chat .", "un@@ e", "c&apos;est", "▁le chat", "a @-@ b"])
def test_marks_of_tokenizers_and_pieces(sign: str) -> None:
    """A tenth of the translations is enough; French spaces before other signs are none."""
    fine = ["Où ça ?", "Non ; si !", "...", "."]
    lines = [*(fine * 45), *([sign] * 20)]
    runs = [
        evaluate(
            name,
            ["s"] * 200,
            [["x"] * 200],
            lines if name == "a" else fine * 50,
            scoring=Scoring(bootstrap=0),
        )
        for name in "ab"
    ]

    found = found_in(*map(system_of, runs))["tokenised"]
    assert found.startswith("Translations of a that look tokenised: 20 of 200; ")


def test_different_conditions_are_named() -> None:
    """Data and updates, but neither attention nor parameters, which are what is compared."""
    systems = twins(2, data="d2", updates="600")

    assert found_in(*systems)["unlike"] == (
        "The systems differ in training data, updates: a difference in BLEU may come from that."
    )


def test_what_is_known_stands_side_by_side() -> None:
    """Runs joined, differences marked, and what follows from them in words."""
    known = comparability(twins(2))
    rows = {row.label: row for row in known.rows}

    assert rows["seed"].cells == ("1 · 2", "1 · 2")
    assert not rows["seed"].differs
    assert rows["attention"].cells == ("none", "bahdanau")
    assert rows["attention"].differs
    assert known.verdict == (
        "Alike: training data, updates.",
        "Parameters, beside the first system: +10.0 %.",
        'Settings that differ: model.attention ("none" / "bahdanau"). All others are alike.',
    )


def test_the_order_of_runs_is_no_difference() -> None:
    """The same seeds, named the other way round."""
    there, back = (
        system_of(*(run(name, 0.2, seed=seed, origin=origin(seed)) for seed in seeds))
        for name, seeds in (("a", (1, 2)), ("b", (2, 1)))
    )

    assert not any(row.differs for row in comparability([there, back]).rows)


def test_nothing_is_claimed_of_a_file() -> None:
    """Its training is not known, so nothing is called alike."""
    known = [system_of(run("a", 0.2, origin=origin())), system_of(run("b", 0.3, origin=Origin("b.txt")))]

    found = comparability(known)

    assert found.verdict == ("Nothing is known of b: its translations came from a file.",)
    assert found.unlike == ()
    assert not any(row.differs for row in found.rows[1:])
