"""Finding model directories: those that come with the program, those below a directory, and the one meant."""

from collections import deque
from difflib import get_close_matches
from pathlib import Path

from seq2seq.errors import ModelError
from seq2seq.manifest import NAME
from seq2seq.swap import aside_old

SHIPPED = Path(__file__).with_name("models")
"""Where the models are that come with the program."""

_MAX_SEEN = 2_000  # directories in one search: a home directory is not walked to its end
_MAX_DEPTH = 5
_TRAIN_ONE = "Check the path; `seq2seq model list` shows what there is, and `seq2seq train` makes models."


def is_model(directory: Path) -> bool:
    """Whether a directory looks like a model; `Bundle.open` finds out whether it is sound."""
    return (directory / NAME).is_file() and (directory / "weights.safetensors").is_file()


def model_directories(directory: Path) -> list[Path]:
    """Model directories in and below a directory, hidden ones left out, in the order of their paths.

    Looks `_MAX_DEPTH` levels deep, and nowhere inside a model.
    """
    found: list[Path] = []
    waiting = deque([(directory, 0)])
    seen = 0
    while waiting and seen < _MAX_SEEN:
        path, depth = waiting.popleft()
        seen += 1
        if is_model(path):
            found.append(path)
        elif depth < _MAX_DEPTH:
            waiting += [(child, depth + 1) for child in _children(path)]
    return sorted(found)


def shipped_models() -> list[Path]:
    """The models that come with the program, in the order of their names."""
    return [path for path in _children(SHIPPED) if is_model(path)]


def existing_model(directory: Path) -> Path:
    """The directory to read for a path.

    Itself; or the older model that a killed writer left aside; or, where nothing is there, the model
    of that name that comes with the program.

    Raises:
        ModelError: there is no model; names the closest one, if there is any.
    """
    old = aside_old(directory)
    if not directory.exists() and is_model(old):
        return old
    if not directory.exists() and len(directory.parts) == 1 and is_model(SHIPPED / directory):
        return SHIPPED / directory
    if (directory / NAME).is_file():
        return directory
    if directory.is_file():
        raise ModelError(
            "it is a file, and a model is a directory",
            where=str(directory),
            mend=_hint(directory, _TRAIN_ONE),
        )
    if directory.is_dir():
        problem = f"this directory is not a model: it has no {NAME}"
    else:
        problem = "there is no such model directory"
    raise ModelError(problem, where=str(directory), mend=_hint(directory, _TRAIN_ONE))


def _hint(directory: Path, otherwise: str) -> str:
    """Name the model that was probably meant."""
    if len(directory.parts) == 1:
        shipped = get_close_matches(directory.name, [path.name for path in shipped_models()], n=1)
        if shipped:
            return f"Did you mean '{shipped[0]}', which comes with the program?"
    near = directory
    while not near.is_dir() and near != near.parent:
        near = near.parent
    if near.absolute() == near.absolute().parent:
        return otherwise  # the whole disk is not searched
    candidates = [str(path.relative_to(near)) for path in model_directories(near)]
    alike = 0.0 if near == directory else 0.5  # whatever is inside it; or else what is spelt like it
    close = get_close_matches(str(directory.relative_to(near)), candidates, n=1, cutoff=alike)
    return f"Did you mean '{near / close[0]}'?" if close else otherwise


def _children(directory: Path) -> list[Path]:
    try:
        return sorted(
            path for path in directory.iterdir() if path.is_dir() and not path.name.startswith((".", "__"))
        )
    except OSError:
        return []  # one that may not be read holds no model for this user
