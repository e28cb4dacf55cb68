"""Everything that learning changes: weights, optimiser, average, place in the corpus, random states."""

import inspect
import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from seq2seq.batch import Batch
from seq2seq.errors import ConfigError, TrainingError
from seq2seq.nn.consistency import Consistency
from seq2seq.nn.loss import Loss
from seq2seq.training.averaging import WeightAverage, fill
from seq2seq.training.checkpoint import Checkpoint
from seq2seq.training.config import TrainingConfig
from seq2seq.training.optimisation import build_optimiser, trainable
from seq2seq.training.precision import multiplies_bfloat16, prepare_products
from seq2seq.training.randomness import RandomState, undisturbed
from seq2seq.training.state import Reading


class BatchSource(Protocol):
    """Batches without end, from a place that can be kept."""

    @property
    def epoch(self) -> int:
        """The pass over the corpus, from 0, that the last batch came from."""
        ...

    @property
    def position(self) -> float:
        """Share of that pass which is done; 1 after its last batch."""
        ...

    def __next__(self) -> Batch:
        """The next batch, on the CPU."""
        ...

    def state_dict(self) -> dict[str, Any]:
        """The place, as JSON."""
        ...

    def load_state_dict(self, state: dict[str, Any], /) -> None:
        """Go to that place."""
        ...


class NotFinite(Exception):
    """A number that has to be finite is not."""

    def __init__(self, what: str, value: float) -> None:
        super().__init__(f"the {what} is {value}")


