import pytest

from seq2seq.evaluation.behaviour import Finding, behaviour, is_loop


@pytest.mark.parametrize(
    ("translation", "expected"),
    [
        ("le le le chat", True),
        ("Le le LE chat", True),
        ("le chat le chat le chat", True),
        ("un deux trois quatre un deux trois quatre un deux trois quatre", True),
        ("a b c d x a b c d y a b c d", True),
        ("le le chat", False),
        ("le chat le chat", False),
        ("a b c d x a b c d", False),
        ("le chat et le chien et le rat", False),
        ("", False),
    ],
)
def test_a_loop_is_what_the_rule_says(translation: str, *, expected: bool) -> None:
    """Up to four words three times in a row, or four words three times anywhere."""
    assert is_loop(translation, []) is expected


def test_what_a_reference_repeats_is_no_loop() -> None:
    """Some sentences are made of repetition; other words repeated still count."""
    assert not is_loop("non non non merci", ["Non non non , merci", "merci"])
    assert is_loop("oui oui oui merci", ["Non non non , merci"])


def test_failures_are_counted_with_their_lines() -> None:
    """Blank sources are not empty translations, and a name that stays is no copy."""
    sources = ["a b", "", "Paris", "c d", "e"]
    references = [["x y", "", "Paris", "z", "w"]]
    translations = ["a b", "", "Paris", " ", "w w w"]

    found = behaviour(sources, references, translations)

    assert found.copies == Finding(1, (1,))
    assert found.empty == Finding(1, (4,))
    assert found.loops == Finding(1, (5,))


def test_only_the_first_lines_are_named() -> None:
    """The count goes on."""
    found = behaviour(["a"] * 8, [["b"] * 8], [""] * 8)

    assert found.empty == Finding(8, (1, 2, 3, 4, 5))
