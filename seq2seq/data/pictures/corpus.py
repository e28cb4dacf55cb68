"""The corpus: what is drawn for training, and what is kept for a test of combinations never seen.

Two kinds of combination are held out, wherever in a picture they would stand:

- *things*: a colour with a shape, such as a red cross. Training has red things and has crosses.
- *arrangements*: a shape beside a shape, such as a circle above a square. Training has squares
  above circles, and circles above all else.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import NonNegativeInt, PositiveInt

from seq2seq.config import Section
from seq2seq.data.pictures.drawing import draw_all
from seq2seq.data.pictures.scene import Colour, Relation, Scene, Shape, Thing, all_scenes

HELD_OUT_THINGS: frozenset[tuple[Colour, Shape]] = frozenset(
    {("red", "cross"), ("green", "circle"), ("blue", "triangle"), ("yellow", "square")}
)
HELD_OUT_ARRANGEMENTS: frozenset[tuple[Shape, Relation, Shape]] = frozenset(
    {
        ("circle", "above", "square"),
        ("triangle", "above", "cross"),
        ("square", "left of", "triangle"),
        ("cross", "left of", "circle"),
    }
)

SetName = Literal["train", "validation", "seen", "new-things", "new-arrangements"]
SET_NAMES: tuple[SetName, ...] = get_args(SetName)
TEST_SETS: dict[SetName, str] = {
    "seen": "new pictures of combinations that training has",
    "new-things": "one thing has a colour and a shape that training has, but never together",
    "new-arrangements": "training has these shapes, and this relation, but never so arranged",
}


class PicturesConfig(Section):
    """How many pictures are drawn: `[pictures]` in the experiment file."""

    train: PositiveInt = 20_000
    validation: PositiveInt = 200
    test: PositiveInt = 500  # in each of the test sets
    seed: NonNegativeInt = 1


@dataclass(frozen=True)
class PictureSet:
    """Pictures, and the scenes that they show."""

    scenes: tuple[Scene, ...]
    pictures: NDArray[np.uint8]  # (N, height, width, 3)

    def __len__(self) -> int:
        return len(self.scenes)


class PictureCorpus:
    """All sets of one configuration, each drawn when it is asked for; the same seed draws the same."""

    def __init__(self, config: PicturesConfig) -> None:
        self.config = config

    @cached_property
    def scenes(self) -> Mapping[SetName, list[Scene]]:
        """Which scenes each set draws from."""
        trained = list(filter(is_trained, all_scenes()))
        return {
            "train": trained,
            "validation": trained,
            "seen": trained,
            "new-things": [scene for scene in all_scenes() if shows_one_new_thing(scene)],
            "new-arrangements": [scene for scene in all_scenes() if shows_new_arrangement(scene)],
        }

    def draw(self, name: SetName) -> PictureSet:
        """Choose scenes at random and draw them."""
        random = np.random.default_rng([self.config.seed, SET_NAMES.index(name)])
        size = self.config.test if name in TEST_SETS else getattr(self.config, name)
        choice = self.scenes[name]
        scenes = tuple(choice[index] for index in random.integers(len(choice), size=size))
        return PictureSet(scenes, draw_all(scenes, random))

    @cached_property
    def train(self) -> PictureSet:
        """What is learnt from."""
        return self.draw("train")

    def text(self) -> str:
        """How many scenes each set draws from, with one caption of each."""
        lines = []
        for name, scenes in self.scenes.items():
            drawn = self.draw(name)
            lines.append(f"{name:17}{len(scenes):5,} scenes, such as: {drawn.scenes[0]}")
        new = ", ".join(sorted(f"{colour} {shape}" for colour, shape in HELD_OUT_THINGS))
        arranged = ", ".join(
            sorted(f"{first} {how} {second}" for first, how, second in HELD_OUT_ARRANGEMENTS)
        )
        return "\n".join(
            [*lines, f"never trained, things: {new}", f"never trained, arrangements: {arranged}"]
        )

    @property
    def fingerprint(self) -> str:
        """What tells one corpus from another: of the pictures, not only of how they were asked for."""
        return hashlib.sha256(self.train.pictures.tobytes()).hexdigest()[:16]


def is_new(thing: Thing) -> bool:
    """Whether its colour never goes with its shape in training."""
    return (thing.colour, thing.shape) in HELD_OUT_THINGS


def is_newly_arranged(scene: Scene) -> bool:
    """Whether its shapes never stand so in training."""
    return any(
        (told.first.shape, told.relation, told.second.shape) in HELD_OUT_ARRANGEMENTS
        for told in (scene, scene.told_from_the_other)
    )


def is_trained(scene: Scene) -> bool:
    """Whether training may show it."""
    return not (is_new(scene.first) or is_new(scene.second) or is_newly_arranged(scene))


def shows_one_new_thing(scene: Scene) -> bool:
    """Whether exactly one of its things is new, and nothing else is."""
    return is_new(scene.first) != is_new(scene.second) and not is_newly_arranged(scene)


def shows_new_arrangement(scene: Scene) -> bool:
    """Whether its things are known, and how they stand is not."""
    return not is_new(scene.first) and not is_new(scene.second) and is_newly_arranged(scene)
