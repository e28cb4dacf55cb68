"""TOML and `--set section.key=value` into pydantic models; unknown keys are named with close matches.

A `Section` lives beside the code that reads it. This module knows none of them by name.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from seq2seq.errors import ConfigError, InputError
from seq2seq.misfits import misfits


class Section(BaseModel):
    """Base of every configuration section: frozen, and no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


C = TypeVar("C", bound=Section)
RECIPES = Path(__file__).with_name("recipes")
_COMMAND = re.compile(r"^#   (seq2seq .*)$", re.MULTILINE)  # what a recipe is for, in its first lines


def load(path: Path, section: type[C], overrides: Sequence[str] = ()) -> C:
    """Read a TOML file, apply `--set` overrides, and check it.

    Args:
        path: the file.
        section: the class of the whole file.
        overrides: assignments such as `training.updates=50`; the value is TOML, or else a string.

    Raises:
        ConfigError: the file is missing or not TOML, a key is unknown, or a value does not fit.
    """
    try:
        text = path.read_text(encoding="utf-8")
        values = tomllib.loads(text)
    except FileNotFoundError as error:
        raise ConfigError("there is no such file", where=str(path), mend="Check the path.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"not valid TOML ({error})", where=str(path)) from error
    if path.parent == RECIPES:
        _check_program(values, section, path, text)
    for override in overrides:
        assign(values, override)
    return build(values, section, where=f"{path} with --set" if overrides else str(path))


def load_recipe(name: str, section: type[C], overrides: Sequence[str] | None = None) -> C:
    """Read an experiment file, or a recipe by its name.

    Raises:
        ConfigError: there is neither, or a setting does not fit.
    """
    return load(find_recipe(name), section, overrides or ())


def find_recipe(name: str) -> Path:
    """Find an experiment file by path, or a shipped recipe by name.

    Raises:
        ConfigError: there is neither; the closest recipe is named.
    """
    if Path(name).is_file():
        return Path(name)
    recipe = RECIPES / f"{name}.toml"
    if recipe.is_file():
        return recipe
    known = sorted(path.stem for path in RECIPES.glob("*.toml"))
    close = get_close_matches(name, known, n=1)
    mend = f"Did you mean '{close[0]}'?" if close else f"Recipes: {', '.join(known)}."
    raise ConfigError("there is no such experiment file or recipe", where=name, mend=mend)


def _check_program(values: Mapping[str, Any], section: type[Section], recipe: Path, text: str) -> None:
    """Say for which command a recipe is, where that is another; its own knows all its keys."""
    try:
        build(values, section, where=recipe.stem)
    except ConfigError as error:
        command = _COMMAND.search(text)
        if command is None or "unknown key" not in error.problem:
            return
        mend = f"Use: {command[1]}"
        raise ConfigError("this recipe is of another program", where=recipe.stem, mend=mend) from error


def build(values: Mapping[str, Any], section: type[C], *, where: str) -> C:
    """Check plain values against a section.

    Raises:
        ConfigError: with every problem found, the first one leading.
    """
    try:
        return section.model_validate(values)
    except ValidationError as error:
        raise ConfigError("; ".join(map(str, misfits(error, section))), where=where) from error
    except InputError as error:  # a value type that checks itself, such as SearchOptions
        raise ConfigError(error.problem, where=f"{where}: {error.where}", mend=error.mend) from error


def assign(values: dict[str, Any], override: str) -> None:
    """Put an assignment such as `training.updates=50` into plain values; what is there is replaced.

    Raises:
        ConfigError: it is no assignment, or goes through something that is not a section.
    """
    key, equals, text = override.partition("=")
    if not equals or not key:
        raise ConfigError(
            f"'{override}' is not an assignment", where="--set", mend="Write it as section.key=value."
        )
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    *parents, last = key.strip().split(".")
    for parent in parents:
        values = values.setdefault(parent, {})
        if not isinstance(values, dict):
            raise ConfigError(f"'{parent}' in '{key}' is not a section", where="--set")
    values[last] = value
