import json
import logging
from time import monotonic

import pytest

from server.errors import origin
from server.journal import Journal, JsonLines, Record, masked


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        ("ipv4:192.168.1.17:50000", "ipv4:192.168.1.*"),
        ("ipv6:%5B2001:db8::7%5D:50000", "ipv6:[2001:db8:*"),
        ("unix:", ""),
    ],
)
def test_addresses_are_not_logged_in_full(peer: str, expected: str) -> None:
    """Enough to tell networks apart."""
    assert masked(peer).startswith(expected.removesuffix("*"))
    assert not masked(peer).endswith(("17", "7%5D"))


def test_a_flood_of_refusals_is_counted(caplog: pytest.LogCaptureFixture) -> None:
    """Ten lines a second for each reason, and then how many were left out."""
    caplog.set_level(logging.INFO, logger="server")
    journal = Journal()
    while monotonic() % 1 > 0.8:
        pass  # the flood must fall into one second

    for _ in range(1_000):
        journal.write(Record("TranslateText", "id", "", code="RESOURCE_EXHAUSTED", reason="QUEUE_FULL"))
    journal._second -= 1
    journal.write(Record("TranslateText", "id", "", code="RESOURCE_EXHAUSTED", reason="QUEUE_FULL"))

    messages = [record.getMessage() for record in caplog.records]
    assert messages == ["call"] * 10 + ["calls_not_logged", "call"]
    assert vars(caplog.records[10])["fields"] == {"refused": 990}


def test_a_line_is_one_object() -> None:
    """With the time, the level and the fields."""
    record = logging.makeLogRecord({"msg": "call", "levelname": "INFO", "fields": {"code": "OK", "beam": 5}})

    line = json.loads(JsonLines().format(record))

    assert line.pop("ts").endswith("+00:00")
    assert line == {"level": "info", "event": "call", "code": "OK", "beam": 5}


def test_an_error_is_logged_without_its_message() -> None:
    """An exception may quote the user's text; where it was raised says enough."""
    with pytest.raises(ValueError, match="the user's text") as caught:
        int("the user's text")

    said = origin(caught.value)
    assert said.startswith("ValueError at test_journal.py:")
    assert "text" not in said.replace("without_its_message", "")
