"""What does not fit its form, in words: told alike of experiment files, models, requests and saved JSON.

    training.updates is 0, and must be above 0
    hypotheses[0].text is missing
    search: unknown key 'beem'. Did you mean 'beam'?

pydantic finds them; this module has the words for what it finds.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from difflib import get_close_matches
from itertools import groupby
from typing import Any, get_args, get_type_hints

from pydantic import BaseModel, ValidationError

_LONGEST = 40  # characters of a text that are quoted
_UNKNOWN = {"extra_forbidden", "unexpected_keyword_argument"}
_KINDS = {  # by the beginning of what pydantic calls an error: "int_parsing", "int_from_float"
    "int": "be a whole number",
    "float": "be a number",
    "finite": "be finite",
    "bool": "be true or false",
    "string_type": "be a string",
    **dict.fromkeys(("list", "tuple", "set", "frozen_set"), "be a list"),
    **dict.fromkeys(("dict", "model", "dataclass"), "have keys of its own"),
}
_BOUNDS = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}


@dataclass(frozen=True, slots=True)
class Misfit:
    """One value that does not fit, or is missing, or that there is no place for."""

    place: str  # its path, such as "pairs[0].source_text"; empty: all of it
    problem: str  # a sentence, which names the place
    mend: str = ""  # what was probably meant, or what there is

    def __str__(self) -> str:
        return f"{self.problem}. {self.mend}".removesuffix(" ").removesuffix(".")


def misfits(error: ValidationError, form: type, *, whole: str = "it", quotes: bool = True) -> list[Misfit]:
    """Say what is wrong, in the order of the form's keys.

    Args:
        error: of pydantic.
        form: the section or dataclass that was to be read.
        whole: what all of it is called.
        quotes: repeat texts that do not fit; where a stranger sent them, they are kept out of messages.
    """
    found = []
    for loc, details in groupby(_united(error, form), key=lambda told: told[0]):
        alternatives = [detail for _, detail in details]
        if alternatives[0]["type"] in _UNKNOWN:
            found.append(_unknown_key(loc, form))
        else:
            place = _path(loc)
            found.append(Misfit(place, _problem(place, place or whole, alternatives, quotes=quotes)))
    return found


def _united(error: ValidationError, form: type) -> Iterator[tuple[tuple[int | str, ...], Mapping[str, Any]]]:
    """Errors with their places; what each alternative of a union has against one value has one place."""
    details: Sequence[Mapping[str, Any]] = error.errors(include_url=False)
    for detail in details:
        *above, last = detail["loc"] or ("",)
        may_be_label = bool(above) and last not in _keys(_section_at(form, above))
        is_one_of_several = any(
            [*other["loc"][:-1]] == above
            and other["type"] != detail["type"]
            and other["input"] == detail["input"]
            and not {other["type"], detail["type"]} & _UNKNOWN
            for other in details
        )
        yield (tuple(above) if may_be_label and is_one_of_several else detail["loc"]), detail


def _unknown_key(loc: tuple[int | str, ...], form: type) -> Misfit:
    *above, key = loc
    known = _keys(_section_at(form, above))
    close = get_close_matches(str(key), known, n=1)
    mend = f"Did you mean '{close[0]}'?" if close else f"Known: {', '.join(sorted(known))}."
    problem = f"unknown key {_quoted(str(key))}"
    return Misfit(_path(loc), f"{_path(above)}: {problem}" if above else problem, mend)


def _problem(place: str, subject: str, alternatives: Sequence[Mapping[str, Any]], *, quotes: bool) -> str:
    first = alternatives[0]
    if first["type"] == "missing":
        return f"{subject} is missing"
    if first["type"] == "json_invalid":
        return f"{subject} is not valid JSON ({first['ctx']['error']})"
    wanted = [demand for detail in alternatives if (demand := _demand(detail))]
    if not wanted:
        message = str(first["msg"]).removeprefix("Value error, ")
        return f"{place}: {message}" if place else message
    must = "must " + " or ".join([wanted[0], *(one.removeprefix("be ") for one in wanted[1:])])
    value = _shown(first["input"], quotes=quotes)
    return f"{subject} is {value}, and {must}" if value else f"{subject} {must}"


def _demand(detail: Mapping[str, Any]) -> str:
    """What a value must be, or have; empty where pydantic says it in a sentence of its own."""
    kind, context = str(detail["type"]), detail.get("ctx", {})
    if "expected" in context:
        return f"be {context['expected']}"
    for name, words in _BOUNDS.items():
        if name in context:
            bound = context[name]
            return f"be {words} {bound:g}" if isinstance(bound, float) else f"be {words} {bound:,}"
    for beginning, words in _KINDS.items():
        if kind.startswith(beginning):
            return words
    match = re.fullmatch(r"\w+ should (.+)", str(detail["msg"]))
    return match[1] if match else ""


def _shown(value: object, *, quotes: bool) -> str:
    """A value as its writer wrote it; nothing for what is too much to repeat, or shall not be."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | float):
        return repr(value)
    return _quoted(value) if isinstance(value, str) and quotes else ""


def _quoted(text: str) -> str:
    return repr(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")


def _path(loc: Sequence[int | str]) -> str:
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in loc]
    return "".join(steps).removeprefix(".")


def _section_at(form: type, path: Sequence[int | str]) -> type:
    """Follow a path of keys to the class that holds the last one."""
    for part in path:
        annotation = get_type_hints(form).get(str(part))
        nested = [
            kind for kind in (annotation, *get_args(annotation)) if isinstance(kind, type) and _keys(kind)
        ]
        if not nested:
            return form
        form = nested[0]
    return form


def _keys(form: type) -> list[str]:
    if issubclass(form, BaseModel):
        return list(form.model_fields)
    return [field.name for field in fields(form)] if is_dataclass(form) else []
