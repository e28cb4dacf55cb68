"""Pictures as files: to be looked at, and to be captioned by name."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from seq2seq.data.pictures.corpus import PictureSet
from seq2seq.data.pictures.drawing import PIXELS, Picture
from seq2seq.errors import CorpusError, InputError


def write_pictures(directory: Path, drawn: PictureSet) -> Path:
    """Write each picture as 0000.png, 0001.png, …, and `captions.tsv`: the file and both its captions.

    Raises:
        CorpusError: the directory cannot be written to.
    """
    lines = []
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for number, (scene, picture) in enumerate(zip(drawn.scenes, drawn.pictures, strict=True)):
            name = f"{number:04}.png"
            Image.fromarray(picture).save(directory / name)
            lines.append("\t".join([name, *scene.captions]) + "\n")
        (directory / "captions.tsv").write_text("".join(lines), encoding="utf-8")
    except OSError as error:
        raise CorpusError(
            f"the pictures cannot be written ({error.strerror})", where=str(directory)
        ) from error
    return directory


def read_pictures(paths: Sequence[Path]) -> list[Picture]:
    """Read pictures that are as large as those that are drawn.

    Raises:
        InputError: a file is not there, is no picture, or has another size.
    """
    return [_read(path) for path in paths]


def _read(path: Path) -> Picture:
    try:
        with Image.open(path) as image:
            pixels = np.asarray(image.convert("RGB"), dtype=np.uint8)
    except UnidentifiedImageError as error:
        raise InputError("it is not a picture", where=str(path), mend="PNG is read, and JPEG.") from error
    except OSError as error:
        raise InputError(
            f"the picture cannot be read ({error.strerror or error})", where=str(path)
        ) from error
    height, width, _ = pixels.shape
    if (height, width) != (PIXELS, PIXELS):
        raise InputError(
            f"the picture has {width} x {height} pixels, and must have {PIXELS} x {PIXELS}",
            where=str(path),
            mend="Draw some to try with `seq2seq caption corpus --out DIR`.",
        )
    return pixels
