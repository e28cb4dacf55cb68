import pytest

from seq2seq.config import build
from seq2seq.errors import ConfigError
from seq2seq.training.config import TrainingConfig


def test_warm_up_has_to_end_before_the_run() -> None:
    """Else the rate would never be the one that was set."""
    with pytest.raises(
        ConfigError, match="warmup_updates is 50 but updates is 50: warm-up has to end before the run"
    ):
        build({"updates": 50, "warmup_updates": 50}, TrainingConfig, where="x.toml")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("learning_rate", 0, "learning_rate is 0, and must be above 0"),
        ("ema_decay", 1.0, "ema_decay is 1.0, and must be below 1"),
        (
            "schedule",
            "linear",
            "schedule is 'linear', and must be 'cosine', 'trapezoid', 'inverse_sqrt' or 'constant'",
        ),
        ("max_grad_norm", -1, "max_grad_norm is -1, and must be at least 0"),
        ("update", 5, "unknown key 'update'. Did you mean 'updates'?"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(key: str, value: object, message: str) -> None:
    """With the value and the limit."""
    with pytest.raises(ConfigError) as caught:
        build({key: value}, TrainingConfig, where="x.toml")

    assert message in str(caught.value)


def test_validation_may_follow_the_epochs() -> None:
    """A number of updates, or the word."""
    assert TrainingConfig.model_validate({"validate_every": "epoch"}).validate_every == "epoch"
