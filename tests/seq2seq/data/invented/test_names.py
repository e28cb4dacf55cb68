from collections import Counter, defaultdict

import pytest

from seq2seq.data.invented.languages import LANGUAGES, Language
from seq2seq.data.invented.names import names, oracle, probability, spelt

TWO_WAYS = Language("Two ways", 1.0, {"OO": 0.5, "O": 0.5}, {"O": {"a": 0.25, "aa": 0.25, "b": 0.5}})


def test_a_shorter_list_begins_a_longer_one() -> None:
    """The same seed gives the same names, and another seed others."""
    assert names(200, seed=1)[:50] == names(50, seed=1)
    assert names(50, seed=1) != names(50, seed=2)


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.name)
def test_every_table_is_a_distribution(language: Language) -> None:
    """Patterns and slots have probabilities that sum to 1, and each pattern's slots exist."""
    for table in (language.patterns, *language.slots.values()):
        assert sum(table.values()) == pytest.approx(1.0)
    assert set("".join(language.patterns)) == set(language.slots)


def test_a_probability_sums_over_all_ways_to_cut_the_name_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """By hand: "aa" is O with 0.25, or OO as a·a; "aaa" is a·aa or aa·a."""
    from seq2seq.data.invented import names as module  # noqa: PLC0415 — its table of languages is exchanged

    monkeypatch.setitem(module.BY_NAME, TWO_WAYS.name, TWO_WAYS)

    assert probability("Aa", TWO_WAYS) == pytest.approx(0.5 * 0.25 + 0.5 * 0.25 * 0.25)
    assert probability("Aaa", TWO_WAYS) == pytest.approx(0.5 * 2 * 0.25 * 0.25)
    assert probability("Abc", TWO_WAYS) == 0.0


def test_names_come_as_often_as_their_probability_says() -> None:
    """The most frequent short names of 20,000: drawn frequency against the grammar's probability."""
    drawn: dict[str, Counter[str]] = defaultdict(Counter)
    for name, label in names(20_000, seed=3):
        drawn[label][name] += 1

    for language in LANGUAGES:
        total = drawn[language.name].total()
        for name, count in drawn[language.name].most_common(3):
            expected = probability(name, language) * total
            assert abs(count - expected) < 5 * expected**0.5 + 1, (language.name, name)


def test_every_name_that_is_drawn_is_possible() -> None:
    """The grammar that made a name gives it a probability above 0."""
    by_name = {language.name: language for language in LANGUAGES}

    assert all(probability(name, by_name[language]) > 0 for name, language in names(300, seed=5))


def test_the_oracle_answers_with_the_only_language_that_has_the_name() -> None:
    """A prefix and an ending that one language alone has."""
    assert oracle(["MacKeragh", "Stanenko"], size=1_000) == ["Calleth", "Velkan"]


@pytest.mark.parametrize(
    ("letters", "name"), [("velkov", "Velkov"), ("Macfergan", "MacFergan"), ("O'ray", "O'Ray")]
)
def test_names_begin_with_a_capital(letters: str, name: str) -> None:
    """Also after a prefix."""
    assert spelt(letters) == name
