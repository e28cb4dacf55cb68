"""What does not fit a form is told in the same words wherever it is read."""

import json
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, FiniteFloat, PositiveInt, ValidationError, model_validator

from seq2seq.config import Section, build
from seq2seq.errors import ConfigError
from seq2seq.misfits import Misfit, misfits


class Inner(Section):
    """One of several."""

    name: str
    share: Annotated[float, Field(gt=0.0, le=1.0)] = 0.5


class Form(Section):
    """A form of all that there is."""

    count: PositiveInt = 1
    limit: Annotated[int, Field(ge=2, lt=2_000)] = 2
    rate: FiniteFloat = 1.0
    is_on: bool = False
    kind: Literal["one", "two"] = "one"
    every: PositiveInt | Literal["epoch"] = "epoch"
    texts: tuple[str, ...] = ()
    files: dict[str, str] = Field(default_factory=dict)
    inner: Inner | None = None
    several: tuple[Inner, ...] = ()

    @model_validator(mode="after")
    def _agrees(self) -> "Form":
        if self.count > self.limit:
            raise ValueError(f"count is {self.count} but limit is {self.limit}")
        return self


def told(values: object, *, quotes: bool = True) -> list[Misfit]:
    """Read values as they would come in JSON."""
    with pytest.raises(ValidationError) as caught:
        Form.model_validate_json(json.dumps(values))
    return misfits(caught.value, Form, quotes=quotes)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"inner": {}}, "inner.name is missing"),
        ({"several": [{"name": "a"}, {}]}, "several[1].name is missing"),
        ({"cuont": 1}, "unknown key 'cuont'. Did you mean 'count'?"),
        ({"inner": {"name": "a", "shaer": 1}}, "inner: unknown key 'shaer'. Did you mean 'share'?"),
        ({"several": [{"name": "a", "x": 1}]}, "several[0]: unknown key 'x'. Known: name, share"),
        ({"count": 0}, "count is 0, and must be above 0"),
        ({"count": 1.5}, "count is 1.5, and must be a whole number"),
        ({"count": "many"}, "count is 'many', and must be a whole number"),
        ({"count": None}, "count is null, and must be a whole number"),
        ({"limit": 1}, "limit is 1, and must be at least 2"),
        ({"limit": 2000}, "limit is 2000, and must be below 2,000"),
        ({"rate": "fast"}, "rate is 'fast', and must be a number"),
        ({"rate": float("inf")}, "rate is inf, and must be finite"),
        ({"is_on": "perhaps"}, "is_on is 'perhaps', and must be true or false"),
        ({"kind": "three"}, "kind is 'three', and must be 'one' or 'two'"),
        ({"every": "hour"}, "every is 'hour', and must be a whole number or 'epoch'"),
        ({"every": 0}, "every is 0, and must be above 0 or 'epoch'"),
        ({"texts": "a"}, "texts is 'a', and must be a list"),
        ({"texts": ["a", True]}, "texts[1] is true, and must be a string"),
        ({"files": {"a": 3}}, "files.a is 3, and must be a string"),
        ({"files": []}, "files must have keys of its own"),
        ({"inner": 5}, "inner is 5, and must have keys of its own"),
        ({"inner": {"name": "a", "share": 2}}, "inner.share is 2, and must be at most 1"),
        ({"count": 5}, "count is 5 but limit is 2"),
        ([], "it must have keys of its own"),
        ({"count": "x" * 50}, f"count is '{'x' * 40}…', and must be a whole number"),
    ],
)
def test_each_kind_has_its_words(values: object, message: str) -> None:
    """The value as it was written, where it is no more than can be repeated, and what was wanted."""
    assert [str(misfit) for misfit in told(values)] == [message]


def test_experiment_files_use_the_same_words() -> None:
    """All that is wrong in one line, each thing once, in the order of the keys."""
    values = {"count": 0, "limit": 0, "files": {"a": 3, "b": 3}, "zzzz": 1}

    with pytest.raises(ConfigError) as caught:
        build(values, Form, where="x.toml")

    assert str(caught.value) == f"x.toml: {'; '.join(map(str, told(values)))}"
    assert [misfit.place for misfit in told(values)] == ["count", "limit", "files.a", "files.b", "zzzz"]


def test_what_is_no_json_is_called_so() -> None:
    """By what all of it is called."""
    with pytest.raises(ValidationError) as caught:
        Form.model_validate_json('{"count": ')

    (misfit,) = misfits(caught.value, Form, whole="the body")

    assert misfit.place == ""
    assert misfit.problem.startswith("the body is not valid JSON (EOF while parsing a value")


@given(text=st.text("abcdefgh", min_size=4), key=st.sampled_from(["count", "rate", "is_on", "kind", "every"]))
def test_texts_of_strangers_are_not_repeated(text: str, key: str) -> None:
    """Where that is asked for; numbers are."""
    (quoted,), (kept_out,) = told({key: text}), told({key: text}, quotes=False)

    assert text[:40] in quoted.problem
    assert f"{key} must be " in kept_out.problem
    assert text not in kept_out.problem
    assert told({"count": -1}, quotes=False) == told({"count": -1})
