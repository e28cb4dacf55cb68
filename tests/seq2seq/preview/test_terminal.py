import re
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

import previews
from seq2seq.preview.cells import GLYPHS, GlyphName, cut, glyphs_for, harmless, wrap
from seq2seq.preview.document import Preview, preview_of
from seq2seq.preview.terminal import View, draw
from seq2seq.translation import FinishReason, Translation

GOLDEN = Path(__file__).parents[2] / "golden" / "preview"
WEIGHTS = [
    [0.25, 0.05, 0.05, 0.55, 0.05, 0.05],
    [0.02, 0.14, 0.77, 0.04, 0.02, 0.01],
    [0.00, 0.98, 0.02, 0.00, 0.00, 0.00],
    [0.05, 0.05, 0.05, 0.15, 0.62, 0.08],
    [0.00, 0.00, 0.00, 0.01, 0.02, 0.97],
]
VIEWS = st.sampled_from(get_args(View))
GLYPH_NAMES = st.sampled_from(get_args(GlyphName))


@pytest.fixture
def preview() -> Preview:
    """A sentence whose adjectives change places."""
    return preview_of(
        previews.translation(
            "the European Economic Area grew",
            "l’espace économique européen grandissait",
            weights=WEIGHTS,
        )
    )


@pytest.mark.parametrize(
    ("name", "view", "glyphs", "width"),
    [
        ("matrix-bars", "auto", "bars", 80),
        ("matrix-shade", "matrix", "shade", 80),
        ("matrix-digits", "matrix", "digits", 80),
        ("matrix-ascii", "matrix", "ascii", 80),
        ("list-bars", "list", "bars", 80),
        ("list-ascii", "list", "ascii", 40),
        ("text", "text", "bars", 80),
        ("too-narrow-for-the-matrix", "matrix", "bars", 30),
    ],
)
def test_drawings_equal_the_golden_files(
    preview: Preview, name: str, view: View, glyphs: GlyphName, width: int
) -> None:
    """Made by `draw` with these arguments; look at the file when one changes."""
    drawn = draw(preview, view=view, glyphs=glyphs, width=width)

    assert drawn + "\n" == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


@given(
    translation=previews.translations(),
    view=VIEWS,
    glyphs=GLYPH_NAMES,
    width=st.sampled_from([20, 40, 80, 200]),
    subwords=st.booleans(),
)
def test_no_line_is_wider_than_the_terminal(
    translation: Translation, view: View, glyphs: GlyphName, width: int, *, subwords: bool
) -> None:
    """Whatever the text, its cuts, the view and the signs."""
    drawn = draw(preview_of(translation), view=view, glyphs=glyphs, width=width, subwords=subwords)

    assert max(cell_len(line) for line in drawn.split("\n")) <= width


@given(translation=previews.translations(), view=VIEWS, subwords=st.booleans())
def test_no_control_character_reaches_the_terminal(
    translation: Translation, view: View, *, subwords: bool
) -> None:
    """An escape sequence in a sentence is shown, not obeyed; nor does a text turn its neighbours round."""
    drawn = draw(preview_of(translation), view=view, subwords=subwords)

    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066\u2067]", drawn)
    assert drawn.count("\u2068") == drawn.count("\u2069")


@given(translation=previews.translations(), view=VIEWS)
def test_colour_changes_nothing_but_colour(translation: Translation, view: View) -> None:
    """With its escape sequences taken out, a coloured drawing is the plain one."""
    preview = preview_of(translation)

    coloured = draw(preview, view=view, colour=True)

    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == draw(preview, view=view)


def test_a_long_sentence_is_listed() -> None:
    """The view is the matrix only where it fits."""
    sentence = " ".join(["word"] * 40)

    drawn = draw(preview_of(previews.translation(sentence, sentence)), width=80)

    assert drawn.startswith(" 0 word  word ")


def test_right_to_left_words_are_listed_and_isolated() -> None:
    """A matrix would need columns from the right; the isolates keep numbers where they belong."""
    drawn = draw(preview_of(previews.translation("the station", "المحطة هنا")))

    assert drawn.split("\n")[0].startswith("0 \u2068المحطة\u2069  the ")


def test_a_text_without_spaces_is_drawn_in_pieces() -> None:
    """One word for the whole of a Chinese sentence would show nothing; cells are counted double."""
    translation = previews.translation("我喜欢茶", "I like tea", cuts={"我喜欢茶": ["我", "喜欢", "茶"]})

    assert draw(preview_of(translation)).split("\n")[:4] == [
        "         喜",
        "      我 欢 茶 ⏎",
        "   I  ▆  ▂        我   0.72",
        "like  ▂  ▅  ▂     喜欢 0.57",
    ]


