"""Views as bytes: what the decision log holds is enough to decide again."""

import msgspec
import pytest
from hypothesis import given

from streams.codec.outputs import decode_decision, encode_decision
from streams.codec.view import decode_view, encode_view
from streams.core.decide.decide import decide
from streams.core.decide.record import DecisionRecord
from streams.core.errors import DecodeError
from streams.core.events import Event
from streams.core.profile.profile import new_profile
from tests.strategies_profiles import FEW, POLICY, event, lively, run, view


def decision() -> DecisionRecord:
    """One real decision."""
    (result,) = run(new_profile("customer:1"), [event("a", view())])
    assert result.decision is not None
    return result.decision


@FEW
@given(lively)
def test_views_survive_their_bytes(history: list[Event]) -> None:
    """Floats and all."""
    results = run(new_profile("customer:1"), history)
    views = [result.decision.view for result in results if result.decision is not None]

    assert [decode_view(encode_view(one)) for one in views] == views


def test_a_decision_read_from_the_log_repeats_to_identical_bytes() -> None:
    """Encoded, read, decided again, encoded."""
    logged, _ = encode_decision(decision())

    again = decide(decode_decision(logged).view, POLICY)

    assert again is not None
    assert encode_decision(again)[0] == logged


def test_the_log_holds_the_same_bytes() -> None:
    """The `view` of a logged decision is what `encode_view` writes."""
    made = decision()

    logged = msgspec.json.decode(encode_decision(made)[0])

    assert logged["view"] == msgspec.json.decode(encode_view(made.view))


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff", b'{"subject":1}'])
def test_other_bytes_are_refused(data: bytes) -> None:
    """With the reason."""
    with pytest.raises(DecodeError, match="decoding view"):
        decode_view(data)
