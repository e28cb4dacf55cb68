"""One log line a call: what it asked, what it cost, how it ended. Never a user's text."""

import json
import logging
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic

logger = logging.getLogger("server.rpc")

_REFUSALS_A_SECOND = 10  # logged for each reason; the others are counted
_encode = json.JSONEncoder(ensure_ascii=False).encode  # json.dumps would make an encoder for each line


@dataclass
class Record:
    """What is known of a call by now; fields that say nothing are left out of the line."""

    method: str
    request_id: str
    peer: str
    code: str = "OK"
    reason: str = ""
    model: str = ""
    revision: str = ""
    contents: int = 0
    source_tokens: int = 0
    target_tokens: int = 0
    beam: int = 0
    view: str = ""
    queue_ms: float | None = None
    decode_ms: float | None = None
    deadline_left_ms: float | None = None
    error: str = ""
    began: float = field(default_factory=monotonic)


current: ContextVar[Record] = ContextVar("call")  # set by the guard in the task of each call


class Journal:
    """Writes the records."""

    def __init__(self) -> None:
        self._second = 0
        self._refused: dict[str, int] = {}  # by reason, in this second

    def write(self, record: Record) -> None:
        """Log a call that has ended; of refusals for one reason a few each second."""
        if record.reason and not self._may_log(record.reason):
            return
        fields = {key: value for key, value in vars(record).items() if value not in ("", 0, None)}
        fields["total_ms"] = milliseconds(monotonic() - fields.pop("began"))
        level = logging.ERROR if record.error else logging.INFO
        if logger.isEnabledFor(level):
            logger.handle(_line(level, fields))

    def _may_log(self, reason: str) -> bool:
        second = int(monotonic())
        if second != self._second:
            passed_over = sum(max(0, count - _REFUSALS_A_SECOND) for count in self._refused.values())
            if passed_over:
                logger.info("calls_not_logged", extra={"fields": {"refused": passed_over}})
            self._second, self._refused = second, {}
        self._refused[reason] = self._refused.get(reason, 0) + 1
        return self._refused[reason] <= _REFUSALS_A_SECOND


def _line(level: int, fields: dict[str, object]) -> logging.LogRecord:
    """What `logger.log` would make, without looking for the line of the program that says it."""
    line = logging.LogRecord(logger.name, level, "", 0, "call", (), None)
    line.fields = fields
    return line


def milliseconds(seconds: float) -> float:
    """Round for the log."""
    return round(seconds * 1000, 1)


def masked(peer: str) -> str:
    """Keep of an address what is needed to tell networks apart: neither port nor the last part."""
    host = peer.rpartition(":")[0].replace("%5B", "[").replace("%5D", "]")
    separator = "." if host.startswith("ipv4:") else ":"
    return f"{host.rpartition(separator)[0]}{separator}*" if host else ""


class JsonLines(logging.Formatter):
    """A log record as one line of JSON; the fields are given as `extra={"fields": {...}}`."""

    def format(self, record: logging.LogRecord) -> str:
        """Render the line."""
        line = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        return _encode(line)
