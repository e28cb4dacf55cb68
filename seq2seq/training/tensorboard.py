"""TensorBoard's curves of what the journal says."""

from importlib import import_module
from pathlib import Path
from typing import Any

from seq2seq.errors import TrainingError

DRAWN = {"update": "training", "validation": "validation"}
"""Kinds of journal lines that become curves, and the group they are shown in."""


class Curves:
    """Scalars in `tensorboard/`, one curve for each number of a journal line.

    Args:
        run: the run's directory.
        update: the update from which the run goes on; what an earlier call drew after it is hidden.

    Raises:
        TrainingError: TensorBoard is not installed.
    """

    def __init__(self, run: Path, update: int) -> None:
        try:
            # Only here, because it takes seconds and most runs do without.
            tensorboard = import_module("torch.utils.tensorboard")
        except ImportError as error:
            raise TrainingError(
                f"TensorBoard is not installed ({error})",
                where="training.tensorboard",
                mend="Install it with 'pip install tensorboard', or set training.tensorboard = false.",
            ) from error
        self._writer = tensorboard.SummaryWriter(str(run / "tensorboard"), purge_step=update + 1)

    def draw(self, kind: str, values: dict[str, Any]) -> None:
        """Add a point to each curve."""
        if kind not in DRAWN:
            return
        for name, value in values.items():
            if name != "update" and isinstance(value, int | float) and not isinstance(value, bool):
                self._writer.add_scalar(f"{DRAWN[kind]}/{name}", value, values["update"])

    def close(self) -> None:
        """Write what is held back, and close the file."""
        self._writer.close()
