from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tiny
from seq2seq.data.normalise import align, normalise
from seq2seq.data.protected import PLACEHOLDERS, hide, hide_again, protected_ranges, with_placeholders
from seq2seq.data.subword import SubwordModel
from seq2seq.data.subword_learning import SubwordConfig, train_subword
from seq2seq.translation import PieceKind

SENTENCES = [text for pair in tiny.pairs(60) for text in pair]
LATIN = frozenset(map(chr, range(0x20, 0x250)))
MIXED = st.lists(
    st.sampled_from(
        [
            "the cat",
            "https://a.org/b?c=1",
            "😀👍",
            "{{name}}",
            "３,450",
            "é",
            "\u200d",
            " ",
            "\n",
            "駅",
            "<b>",
            ".",
        ]
    ),
    max_size=12,
).map("".join)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> SubwordModel:
    """A model of 340 pieces that knows no letter beyond Latin."""
    config = SubwordConfig(algorithm="bpe", vocabulary_size=340)
    return train_subword(SENTENCES, config, tmp_path_factory.mktemp("spm") / "joint.spm", seed=1)


def found(text: str, *keep: str) -> list[str]:
    """What is protected in a normalised text."""
    return [text[start:end] for start, end in protected_ranges(text, LATIN.__contains__, keep)]


@pytest.mark.parametrize(
    ("text", "keep", "protected"),
    [
        ("Blue Cat is here, Blue Cats are not.", ["Blue Cat"], ["Blue Cat"]),
        ("cat, concatenation, cat", ["cat"], ["cat", "cat"]),
        ("Red Hat Linux and Red Hat", ["Red Hat", "Red Hat Linux"], ["Red Hat Linux", "Red Hat"]),
        ("C++ (C+) is C.", ["C++", "(C+)"], ["C++", "(C+)"]),
        ("the blue cat", ["Blue Cat"], []),
        ("Caf\u00e9 Noir", ["Cafe\u0301  Noir"], ["Caf\u00e9 Noir"]),  # both are normalised
        ("www.example.org rocks", ["example"], ["www.example.org"]),
        ("what is left", ["\u200b"], []),
    ],
)
def test_what_is_asked_for_is_kept_as_whole_words(text: str, keep: list[str], protected: list[str]) -> None:
    """The longest that fits, written like this, beside what is protected anyway."""
    assert found(text, *keep) == protected


@pytest.mark.parametrize(
    ("text", "protected"),
    [
        ("Visit https://example.org/a?b=1, please.", ["https://example.org/a?b=1"]),
        ("See www.example.org.", ["www.example.org"]),
        ("It is on example.org/help now.", ["example.org/help"]),
        ("Write to tom.b@example.org.", ["tom.b@example.org"]),
        ("Hello {{person.name}}, %d of %(all)s", ["{{person.name}}", "%d", "%(all)s"]),
        ("as ${set} or {set}, and ###T01###", ["${set}", "{set}", "###T01###"]),
        ("<b>Hello</b> &amp; welcome", ["<b>", "</b>", "&amp;"]),
        ("#weekend with @tom", ["#weekend", "@tom"]),
        ("Open C:\\temp\\x.txt or ~/notes/a.md.", ["C:\\temp\\x.txt", "~/notes/a.md"]),
        ("Call do_it() or `rm -r`.", ["do_it()", "`rm -r`"]),
        ("3,450 dollars, 555-0199, 1.2.3 and 2026-11-25", ["3,450", "555-0199", "1.2.3", "2026-11-25"]),
        ("In 1984 it was 12.", ["1984"]),
        ("A cat3,450 and 3,450the and v1.2.3", []),
        ("I love you ❤️ 😀👍!", ["❤️ 😀👍"]),
        ("Is 駅 a word?", ["駅"]),
        ("Leoš Janáček in Брно", ["Брно"]),
        ("...", ["..."]),
        ("The train leaves at 7:45, and/or at 8.", []),
        ("A 50% discount: 5 or 6?", []),
        ("", []),
    ],
)  # fmt: skip
def test_what_is_protected(text: str, protected: list[str]) -> None:
    """Addresses, variables, tags, names in programs, long numbers, and what the model does not know."""
    assert found(text) == protected


def test_a_word_with_an_unknown_letter_is_protected_as_a_whole() -> None:
    """But not its neighbours."""
    text = "Antonín Dvořák's songs"

    ranges = protected_ranges(text, (LATIN - {"ř"}).__contains__)

    assert [text[start:end] for start, end in ranges] == ["Dvořák"]


