"""Health by evidence: a model is well while it translates, and an idle one is asked to now and then."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic

from seq2seq.decoding.options import SearchOptions
from seq2seq.errors import ServiceError
from server.config import ServerConfig
from server.engine.catalogue import Hosted, State
from server.engine.engine import Engine
from server.errors import Reason, Refusal

_FAULTS = 3  # in a row, and a model is not well: one that fails quickly would attract traffic
_LOOK_S = 0.25
_CANARY = SearchOptions(beam=1, max_target_tokens=1)
_CANARY_TIMEOUT_S = 10.0

logger = logging.getLogger("server.engine")


async def watch(models: Sequence[Hosted], config: ServerConfig, tell: Callable[[], Awaitable[None]]) -> None:
    """Keep `is_well` of every model true to what it does, without end.

    Args:
        models: those of the server.
        config: its times.
        tell: called whenever one has changed.

    Raises:
        ServiceError: a model has work and makes no step; only a new process helps.
    """
    while True:
        for hosted in models:
            if hosted.state is State.READY and hosted.engine is not None:
                was_well = hosted.is_well
                await _look(hosted, hosted.engine, config)
                if hosted.is_well != was_well:
                    event = "model_well" if hosted.is_well else "model_not_well"
                    logger.warning(event, extra={"fields": {"model": hosted.name}})
                    await tell()
        await asyncio.sleep(_LOOK_S)


async def _look(hosted: Hosted, engine: Engine, config: ServerConfig) -> None:
    stalled_s = engine.stalled_s
    if stalled_s > config.stall_s:
        hosted.fail(f"it has made no step for {stalled_s:.0f} s")
        raise ServiceError(
            f"{hosted.name} has work and has made no step for {stalled_s:.0f} s",
            mend="Start the server again.",
        )
    if hosted.is_well and engine.counters.faults_in_a_row >= _FAULTS:
        hosted.is_well = False
    elif not hosted.is_well or monotonic() - engine.last_step > config.canary_s:
        hosted.is_well = await _answers(engine)


async def _answers(engine: Engine) -> bool:
    try:
        await engine.probe(timeout_s=_CANARY_TIMEOUT_S, options=_CANARY)
    except Refusal as refusal:
        return refusal.reason is Reason.QUEUE_FULL  # busy, then, not ill
    return True
