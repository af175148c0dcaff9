"""What a channel's systems may ask and report, and the record that a report becomes."""

from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.channel.contract import (
    BestOffer,
    OutcomeReport,
    OutcomeWord,
    RequestError,
    outcome_event,
    outcome_record,
    read_request,
)
from streams.codec.sources import Limits, decode
from streams.core.kinds.outcome import Rejected
from tests.channel.messages import ANN, NOW_MS, offer_id
from tests.codec.schema_files import SCHEMAS, VALIDATORS

LIMITS = Limits(record_bytes_max=262_144, future_max_ms=300_000)
REPORT = {"offer_id": offer_id("a"), "subject": ANN, "outcome": "rejected"}


VALUES = (
    st.none()
    | st.integers(-5, 2**45)
    | st.text(max_size=5)
    | st.sampled_from(["x" * 64, "x" * 65, "x" * 200, "x" * 201, "customer:1", "customer:1\n"])
    | st.sampled_from([offer_id("b"), "viewed", "consent_changed", True, 1.5, [], {}])
    | st.sampled_from([631_152_000_000, 631_151_999_999, 4_102_444_799_999, 4_102_444_800_000])
)


def is_taken(body: dict[str, Any], kind: type[Any]) -> bool:
    """Whether the code reads `body` as a request of this kind."""
    try:
        read_request(msgspec.json.encode(body), kind)
    except RequestError:
        return False
    return True


def sentence_of(body: bytes) -> str:
    """Return why `body` is no request, nothing when it is one."""
    try:
        read_request(body, BestOffer)
    except RequestError as error:
        return str(error)
    return ""


def report(**changes: Any) -> OutcomeReport:
    """Return a report as it comes over the wire."""
    return read_request(msgspec.json.encode({**REPORT, **changes}), OutcomeReport)


def test_report_becomes_the_record_a_worker_decodes() -> None:
    """Key, value and headers are those of any other outcome."""
    event = outcome_event(report(reason="too-dear", item_id="sku-1"), "web", now_ms=NOW_MS)

    key, value, headers = outcome_record(event, "web", now_ms=NOW_MS, limits=LIMITS)

    read = decode("channel.outcome.v1", key, value, headers, NOW_MS, LIMITS)
    assert read == event
    assert read.body == Rejected(
        offer_id=offer_id("a"), channel="web", reason="too-dear", item_id="sku-1"
    )
    assert dict(headers)["ce_source"] == b"/streams/channel/web"


def test_report_made_twice_is_one_event() -> None:
    """Its id says which offer and outcome, and nothing of when it was sent."""
    first = outcome_event(report(), "web", now_ms=NOW_MS)
    again = outcome_event(report(), "web", now_ms=NOW_MS + 9)

    assert first.event_id == again.event_id == f"{offer_id('a')}:rejected"
    assert (first.event_time_ms, again.event_time_ms) == (NOW_MS, NOW_MS + 9)


def test_reports_of_two_times_are_two_events() -> None:
    """Who saw an offer at nine and at ten saw it twice."""
    nine = outcome_event(report(event_time_ms=NOW_MS - 9), "web", now_ms=NOW_MS)
    ten = outcome_event(report(event_time_ms=NOW_MS), "web", now_ms=NOW_MS)

    assert nine.event_id == f"{offer_id('a')}:rejected:{NOW_MS - 9}"
    assert nine.event_time_ms == NOW_MS - 9
    assert ten.event_id != nine.event_id


def test_report_from_the_future_is_refused_before_it_is_sent() -> None:
    """A worker would make it a dead letter."""
    event = outcome_event(report(event_time_ms=NOW_MS + 300_001), "web", now_ms=NOW_MS)

    with pytest.raises(RequestError, match="at most 300000 ms after the append time"):
        outcome_record(event, "web", now_ms=NOW_MS, limits=LIMITS)


@pytest.mark.parametrize(
    "changes",
    [
        {"offer_id": "a"},
        {"offer_id": "A" * 32},
        {"subject": "ann"},
        {"outcome": "loved"},
        {"outcome": "consent_changed"},
        {"reason": ""},
        {"reason": "x" * 65},
        {"item_id": "x" * 201},
        {"event_time_ms": -1},
        {"event_time_ms": 4_102_444_800_000},
        {"event_time_ms": "now"},
        {"channel": "email"},
    ],
)
def test_report_beyond_its_bounds_is_refused(changes: dict[str, Any]) -> None:
    """Every field has its bounds, and there is no other."""
    with pytest.raises(RequestError, match=r"^reading the request: expected "):
        report(**changes)


@pytest.mark.parametrize(
    ("schema", "kind", "body"),
    [
        ("channel.best-offer.v1", BestOffer, {"subject": ANN}),
        ("channel.outcome-report.v1", OutcomeReport, REPORT),
    ],
)
@given(data=st.data())
def test_schema_and_code_take_the_same_requests(
    schema: str, kind: type[Any], body: dict[str, Any], data: st.DataObject
) -> None:
    """A request with one field changed, to whatever, is taken by both or by none."""
    name = data.draw(st.sampled_from([*kind.__struct_fields__, "other"]))
    changed = {**body, name: data.draw(VALUES)}

    taken = VALIDATORS[schema].is_valid(changed)

    assert taken == is_taken(changed, kind)


def test_schema_has_the_same_words_as_the_code() -> None:
    """A new outcome is in the schema the day it is in the code."""
    words = SCHEMAS["channel.outcome-report.v1"]["properties"]["outcome"]["enum"]

    assert words == list(get_args(OutcomeWord))


@pytest.mark.parametrize(
    ("example", "kind"),
    [
        *((one, BestOffer) for one in SCHEMAS["channel.best-offer.v1"]["examples"]),
        *((one, OutcomeReport) for one in SCHEMAS["channel.outcome-report.v1"]["examples"]),
    ],
)
def test_example_of_a_schema_is_taken(example: dict[str, Any], kind: type[Any]) -> None:
    """Examples are what the writer of an adapter copies first."""
    assert is_taken(example, kind)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_request_or_one_sentence(body: bytes) -> None:
    """Nothing a client sends ends in another error, or in two lines."""
    said = sentence_of(body)

    assert len(said.splitlines()) <= 1


def test_refusal_does_not_repeat_the_subject() -> None:
    """Answers end in logs of whoever asked."""
    with pytest.raises(RequestError) as refused:
        read_request(b'{"subject": "customer:secret name"}', BestOffer)

    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"subject": "ann"}, "; at 'subject': expected kind:value, kind one of customer, card, "),
        ({"offer_id": "x"}, "; at 'offer_id': expected an offer's id, 32 of 0-9 a-f"),
        ({"subject": 7}, "; at 'subject': expected str, got int"),
        ({"slot": "main"}, "; object contains unknown field slot"),
    ],
)
def test_refusal_says_which_field_expected_what(changes: dict[str, Any], said: str) -> None:
    """In words: a pattern helps nobody who called with a wrong subject."""
    with pytest.raises(RequestError) as refused:
        report(**changes)

    assert said in str(refused.value)
    assert "regex" not in str(refused.value)


def test_refusal_of_what_is_no_json_says_so() -> None:
    """An abbreviation keeps its capitals."""
    assert sentence_of(b"{").endswith("; input data was truncated")
    assert sentence_of(b"x").endswith("; JSON is malformed: invalid character (byte 0)")
