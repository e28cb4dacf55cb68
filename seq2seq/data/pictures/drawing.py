"""Scenes as pixels: where things stand, how large and how bright they are varies from picture to picture."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seq2seq.data.pictures.scene import Colour, Scene, Shape, Thing

PIXELS = 32  # height and width
FINER = 3  # each pixel is the mean of FINER x FINER points, so that edges are smooth
RGB: dict[Colour, tuple[float, float, float]] = {
    "red": (0.84, 0.16, 0.16),
    "green": (0.18, 0.63, 0.25),
    "blue": (0.16, 0.34, 0.82),
    "yellow": (0.95, 0.77, 0.10),
}
RADIUS = {"small": (2.6, 3.4), "large": (5.4, 6.2)}  # pixels, lowest and highest
NEAR, FAR = 8.0, 24.0  # pixels: the middles of the two halves in which the things stand
ALONG = (9.0, 23.0)  # where the pair stands in the other direction
HALF = 0.9  # of a radius: half a side of a square, so that its area is near a circle's
ARM = 0.36  # of a radius: half the breadth of a cross's arm
ASTRAY = 1.5  # pixels by which a thing may miss its place, in each direction

Picture = NDArray[np.uint8]  # (PIXELS, PIXELS, 3)


@dataclass(frozen=True)
class _Placed:
    """A thing, its middle and its radius in pixels."""

    thing: Thing
    x: float
    y: float
    radius: float


def draw(scene: Scene, random: np.random.Generator) -> Picture:
    """Draw a scene; the generator decides about places, radii and shades within what the words allow."""
    ground = random.uniform(0.86, 1.0)
    canvas = np.full((PIXELS, PIXELS, 3), ground)
    for placed in _place(scene, random):
        shade = np.clip(np.array(RGB[placed.thing.colour]) + random.uniform(-0.07, 0.07, 3), 0.0, 1.0)  # (3,)
        cover = _cover(placed)[:, :, None]
        canvas = cover * shade + (1.0 - cover) * canvas
    return (canvas * 255).round().astype(np.uint8)


def draw_all(scenes: Sequence[Scene], random: np.random.Generator) -> NDArray[np.uint8]:
    """Draw scenes one after the other: (N, PIXELS, PIXELS, 3)."""
    return np.stack([draw(scene, random) for scene in scenes])


def _place(scene: Scene, random: np.random.Generator) -> list[_Placed]:
    forwards = scene.relation in {"above", "left of"}
    halves = (NEAR, FAR) if forwards else (FAR, NEAR)
    along = random.uniform(*ALONG)
    placed = []
    for thing, half in zip((scene.first, scene.second), halves, strict=True):
        across, beside = np.array([half, along]) + random.uniform(-ASTRAY, ASTRAY, 2)
        x, y = (beside, across) if scene.relation in {"above", "below"} else (across, beside)
        placed.append(_Placed(thing, x, y, random.uniform(*RADIUS[thing.size])))
    return placed


def _cover(placed: _Placed) -> NDArray[np.float64]:
    """How much of each pixel a thing covers, from 0 to 1."""
    points = (np.arange(PIXELS * FINER) + 0.5) / FINER
    x = (points[None, :] - placed.x) / placed.radius  # 1 at the thing's edge
    y = (points[:, None] - placed.y) / placed.radius
    inside = _inside(placed.thing.shape, x, y)  # (PIXELS · FINER, PIXELS · FINER)
    cover: NDArray[np.float64] = inside.reshape(PIXELS, FINER, PIXELS, FINER).mean(axis=(1, 3))
    return cover


def _inside(shape: Shape, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which points belong to a shape around (0, 0) that reaches as far as 1."""
    if shape == "circle":
        return x**2 + y**2 <= 1.0
    if shape == "square":
        return (abs(x) <= HALF) & (abs(y) <= HALF)
    if shape == "triangle":  # its tip is above
        return (y <= HALF) & (abs(x) <= (y + 1.0) / (1.0 + HALF))
    return (abs(x) <= 1.0) & (abs(y) <= 1.0) & ((abs(x) <= ARM) | (abs(y) <= ARM))
