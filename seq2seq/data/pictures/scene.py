"""What may stand in a picture, in words: two things, and how they stand to each other.

Each scene can be told from either end: "a red circle above a blue square" is also "a blue square
below a red circle". Both captions are true, and either is right.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Literal, get_args

Size = Literal["small", "large"]
Colour = Literal["red", "green", "blue", "yellow"]
Shape = Literal["circle", "square", "triangle", "cross"]
Relation = Literal["above", "below", "left of", "right of"]

SIZES: tuple[Size, ...] = get_args(Size)
COLOURS: tuple[Colour, ...] = get_args(Colour)
SHAPES: tuple[Shape, ...] = get_args(Shape)
RELATIONS: tuple[Relation, ...] = get_args(Relation)
CONVERSE: dict[Relation, Relation] = {
    "above": "below",
    "below": "above",
    "left of": "right of",
    "right of": "left of",
}
WORDS: tuple[str, ...] = ("a", *SIZES, *COLOURS, *SHAPES, "above", "below", "left", "right", "of")
"""Every word of a caption."""

MOST_WORDS = 10  # a large red circle left of a small blue square


@dataclass(frozen=True)
class Thing:
    """A coloured shape."""

    size: Size
    colour: Colour
    shape: Shape

    def __str__(self) -> str:
        return f"a {self.size} {self.colour} {self.shape}"


@dataclass(frozen=True)
class Scene:
    """Two things; `relation` says where the first one is, seen from the second."""

    first: Thing
    relation: Relation
    second: Thing

    @property
    def told_from_the_other(self) -> "Scene":
        """The same picture, beginning with the second thing."""
        return Scene(self.second, CONVERSE[self.relation], self.first)

    @property
    def captions(self) -> tuple[str, str]:
        """Both ways to tell it; both are true."""
        return str(self), str(self.told_from_the_other)

    def __str__(self) -> str:
        return f"{self.first} {self.relation} {self.second}"


def all_things() -> Iterator[Thing]:
    """Every thing that can be drawn."""
    return (Thing(*parts) for parts in product(SIZES, COLOURS, SHAPES))


def all_scenes() -> Iterator[Scene]:
    """Every picture once, told from the upper or the left thing."""
    things = list(all_things())
    relations: tuple[Relation, ...] = ("above", "left of")
    for first, relation, second in product(things, relations, things):
        yield Scene(first, relation, second)