class Learner:
    """A model in training.

    Raises:
        ConfigError: consistency is asked of a model that has no such loss.
    """

    def __init__(self, model: nn.Module, sampler: BatchSource, config: TrainingConfig) -> None:
        self.loss_options = {"label_smoothing": config.label_smoothing, **_consistency(config, model)}
        self.model = model
        self.sampler = sampler
        self.config = config
        self.device = next(model.parameters()).device
        self.optimiser = build_optimiser(model, config)
        self.average = WeightAverage(model, config.ema_decay) if config.ema_decay else None
        self.half = config.mixed_precision and multiplies_bfloat16(self.device)
        if self.half:
            prepare_products()

    def update(self, rate: float) -> Reading:
        """Change the weights once.

        Raises:
            NotFinite: the loss or the gradient is not; the weights are as they were.
        """
        started = time.perf_counter()
        self.optimiser.zero_grad()
        losses, pieces, positions = [], 0, 0
        for _ in range(self.config.accumulate):
            batch = next(self.sampler)
            losses.append(self._backward(batch))
            pieces += batch.pieces
            positions += batch.positions
        tokens = sum(loss.tokens for loss in losses)
        norm = self._clip(tokens)
        # Sums are fetched only now: on CUDA each fetch waits for the device.
        objective = sum(float(loss.sum) for loss in losses)
        nll = sum(float(loss.nll) for loss in losses)
        for what, value in (("loss", objective), ("gradient norm", float(norm))):
            if not math.isfinite(value):
                raise NotFinite(what, value)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.step()
        if self.average is not None:
            self.average.update(self.model)
        return Reading(objective, nll, tokens, float(norm), pieces, positions, time.perf_counter() - started)

    @property
    def epochs(self) -> int:
        """Complete passes over the corpus."""
        return self.sampler.epoch + int(self.sampler.position)

    @contextmanager
    def at_rest(self) -> Iterator[None]:
        """Within the block the model is ready to be used: averaged weights, no dropout, no gradients.

        Whatever is drawn there, training goes on with the random numbers it would have had.
        """
        self.model.eval()
        try:
            with undisturbed(), torch.no_grad():
                if self.average is None:
                    yield
                else:
                    with self.average.applied(self.model):
                        yield
        finally:
            self.model.train()

    def capture(self) -> Checkpoint:
        """Take down everything; the tensors are the live ones."""
        random = RandomState.capture()
        tensors = {f"model/{name}": tensor for name, tensor in _persistent(self.model).items()}
        for name, parameter in trainable(self.model):
            for key, value in self.optimiser.state.get(parameter, {}).items():
                tensors[f"optimiser/{name}/{key}"] = value
        if self.average is not None:
            tensors |= {f"average/{name}": weight for name, weight in self.average.weights.items()}
        tensors |= {f"random/{name}": state for name, state in random.tensors.items()}
        state = {
            "sampler": self.sampler.state_dict(),
            "random": dict(random.plain),
            "averaged_updates": 0 if self.average is None else self.average.updates,
        }
        return Checkpoint(state, tensors)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Become what `capture` took down.

        Raises:
            TrainingError: the checkpoint is of a model with other weights.
        """
        state: Mapping[str, Any] = checkpoint.state["learner"]
        weights, averages = checkpoint.under("model"), checkpoint.under("average")
        _check_shapes(_persistent(self.model), weights)
        fill(_persistent(self.model), weights)
        self._restore_optimiser(checkpoint.under("optimiser"))
        if self.average is not None:
            # A run that turns averaging on half-way begins with the weights it has.
            fill(self.average.weights, averages or weights)
            self.average.updates = state["averaged_updates"]
        self.sampler.load_state_dict(state["sampler"])
        RandomState(state["random"], checkpoint.under("random")).restore()

    def _backward(self, batch: Batch) -> Loss:
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.half):
            loss: Loss = self.model(batch.to(self.device), **self.loss_options)
        loss.sum.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        return Loss(loss.sum.detach(), loss.nll, loss.tokens)  # without the graph, which may go now

    def _clip(self, tokens: int) -> Tensor:
        """Turn the gradient of the sum into that of the mean, clip it, and give its norm before."""
        parameters = [parameter for _, parameter in trainable(self.model)]
        for parameter in parameters:
            if parameter.grad is not None:
                parameter.grad.div_(tokens)
        return nn.utils.clip_grad_norm_(parameters, self.config.max_grad_norm or math.inf)

    def _restore_optimiser(self, values: Mapping[str, Tensor]) -> None:
        by_name: dict[str, dict[str, Tensor]] = {}
        for path, value in values.items():
            name, _, key = path.rpartition("/")
            by_name.setdefault(name, {})[key] = value
        names = {id(parameter): name for name, parameter in trainable(self.model)}
        order = [
            names[id(parameter)] for group in self.optimiser.param_groups for parameter in group["params"]
        ]
        whole = self.optimiser.state_dict()
        whole["state"] = {index: by_name[name] for index, name in enumerate(order) if name in by_name}
        self.optimiser.load_state_dict(whole)


def _consistency(config: TrainingConfig, model: nn.Module) -> dict[str, Consistency]:
    """The argument that asks a model for its consistent loss, where that is wanted."""
    if config.consistency == "none":
        return {}
    if "consistency" not in inspect.signature(model.forward).parameters:
        raise ConfigError(
            f"a {type(model).__name__} cannot be trained for consistency",
            where="training.consistency",
            mend='Set training.consistency = "none".',
        )
    if config.consistency == "r_drop":
        return {"consistency": Consistency.r_drop(config.consistency_weight)}
    return {"consistency": Consistency.simcut(config.consistency_weight, config.token_cut)}


def _persistent(model: nn.Module) -> dict[str, Tensor]:
    """Parameters (tied ones once) and those buffers that belong to the weights."""
    kept = model.state_dict().keys()
    buffers = {name: buffer for name, buffer in model.named_buffers() if name in kept}
    return {**dict(model.named_parameters()), **buffers}


def _check_shapes(now: Mapping[str, Tensor], before: Mapping[str, Tensor]) -> None:
    for name in sorted(now.keys() | before.keys()):
        old, new = (list(tensors[name].shape) if name in tensors else "absent" for tensors in (before, now))
        if old != new:
            raise TrainingError(
                f"the checkpoint is of another model: weight '{name}' was {old}, now {new}",
                mend="Train into another directory.",
            )
