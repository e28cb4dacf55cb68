import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given

import previews
from seq2seq.errors import DecodingError, InputError
from seq2seq.preview.document import Model, Preview, direction, preview_from_json, preview_of
from seq2seq.translation import FinishReason, Translation


@given(translation=previews.translations())
def test_reading_back_what_was_written_is_the_identity(translation: Translation) -> None:
    """Through JSON text, as a file or the wire has it."""
    preview = preview_of(translation, Model("demo", "en", "fr", "abc"))

    again = preview_from_json(json.loads(json.dumps(preview.to_json())))

    assert again == preview


@given(translation=previews.translations())
def test_rounded_rows_still_sum_to_1(translation: Translation) -> None:
    """Four decimals, no weight moved by more than one of the last, and a sum of exactly 1."""
    attention = translation.attention
    assert attention is not None

    rounded = preview_of(translation).hypotheses[0].attention

    assert rounded is not None
    for before, after in zip(attention, rounded, strict=True):
        assert sum(round(weight * 10_000) for weight in after) == 10_000
        assert all(weight == round(weight, 4) for weight in after)
        assert np.abs(before - after).max() < 1.01e-4


def test_the_document_has_the_published_shape() -> None:
    """The keys that readers of attention-preview/1 rely on."""
    translation = previews.translation("a b", "c", weights=[[0.5, 0.5, 0.0], [0.0, 0.0, 1.0]])

    document = preview_of(translation).to_json()

    assert document == {
        "format": "attention-preview/1",
        "source": {
            "text": "a b",
            "direction": "ltr",
            "tokens": [
                {"text": "a", "word": 0, "start": 0, "end": 1, "kind": "piece", "log_prob": -0.25},
                {"text": "b", "word": 1, "start": 2, "end": 3, "kind": "piece", "log_prob": -0.25},
                {"text": "", "word": 2, "start": 3, "end": 3, "kind": "end", "log_prob": -0.01},
            ],
            "truncated": False,
        },
        "hypotheses": [
            {
                "text": "c",
                "direction": "ltr",
                "tokens": [
                    {
                        "text": "c",
                        "word": 0,
                        "start": 0,
                        "end": 1,
                        "kind": "piece",
                        "log_prob": -0.25,
                        "entropy": 1.0,
                    },
                    {
                        "text": "",
                        "word": 1,
                        "start": 1,
                        "end": 1,
                        "kind": "end",
                        "log_prob": -0.01,
                        "entropy": 0.0,
                    },
                ],
                "log_prob": -3.25,
                "score": -0.25,
                "finished": True,
                "attention": [[0.5, 0.5, 0.0], [0.0, 0.0, 1.0]],
                "repetition_avoided": False,
                "repetitive": False,
            }
        ],
    }


def test_a_plain_model_has_no_attention_key() -> None:
    """Absent, not an empty grid; and the round trip keeps it so."""
    preview = preview_of(previews.translation("a", "b", attention=False))

    document = preview.to_json()

    assert "attention" not in document["hypotheses"][0]
    assert "entropy" not in document["hypotheses"][0]["tokens"][0]
    assert preview_from_json(document) == preview


def test_a_blank_sentence_has_no_hypotheses() -> None:
    """And the round trip keeps it so."""
    preview = preview_of(previews.blank())

    assert preview.hypotheses == ()
    assert preview_from_json(preview.to_json()) == preview


def test_a_translation_that_was_cut_off_says_so() -> None:
    """`finished` is the finish reason."""
    translation = previews.translation("a", "b", finish_reason=FinishReason.LENGTH_LIMIT)

    assert not preview_of(translation).hypotheses[0].finished


def test_repetition_is_told_and_a_document_without_it_is_read() -> None:
    """The keys are new: what was saved before has none of them."""
    translation = previews.translation("a", "b b b", repetition_avoided=True, is_repetitive=True)

    preview = preview_of(translation)
    document = preview.to_json()
    before = preview_of(previews.translation("a", "b")).to_json()
    for key in ("repetition_avoided", "repetitive"):
        assert document["hypotheses"][0][key] is True
        assert before["hypotheses"][0].pop(key) is False

    assert preview_from_json(document) == preview
    assert not preview_from_json(before).hypotheses[0].repetitive


def test_another_format_is_refused() -> None:
    """The version is read before anything else."""
    with pytest.raises(InputError) as caught:
        preview_from_json({"format": "attention-preview/2"}, where="x.json")

    assert str(caught.value) == (
        "x.json: the format is 'attention-preview/2', and this program reads 'attention-preview/1'. "
        "Save the preview again with this version."
    )


def test_a_damaged_document_names_the_place() -> None:
    """A key that is missing, a weight that is no number, rows that do not fit the tokens."""
    document = preview_of(previews.translation("a", "b")).to_json()
    hypothesis = document["hypotheses"][0]
    missing = {key: value for key, value in document.items() if key != "source"}
    worded = document | {"hypotheses": [hypothesis | {"attention": [["x"]]}]}
    short = document | {"hypotheses": [hypothesis | {"attention": [[1.0]]}]}

    with pytest.raises(InputError, match=r"^preview: source is missing$"):
        preview_from_json(missing)
    with pytest.raises(
        InputError, match=r"^preview: hypotheses\[0\]\.attention\[0\]\[0\] is 'x', and must be a number$"
    ):
        preview_from_json(worded)
    with pytest.raises(InputError, match=r"^preview: the attention of hypothesis 0 has 1 row of \[1\] wei"):
        preview_from_json(short)


def test_unknown_keys_of_a_later_program_are_passed_over() -> None:
    """Additions within one version do not break an older reader."""
    preview = preview_of(previews.translation("a", "b"))

    assert preview_from_json(preview.to_json() | {"beam": []}) == preview


def test_weights_that_are_no_distribution_are_an_error() -> None:
    """Not a number, or a row that does not sum to 1, never reaches a drawing."""
    with pytest.raises(DecodingError, match="weights that are not finite"):
        preview_of(previews.translation("a", "b", weights=[[float("nan"), 1.0], [0.0, 1.0]]))
    with pytest.raises(DecodingError, match="a row that does not sum to 1"):
        preview_of(previews.translation("a", "b", weights=[[0.5, 0.4], [0.0, 1.0]]))


def test_a_score_that_is_not_finite_is_an_error() -> None:
    """JSON has no infinity."""
    translation = previews.translation("a", "b")
    candidate = replace(translation.candidates[0], score=float("-inf"))

    with pytest.raises(DecodingError, match="a score of the translation is not finite"):
        preview_of(replace(translation, candidates=(candidate,)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("abc", "ltr"), ("12 שלום", "rtl"), ("سلام abc", "rtl"), ("12!", "ltr"), ("", "ltr")],
)
def test_the_first_letter_gives_the_direction(text: str, expected: str) -> None:
    """Digits and punctuation have none of their own."""
    assert direction(text) == expected


def test_a_preview_that_does_not_fit_together_cannot_be_made() -> None:
    """Rows and columns are counted when the value is made."""
    preview = preview_of(previews.translation("a b", "c"))

    with pytest.raises(ValueError, match="2 target tokens and 2 source tokens"):
        Preview(replace(preview.source, tokens=preview.source.tokens[1:]), preview.hypotheses)
