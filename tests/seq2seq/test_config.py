"""Settings: read, overridden, checked; every message a user can meet."""

import re
from pathlib import Path
from typing import Self

import pytest
from pydantic import PositiveInt, model_validator

from seq2seq import config
from seq2seq.config import RECIPES, Section
from seq2seq.decoding.options import SearchOptions
from seq2seq.errors import ConfigError
from seq2seq.experiment import load_experiment


class Training(Section):
    """A section with two settings that belong together."""

    updates: PositiveInt = 100
    warmup_updates: int = 10

    @model_validator(mode="after")
    def _warms_up_within_the_run(self) -> Self:
        if self.warmup_updates >= self.updates:
            raise ValueError(f"warmup_updates is {self.warmup_updates} but updates is {self.updates}")
        return self


class File(Section):
    """A whole file."""

    name: str
    training: Training = Training()
    search: SearchOptions = SearchOptions()


def load(tmp_path: Path, text: str, *overrides: str) -> File:
    """Read `text` as a file."""
    path = tmp_path / "tiny.toml"
    path.write_text(text, encoding="utf-8")
    return config.load(path, File, overrides)


def test_overrides_win_over_the_file_and_the_file_over_defaults(tmp_path: Path) -> None:
    """Numbers are TOML, anything else is a string, and nested sections need not be in the file."""
    file = load(tmp_path, 'name = "a"\n[training]\nupdates = 50\n', "training.warmup_updates=5", "name=b c")

    assert file.training == Training(updates=50, warmup_updates=5)
    assert file.name == "b c"
    assert load(tmp_path, 'name = "a"', "search.beam=3").search.beam == 3


@pytest.mark.parametrize(
    ("text", "overrides", "message"),
    [
        ('name = "a"\n[training]\nupdate = 5', (), "training: unknown key 'update'. Did you mean 'updates'?"),
        ('name = "a"\n[search]\nbeem = 5', (), "search: unknown key 'beem'. Did you mean 'beam'?"),
        ('nam = "a"', (), "unknown key 'nam'. Did you mean 'name'?"),
        ('name = "a"\nzzzz = 1', (), "unknown key 'zzzz'. Known: name, search, training"),
        ("", (), "name is missing"),
        ('name = "a"\n[training]\nupdates = 0', (), "training.updates is 0, and must be above 0"),
        ('name = "a"\n[training]\nupdates = 5', (), "training: warmup_updates is 10 but updates is 5"),
        ('name = "a"\n[search]\nbeam = 99', (), "tiny.toml: beam: beam is 99, and must be from 1 to 16"),
        ("name = ", (), "not valid TOML"),
        ('name = "a"', ("training.updates",), "'training.updates' is not an assignment"),
        ('name = "a"', ("name.first=1",), "'name' in 'name.first' is not a section"),
    ],
)
def test_a_wrong_setting_is_named_with_its_place(
    tmp_path: Path, text: str, overrides: tuple[str, ...], message: str
) -> None:
    """Each message says what is wrong and, where there is one, the key that was probably meant."""
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text, *overrides)

    assert message in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The path is in the message."""
    with pytest.raises(ConfigError, match=r"nowhere\.toml: there is no such file"):
        config.load(tmp_path / "nowhere.toml", File)


def test_a_saved_configuration_is_the_one_that_was_loaded(tmp_path: Path) -> None:
    """What a run writes into its directory reads back equal."""
    file = load(tmp_path, 'name = "a"\n[training]\nupdates = 50\n[search]\nbeam = 2\n')

    assert File.model_validate_json(file.model_dump_json()) == file


@pytest.mark.parametrize(
    ("recipe", "command"),
    [("lm-tiny", "seq2seq lm train lm-tiny"), ("names", "seq2seq classify train names")],
)
def test_a_recipe_of_another_program_names_its_command(recipe: str, command: str) -> None:
    """Whatever is wrong with it for this one."""
    with pytest.raises(ConfigError, match="of another program") as caught:
        load_experiment(recipe, ["corpus.root=somewhere"])

    assert caught.value.mend == f"Use: {command}"


@pytest.mark.parametrize("recipe", sorted(path.stem for path in RECIPES.glob("*.toml")))
def test_every_recipe_says_by_which_command_it_is_run(recipe: str) -> None:
    """In its first lines."""
    text = (RECIPES / f"{recipe}.toml").read_text(encoding="utf-8")

    assert re.search(rf"^#   seq2seq (\w+ )?train {recipe}\b", text, re.MULTILINE)