@given(text=MIXED)
def test_placeholders_can_be_taken_back(text: str) -> None:
    """Each stands where its text stood, and the rest is what it was."""
    aligned = align(text)
    hidden = hide(text, aligned, protected_ranges(aligned.text, LATIN.__contains__))
    used = PLACEHOLDERS[: len(hidden.texts)]

    assert [character for character in hidden.aligned.text if character in PLACEHOLDERS] == list(used)
    assert all(wanted.isprintable() or wanted == normalise(wanted) for wanted in hidden.texts)
    restored = "".join(
        hidden.texts[used.index(character)] if character in used else character
        for character in hidden.aligned.text
    )
    assert normalise(restored) == aligned.text
    assert hidden.aligned.starts == sorted(hidden.aligned.starts)
    assert hidden.aligned.ends == sorted(hidden.aligned.ends)


@given(text=MIXED)
def test_pieces_keep_to_the_callers_text(model: SubwordModel, text: str) -> None:
    """Spans cut the pieces out of it, and decoding gives what was written."""
    source = model.prepare(text, protect=True)

    assert all(text[piece.span.start : piece.span.end] == piece.text for piece in source.pieces)
    assert normalise(model.decode(source.tokens, source.protected)) == normalise(text)
    ids = set(model.placeholders)
    kinds = [piece.kind for piece in source.pieces]
    assert kinds.count(PieceKind.PROTECTED) == len(source.protected)
    again = model.prepare_target(text, source)  # each once, the first where it is there several times
    assert sorted(set(again.tokens) & ids) == sorted(set(source.tokens) & ids)


def test_a_text_cannot_bring_placeholders_of_its_own(model: SubwordModel) -> None:
    """Control characters are taken out of it, and out of what is protected."""
    source = model.prepare("the \x01cat http://a\x02b.org", protect=True)

    assert source.protected == ("http://ab.org",)
    assert model.decode(source.tokens, source.protected) == "the cat http://ab.org"


def test_a_placeholder_comes_out_once_and_only_where_it_stands_for_something(model: SubwordModel) -> None:
    """Whatever a model writes."""
    tokens = model.encode_normalised("the \x01 old \x01 cat\x02 \x05.")

    assert model.decode(tokens, ["X", "Y"]) == "the X old catY ."
    assert model.decode(tokens) == "the old cat ."
    text, pieces = model.realise(tokens, [0.0] * len(tokens), ["X", "Y"])
    assert text == "the X old catY ."
    assert all(text[piece.span.start : piece.span.end] == piece.text for piece in pieces)


def test_only_as_many_are_hidden_as_there_are_placeholders(model: SubwordModel) -> None:
    """The first ones; the others are read letter by letter."""
    text = " ".join(f"http://a{number}.org" for number in range(10))

    assert len(model.prepare(text, protect=True).protected) == len(PLACEHOLDERS)


def test_the_same_texts_are_found_again_in_a_translation() -> None:
    """Each once, in any order; the longer one is not taken for the shorter."""
    hidden = hide_again(align("Voir b.org et a.b.org, b.org."), ["a.b.org", "b.org", "c.org"])

    assert hidden.aligned.text == "Voir \x02 et \x01, b.org."


@given(pair=st.sampled_from(tiny.pairs(60)), seed=st.integers(0, 50))
def test_a_pair_for_training_has_the_same_placeholders_on_both_sides(
    pair: tuple[str, str], seed: int
) -> None:
    """Each once, and at least one."""
    random = Random(seed)  # noqa: S311 — nothing is secret

    source, target = with_placeholders(normalise(pair[0]), normalise(pair[1]), random)

    counts = [[text.count(placeholder) for placeholder in PLACEHOLDERS] for text in (source, target)]
    assert counts[0] == counts[1]
    assert set(counts[0]) == {0, 1}


def test_names_and_numbers_become_placeholders() -> None:
    """Those that are the same on both sides; seeds in which no placeholder is added."""
    changed = {
        with_placeholders("Tom is 30.", "Tom a 30 ans.", Random(seed))  # noqa: S311 — nothing is secret
        for seed in range(40)
    }
    shapes = {
        tuple("".join("#" if letter in PLACEHOLDERS else letter for letter in text) for text in pair)
        for pair in changed
    }

    assert ("# is #.", "# a # ans.") in shapes
    assert ("# is 30.", "# a 30 ans.") in shapes
    assert ("Tom is #.", "Tom a # ans.") in shapes


def test_a_vocabulary_on_disk_knows_the_placeholders(model: SubwordModel, tmp_path: Path) -> None:
    """Every SentencePiece model with byte fallback has them, each as one piece."""
    copy = tmp_path / "copy.spm"
    copy.write_bytes(model.path.read_bytes())

    tokens = SubwordModel.load(copy).encode_normalised(PLACEHOLDERS)

    assert len(tokens) - 1 in {len(PLACEHOLDERS), len(PLACEHOLDERS) + 1}  # the space at the beginning
