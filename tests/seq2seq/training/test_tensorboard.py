import sys
from pathlib import Path

import pytest

from seq2seq.errors import TrainingError
from seq2seq.training.tensorboard import Curves


def test_without_tensorboard_the_setting_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the two ways out."""
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)

    with pytest.raises(
        TrainingError, match=r"training.tensorboard: TensorBoard is not installed \(.*pip install"
    ):
        Curves(tmp_path, 0)
