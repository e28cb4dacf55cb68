import grpc
import pytest
from google.rpc.error_details_pb2 import BadRequest

from server.errors import Reason, Refusal, Violation, several, wrong_field
from server.rpc.status import CODES, pushback_ms, rich_status


def test_every_reason_has_a_status() -> None:
    """The table is complete, and nothing is UNKNOWN."""
    assert set(CODES) == set(Reason)
    assert grpc.StatusCode.UNKNOWN not in CODES.values()


@pytest.mark.parametrize("length", [1, 10, 1_000])
def test_details_stay_small(length: int) -> None:
    """At most 50 violations and 4 KiB; more, and the client would see another status."""
    violations = [Violation(f"contents[{index}]", "x" * length) for index in range(1_024)]

    status = rich_status(Refusal(Reason.TEXT_TOO_LONG, "y" * 10_000, violations=violations), "id")

    listed = BadRequest()
    assert status.details[-1].Unpack(listed)
    assert status.ByteSize() <= 4_096
    assert len(listed.field_violations) <= 50
    assert length > 10 or len(listed.field_violations) == 50


def test_pushback_is_spread_and_bounded() -> None:
    """Clients that were refused together do not come back together."""
    pauses = {pushback_ms(rich_status(Refusal(Reason.QUEUE_FULL, "", retry_after_s=60.0))) for _ in range(20)}

    assert all(pause is not None and 4_000 <= pause <= 6_000 for pause in pauses)
    assert len(pauses) > 1
    assert pushback_ms(rich_status(Refusal(Reason.DEADLINE, ""))) is None


def test_several_refusals_become_one() -> None:
    """The first one leads, and the fields of its kind are listed."""
    refusals = [
        wrong_field(Reason.TEXT_TOO_LONG, "contents[1]", "too long"),
        wrong_field(Reason.SENTENCE_TOO_LONG, "contents[2]", "too long"),
        wrong_field(Reason.TEXT_TOO_LONG, "contents[5]", "too long"),
    ]

    one = several(refusals)

    assert one.message == "contents[1]: too long; 2 more"
    assert [violation.field for violation in one.violations] == ["contents[1]", "contents[5]"]
