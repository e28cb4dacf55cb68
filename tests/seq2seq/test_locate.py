import shutil
from pathlib import Path

import tiny
from seq2seq.bundle import Bundle, find_models


def test_a_mistyped_path_names_the_closest_model(sound: Bundle) -> None:
    """The message ends with the model that was probably meant."""
    models = sound.directory.parent

    assert tiny.refusal(models / "sond").problem == "there is no such model directory"
    assert tiny.refusal(models / "sond").mend == f"Did you mean '{sound.directory}'?"
    assert tiny.refusal(models).problem == "this directory is not a model: it has no manifest.json"
    assert tiny.refusal(models).mend == f"Did you mean '{sound.directory}'?"


def test_a_path_unlike_any_model_says_how_to_make_one(sound: Bundle, tmp_path: Path) -> None:
    """Where nothing alike can be suggested, the commands that train are named."""
    shutil.copytree(sound.directory, tmp_path / "something-else-altogether")

    refused = tiny.refusal(tmp_path / "x")

    assert (
        refused.mend
        == "Check the path; `seq2seq model list` shows what there is, and `seq2seq train` makes models."
    )


def test_models_are_found_below_a_directory(sound: Bundle, tmp_path: Path) -> None:
    """Sound ones are opened in order of their paths; damaged and hidden ones are left out."""
    for place in ("b/model", "a", ".hidden", "damaged"):
        shutil.copytree(sound.directory, tmp_path / place)
    (tmp_path / "damaged" / "card.json").unlink()

    found = find_models(tmp_path)

    assert [bundle.directory for bundle in found] == [tmp_path / "a", tmp_path / "b/model"]
