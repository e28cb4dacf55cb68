"""A directory put in the place of another, so that one of them is always there whole.

    .model.new   the new one, while it is written
    .model.old   the old one, between two renames and until it is removed

No system call that every platform has exchanges two directories, so there is a moment without
`model`; whoever reads looks for `aside_old` then.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path


def aside_old(directory: Path) -> Path:
    """Where a directory stands for the moment in which a newer one takes its place."""
    return _beside(directory, "old")


def write_aside(directory: Path, files: Mapping[str, bytes]) -> Path:
    """Write the files of a directory that is to be, and return where they are."""
    aside = _beside(directory, "new")
    shutil.rmtree(aside, ignore_errors=True)  # what a killed writer left
    aside.mkdir(parents=True)
    for name, content in files.items():
        (aside / name).write_bytes(content)
    return aside


def swap(aside: Path, directory: Path) -> None:
    """Put a finished directory in the place of an older one, which is then removed."""
    old = aside_old(directory)
    if directory.exists():
        shutil.rmtree(old, ignore_errors=True)
        directory.rename(old)
    aside.rename(directory)
    shutil.rmtree(old, ignore_errors=True)


def _beside(directory: Path, suffix: str) -> Path:
    directory = directory.absolute()
    return directory.with_name(f".{directory.name}.{suffix}")
