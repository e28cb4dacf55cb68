"""The models that come with the program."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from seq2seq.bundle import Bundle, default_model, default_models
from seq2seq.decoding.options import SearchOptions
from seq2seq.errors import ModelError
from seq2seq.locate import shipped_models
from seq2seq.translator import load_translator

TWINS = ["tatoeba-en-fr-attention", "tatoeba-en-fr-plain"]


def test_twins_come_with_the_program_and_the_attentive_one_is_the_default() -> None:
    """Each is called as its directory, so that the command line and a server name them alike."""
    assert [path.name for path in shipped_models()] == TWINS
    assert default_model() == default_models()[0]
    assert sorted(path.name for path in default_models()) == TWINS
    assert [Bundle.open(path).card.name for path in shipped_models()] == TWINS


@pytest.mark.parametrize("name", TWINS)
def test_each_is_small_sound_and_says_where_it_comes_from(name: str) -> None:
    """At most 8 MB; licence, attribution, and test scores with their signatures."""
    bundle = Bundle.open(Path(name))

    assert bundle.directory in shipped_models()
    assert bundle.bytes <= 8_000_000
    assert bundle.is_compact()
    assert (bundle.card.licence, "tatoeba.org" in bundle.card.attribution) == ("CC BY 2.0 FR", True)
    assert any(score.set == "tatoeba-en-fr/test" and score.signature for score in bundle.card.scores)


def test_a_sentence_is_translated_right_after_installation(tmp_path: Path) -> None:
    """From any directory, and as it is typed in haste."""
    done = subprocess.run(
        [sys.executable, "-m", "seq2seq", "translate", "Where is the station?", "where is the station"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )

    assert done.stdout.splitlines() == ["Où est la gare ?"] * 2


def test_attention_finds_the_noun() -> None:
    """The row of "gare" is strongest at "station"."""
    translation = load_translator(default_model()).translate("Where is the station?")

    weights = translation.attention
    assert weights is not None
    row = next(index for index, piece in enumerate(translation.pieces) if "gare" in piece.text)
    assert "station" in translation.source.pieces[int(weights[row].argmax())].text


def test_a_name_that_is_nearly_right_is_put_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A local directory of the name comes first; a misspelt name is not just missing."""
    monkeypatch.chdir(tmp_path)

    with pytest.raises(ModelError) as wrong:
        Bundle.open(Path("tatoeba-en-fr-atention"))

    assert wrong.value.mend == "Did you mean 'tatoeba-en-fr-attention', which comes with the program?"


@pytest.mark.parametrize("name", TWINS)
@pytest.mark.parametrize(
    "kept",
    [
        ["https://example.org/a?b=1"],
        ["tom@example.org"],
        ["{{name}}", "%d"],
        ["😀👍"],
        ["3,450"],
        ["<b>", "</b>"],
    ],
)
@pytest.mark.parametrize("frame", ["I saw {} today.", "Is {} yours?", "Tom is here. {}", "{}"])
def test_what_is_protected_comes_through(name: str, kept: list[str], frame: str) -> None:
    """Once each, wherever it stands, and greedily or not."""
    translator = load_translator(name)
    text = frame.format(" and ".join(kept))

    for beam in (1, 5):
        found = translator.translate(text, SearchOptions(beam=beam)).text
        assert [found.count(part) for part in kept] == [1] * len(kept), found


def test_several_sentences_are_translated_as_several() -> None:
    """Attention finds its way in four at once."""
    source = "Where is the station? I am tired. Do you speak French? Tom likes this house."

    text = load_translator(default_model()).translate(source).text

    assert [text.count(mark) for mark in "?."] == [2, 2], text
    assert text.startswith("Où est la gare ? Je suis fatigué")


def test_what_is_kept_once_is_no_circle() -> None:
    """A translation that copies something is not flagged for it, nor kept from being read as capitals are."""
    found = load_translator(default_model()).translate("I LOVE {name} ❤️")

    assert found.text.partition(" {name}")[0] in {"J'ADORE", "J'AIME"}
    assert not found.candidates[0].repetition_avoided
