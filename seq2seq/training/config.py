"""`[training]` of an experiment file."""

from typing import Annotated, Literal, Self

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from seq2seq.config import Section

Share = Annotated[float, Field(ge=0.0, lt=1.0)]
"""At least 0 and below 1."""


class TrainingConfig(Section):
    """How a run is optimised. The defaults suit a small GRU on up to a few hundred thousand pairs."""

    updates: PositiveInt = 20_000  # the schedule ends here
    epochs: PositiveInt | None = None  # stop after so many passes over the corpus, if that comes first
    time_limit_s: PositiveFloat | None = None  # of all calls together; the best so far is saved

    optimiser: Literal["adam", "adamw"] = "adam"
    learning_rate: PositiveFloat = 1e-3  # at its peak, after warm-up
    schedule: Literal["cosine", "trapezoid", "inverse_sqrt", "constant"] = "cosine"
    warmup_updates: NonNegativeInt = 500  # the rate rises linearly
    final_learning_rate_share: Annotated[float, Field(ge=0.0, le=1.0)] = 0.05  # of the peak: end or floor
    decay_share: Annotated[float, Field(gt=0.0, le=1.0)] = 0.3  # trapezoid: of the updates after warm-up
    betas: tuple[Share, Share] = (0.9, 0.999)
    eps: PositiveFloat = 1e-8
    weight_decay: NonNegativeFloat = 0.0  # of matrices that are no embeddings; adam: L2, adamw: decoupled
    max_grad_norm: NonNegativeFloat = 1.0  # 0 turns clipping off
    accumulate: PositiveInt = 1  # batches an update
    label_smoothing: Share = 0.1
    consistency: Literal["none", "r_drop", "simcut"] = "none"  # rate each batch twice, and alike
    consistency_weight: NonNegativeFloat = 3.0  # α of seq2seq.nn.consistency
    token_cut: Share = 0.05  # simcut: pieces left out of the second pass
    ema_decay: Share = 0.999  # average of the weights that is validated and saved; 0 turns it off
    mixed_precision: bool = False  # products in bfloat16 where the device has them, sums in float32
    deterministic: bool = False  # CUDA: slower kernels that repeat exactly; a CPU always does

    validate_every: PositiveInt | Literal["epoch"] = 500  # updates
    choose_by: Literal["bleu", "loss"] = "bleu"  # equal BLEU: the lower loss is better
    patience: NonNegativeInt = 10  # validations without a better one before the run ends; 0: never

    journal_every: PositiveInt = 20  # updates; a line describes all updates since the line before
    checkpoint_every: PositiveInt = 500  # updates; also after each validation and at a signal
    on_non_finite: Literal["stop", "roll_back"] = "stop"  # roll_back: last checkpoint, half the rate
    tensorboard: bool = False  # curves in tensorboard/ of the run's directory

    @model_validator(mode="after")
    def _warms_up_within_the_run(self) -> Self:
        if self.warmup_updates >= self.updates:
            raise ValueError(
                f"warmup_updates is {self.warmup_updates} but updates is {self.updates}: "
                "warm-up has to end before the run does; set training.warmup_updates too"
            )
        return self
