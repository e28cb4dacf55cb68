"""Captions to look at: the picture, and where the decoder looked before each word."""

from collections.abc import Sequence

import numpy as np

from seq2seq.applications.captions.captioner import Caption
from seq2seq.data.pictures.corpus import PictureSet
from seq2seq.data.pictures.drawing import Picture
from seq2seq.data.pictures.scene import Scene
from seq2seq.plots.charts import Figure, PictureMap
from seq2seq.plots.pictures import draw_pictures

COLUMNS = 6  # pictures beside each other in a figure
WIDE = 2.3  # inches, for a picture with its caption
BLANK = PictureMap("", np.ones((1, 1, 3)))


def looked_at(picture: Picture, caption: Caption, *, title: str = "") -> list[PictureMap]:
    """The picture, then one map a word; the picture alone where there is no attention.

    The scale is that of the whole caption, so that a sharp look is brighter than a vague one.
    """
    bare = PictureMap(title, picture / 255)
    if caption.attention is None:
        return [bare]
    strongest = float(caption.attention.max())
    maps = zip(caption.words, caption.attention, strict=False)  # the row of the end is left out
    return [bare, *(PictureMap(word, picture / 255, weights, strongest) for word, weights in maps)]


def attention_text(picture: Picture, caption: Caption, *, width: int, levels: str, colour: bool) -> str:
    """The same for a terminal; see `draw_pictures`."""
    drawn = draw_pictures(looked_at(picture, caption), width=width, levels=levels, colour=colour)
    if caption.attention is not None:
        return drawn
    note = "This model has no attention: it saw the picture once, before the first word."
    return "\n".join(filter(None, [drawn, note]))


def attention_figure(pictures: Sequence[Picture], captions: Sequence[Caption]) -> Figure:
    """All pictures below each other, each with the maps of its words."""
    charts: list[PictureMap] = []
    for picture, caption in zip(pictures, captions, strict=True):
        maps = looked_at(picture, caption)
        charts += maps + [BLANK] * (-len(maps) % COLUMNS)
    return Figure(charts, columns=COLUMNS)


def overview_figure(sets: Sequence[tuple[str, PictureSet]]) -> Figure:
    """Some pictures of each set, one set a row, with one of their captions."""
    columns = len(sets[0][1])
    charts = [
        PictureMap(_on_lines(scene, first=name if number == 0 else ""), picture / 255)
        for name, drawn in sets
        for number, (scene, picture) in enumerate(zip(drawn.scenes, drawn.pictures, strict=True))
    ]
    return Figure(charts, columns=columns, widths=[WIDE] * columns)


def _on_lines(scene: Scene, *, first: str) -> str:
    return f"{first}\n{scene.first}\n{scene.relation}\n{scene.second}"
