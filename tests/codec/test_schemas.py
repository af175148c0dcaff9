"""The schemas and the code say the same: same fields, same refusals, same examples."""

import json
from enum import Enum
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from streams.channel.contract import BestOffer, OutcomeReport
from streams.codec.outputs import decode_decision, decode_offer, encode_decision, encode_offer
from streams.codec.packed import PackedDecision, pack, unpack
from streams.codec.sources import encode_event
from streams.core.care_policy import Urgency
from streams.core.decide.record import Action, DecisionRecord, Gate, OfferMessage, Result
from streams.core.errors import DecodeError
from streams.core.events import BODY_TYPES, SOURCE_TOPICS, Body, Event
from streams.core.leases.saying import Said
from streams.kafka.ledger import Ledger, decode_ledger
from tests.codec.breaches import breaches
from tests.codec.records import TIME_MS, Record, click, cloud_headers
from tests.codec.schema_files import SCHEMAS, VALIDATORS, examples
from tests.strategies import decisions, events, offers, wire_value

NAMES = [
    *SOURCE_TOPICS,
    "offer.channel.v1",
    "channel.best-offer.v1",
    "channel.outcome-report.v1",
    "decision.log.v1",
    "product.catalogue.v1",
    "offer.catalogue.v1",
    "model.snapshot.v1",
    "stock.level.v1",
    "profile-changelog.key.v1",
    "profile-changelog.ledger.v1",
    "profile.genome.v1",
    "subject.v1",
    "cloudevents.headers.v1",
    "identity.exchange.headers.v1",
    "identity.forward.headers.v1",
    "identity.lease.v1",
    "dead-letter.headers.v1",
]
# Schema and definition in it -> the struct that reads it; "" is the schema itself.
ROOTS: list[tuple[str, str, type[msgspec.Struct]]] = [
    *((topic, kind.__name__, kind) for topic, kinds in BODY_TYPES.items() for kind in kinds),
    ("offer.channel.v1", "", OfferMessage),
    ("channel.best-offer.v1", "", BestOffer),
    ("channel.outcome-report.v1", "", OutcomeReport),
    ("decision.log.v1", "DecisionRecord", DecisionRecord),
    ("decision.log.v1", "PackedDecision", PackedDecision),
    ("profile-changelog.ledger.v1", "", Ledger),
    ("identity.lease.v1", "", Said),
]
DECISION = SCHEMAS["decision.log.v1"]["$defs"]
KINDS = [kind for kinds in BODY_TYPES.values() for kind in kinds]


def nested(kind: type[msgspec.Struct]) -> dict[str, type[msgspec.Struct]]:
    """The struct classes inside `kind`, by name."""
    inside: dict[str, type[msgspec.Struct]] = {}
    waiting = [msgspec.inspect.type_info(kind)]
    while waiting:
        info: Any = waiting.pop()
        if isinstance(info, msgspec.inspect.StructType):
            inside[info.cls.__name__] = info.cls
            waiting += [one.type for one in info.fields]
        waiting += getattr(info, "types", ())
        waiting += [getattr(info, one) for one in ("item_type", "value_type") if hasattr(info, one)]
    return inside


STRUCTS = [
    (name, "" if cls is kind and not definition else cls_name, cls)
    for name, definition, kind in ROOTS
    for cls_name, cls in nested(kind).items()
]


def record_of(topic: str, value: Any) -> Record:
    """A record of a source topic with this JSON value."""
    return click(
        topic=topic,
        value=json.dumps(value).encode(),
        headers=list(cloud_headers(topic).items()),
    )


def reason_of(record: Record) -> str:
    """Why a record is refused; "none" when it is not."""
    try:
        record.decode()
    except DecodeError as error:
        return error.reason
    return "none"


def test_every_topic_has_a_schema() -> None:
    """DESIGN section 3, topic by topic, and what keys and headers are made of."""
    assert sorted(NAMES) == sorted(SCHEMAS)


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_valid_and_named_by_its_file(name: str) -> None:
    """JSON Schema 2020-12; keys and headers refer to schemas that exist."""
    schema = SCHEMAS[name]

    Draft202012Validator.check_schema(schema)

    parts = [schema[one]["$ref"] for one in ("x-key", "x-headers") if one in schema]
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"urn:streams:schema:{name}"
    assert {part.split(":")[-1].split("#")[0] for part in parts} <= set(SCHEMAS)
    assert len(schema["examples"]) >= 2


@pytest.mark.parametrize(("name", "example"), examples())
def test_an_example_validates(name: str, example: Any) -> None:
    """Examples are what a producer copies first."""
    VALIDATORS[name].validate(example)


@pytest.mark.parametrize(
    ("topic", "example"), [(name, one) for name, one in examples() if name in BODY_TYPES]
)
def test_an_example_of_a_source_decodes(topic: str, example: Any) -> None:
    """The code reads what the schema shows, and loses nothing of it."""
    event = record_of(topic, example).decode()

    assert wire_value(event.body) == example


@pytest.mark.parametrize("topic", BODY_TYPES)
def test_every_kind_has_an_example(topic: str) -> None:
    """A kind without an example would be found by nobody."""
    shown = {type(record_of(topic, one).decode().body) for one in SCHEMAS[topic]["examples"]}

    assert shown == set(BODY_TYPES[topic])