def test_pieces_are_marked_as_parts_of_words() -> None:
    """With `subwords`, a piece that goes on with a word has a dot before it, or a plus."""
    preview = preview_of(
        previews.translation("hardly", "guère vu", cuts={"hardly": ["hard", "ly"], "guère": ["gu", "ère"]})
    )

    assert [line.split()[0] for line in draw(preview, subwords=True).split("\n")[4:7]] == ["gu", "·ère", "vu"]
    assert "+ère" in draw(preview, subwords=True, glyphs="ascii")


def test_the_text_view_names_the_end_of_the_sentence(preview: Preview) -> None:
    """A screen reader has no use for a sign."""
    assert draw(preview, view="text").endswith("end of sentence: end of sentence 97 %.")


def test_top_limits_the_partners(preview: Preview) -> None:
    """The strongest only, on request."""
    assert "l’espace: Area 55 %.\n" in draw(preview, view="text", top=1)


def test_a_plain_model_is_explained_in_words() -> None:
    """No empty grid."""
    preview = preview_of(previews.translation("a", "b", attention=False))

    assert draw(preview, width=200) == (
        "This model has no attention: the decoder got the whole sentence as one vector, "
        "so there is no matrix to draw."
    )


def test_a_blank_sentence_is_explained_in_words() -> None:
    """Nothing was sent to a model."""
    assert draw(preview_of(previews.blank())) == "The sentence is blank: there is nothing to translate."


def test_a_translation_that_was_cut_off_is_noted(preview: Preview) -> None:
    """Under the drawing, and so is a source that the model read in part."""
    unfinished = previews.translation("a", "b", finish_reason=FinishReason.LENGTH_LIMIT)
    truncated = replace(preview, source=replace(preview.source, truncated=True))

    assert draw(preview_of(unfinished)).endswith("\nThe translation was cut off at the length limit.")
    assert draw(truncated).endswith("\nThe source was too long: the model read only its beginning.")


def test_a_translation_that_went_in_circles_is_noted() -> None:
    """Whether it was kept from it, or does so all the same."""
    avoided = previews.translation("a", "b", repetition_avoided=True)
    repetitive = previews.translation("a", "b b b", repetition_avoided=True, is_repetitive=True)

    assert draw(preview_of(avoided)).endswith(
        "\nThe translation was kept from going in circles: the model is not sure of it."
    )
    assert draw(preview_of(repetitive)).endswith("\nThe translation goes in circles: do not trust it.")


def test_an_empty_translation_draws_the_end_alone() -> None:
    """A model that ends at once still looked somewhere."""
    drawn = draw(preview_of(previews.translation("Hi", "")))

    assert drawn.split("\n")[:3] == ["   H", "   i ⏎", "⏎  ▆ ▂  Hi 0.73"]


@pytest.mark.parametrize(
    ("encoding", "wanted", "expected"),
    [
        ("utf-8", "bars", "bars"),
        ("ascii", "bars", "digits"),
        ("latin-1", "shade", "digits"),
        ("cp1252", "ascii", "ascii"),
        (None, "bars", "digits"),
        ("no-such-encoding", "bars", "digits"),
    ],
)
def test_signs_fall_back_where_the_encoding_has_none(
    encoding: str | None, wanted: GlyphName, expected: GlyphName
) -> None:
    """Digits need ASCII alone."""
    assert glyphs_for(encoding, wanted) == expected


@pytest.mark.parametrize("name", GLYPHS)
def test_every_sign_of_a_level_is_one_cell(name: GlyphName) -> None:
    """No weight is blank, and all of it is the last sign."""
    glyphs = GLYPHS[name]

    assert all(cell_len(sign) == 1 for sign in glyphs.levels)
    assert glyphs.level(0.0) == " "
    assert glyphs.level(1.0) == glyphs.levels[-1]


@given(text=st.text(max_size=30), width=st.integers(2, 12))
def test_cut_and_wrapped_text_keeps_its_width(text: str, width: int) -> None:
    """Wrapping loses nothing but spaces, and cutting shows that it cut."""
    plain = harmless(text)

    assert cell_len(cut(plain, width, "…")) <= width
    assert all(cell_len(line) <= width for line in wrap(plain, width))
    assert "".join(wrap(plain, width)).replace(" ", "") == plain.replace(" ", "")