@pytest.mark.parametrize("example", SCHEMAS["offer.channel.v1"]["examples"])
def test_an_example_of_an_offer_decodes(example: Any) -> None:
    """The code reads what the schema shows, and loses nothing of it."""
    assert msgspec.to_builtins(decode_offer(json.dumps(example).encode())) == example


@pytest.mark.parametrize("example", SCHEMAS["decision.log.v1"]["examples"])
def test_an_example_of_a_decision_decodes(example: Any) -> None:
    """The code reads what the schema shows, packed or not, and loses nothing of it."""
    value = json.dumps(example).encode()

    assert wire_value_of(decode_decision(value)) == json.loads(unpack(value))


@pytest.mark.parametrize("example", SCHEMAS["profile-changelog.ledger.v1"]["examples"])
def test_an_example_of_a_ledger_decodes(example: Any) -> None:
    """A worker can restart from what the schema shows, and loses nothing of it."""
    ledger = wire_value_of(decode_ledger(json.dumps(example).encode()))

    assert ledger | example == ledger


def wire_value_of(struct: msgspec.Struct) -> Any:
    """The JSON value that a struct is on the wire."""
    return msgspec.json.decode(msgspec.json.encode(struct))


@pytest.mark.parametrize(("name", "definition", "kind"), STRUCTS)
def test_schema_and_code_have_the_same_fields(
    name: str, definition: str, kind: type[msgspec.Struct]
) -> None:
    """Each field of the struct is in the schema, required alike, and the other way round."""
    schema = SCHEMAS[name]["$defs"][definition] if definition else SCHEMAS[name]
    info: Any = msgspec.inspect.type_info(kind)
    tag = {info.tag_field} - {None}

    if info.array_like:
        assert [one["title"] for one in schema["prefixItems"]] == list(kind.__struct_fields__)
    else:
        assert set(schema["properties"]) == {one.encode_name for one in info.fields} | tag
        required = {one.encode_name for one in info.fields if one.required} | tag
        assert set(schema["required"]) == required


@pytest.mark.parametrize(
    ("words", "closed_set"),
    [
        (SCHEMAS["offer.channel.v1"]["properties"]["action"]["enum"], Action),
        (DECISION["DecisionRecord"]["properties"]["result"]["enum"], Result),
        (DECISION["PackedDecision"]["properties"]["result"]["enum"], Result),
        (DECISION["Candidate"]["properties"]["gate"]["enum"], Gate),
        (SCHEMAS["offer.channel.v1"]["$defs"]["Answer"]["properties"]["urgency"]["enum"], Urgency),
    ],
)
def test_schema_and_code_have_the_same_words(
    words: list[str | None], closed_set: type[Enum]
) -> None:
    """A new word of a closed set is in the schema the day it is in the code."""
    assert set(words) - {None} == {one.value for one in closed_set}


@given(events())
def test_every_event_validates(event: Event) -> None:
    """What the code can write, the schema allows: value, key and headers."""
    key, value, headers = encode_event(event, source="/test")

    VALIDATORS[event.topic].validate(json.loads(value))
    VALIDATORS["identity.forward.v1"].validate(json.loads(value))
    VALIDATORS["subject.v1"].validate(key.decode())
    shown = {name: text.decode() for name, text in headers}
    VALIDATORS["cloudevents.headers.v1"].validate(shown)


@given(offers())
def test_every_offer_validates(offer: OfferMessage) -> None:
    """What the code can write, the schema allows."""
    value, headers = encode_offer(offer, TIME_MS)

    VALIDATORS["offer.channel.v1"].validate(json.loads(value))
    shown = {name: text.decode() for name, text in headers}
    VALIDATORS["cloudevents.headers.v1"].validate(shown)


@settings(max_examples=50)  # views are large
@given(decisions())
def test_every_decision_validates(decision: DecisionRecord) -> None:
    """What the code can write, the schema allows."""
    value, headers = encode_decision(decision)

    VALIDATORS["decision.log.v1"].validate(json.loads(value))
    VALIDATORS["decision.log.v1"].validate(json.loads(unpack(value)))
    VALIDATORS["decision.log.v1"].validate(json.loads(pack(decision, value)))
    shown = {name: text.decode() for name, text in headers}
    VALIDATORS["cloudevents.headers.v1"].validate(shown)


@pytest.mark.parametrize("kind", KINDS)
def test_breaches_are_refused_by_schema_and_code_alike(kind: type[Body]) -> None:
    """Every bound of every field, at bound + 1; every required field; every type."""
    topic = next(topic for topic, kinds in BODY_TYPES.items() if kind in kinds)
    outcomes = {
        rule: (VALIDATORS[topic].is_valid(value), reason_of(record_of(topic, value)))
        for rule, value in breaches(kind)
    }

    wrong = {rule: outcome for rule, outcome in outcomes.items() if outcome != (False, "schema")}
    assert len(outcomes) > 1
    assert wrong == {}


@pytest.mark.parametrize("value", [None, True, 5, "page_view", [], [{}], {}])
@pytest.mark.parametrize("topic", BODY_TYPES)
def test_what_is_no_event_is_refused_by_both(topic: str, value: Any) -> None:
    """JSON that is no object of a kind is an event of no topic."""
    assert not VALIDATORS[topic].is_valid(value)
    with pytest.raises(DecodeError, match="decoding a record of"):
        record_of(topic, value).decode()
