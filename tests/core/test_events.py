"""Events are immutable, know their topic, and count receipts by their natural id."""

from datetime import date

import pytest
from hypothesis import given

from streams.core.events import (
    BODY_TYPES,
    CHANNELS,
    FORWARD_TOPIC,
    SOURCE_TOPICS,
    Body,
    Event,
    Item,
    TransactionLink,
    ViewItem,
    kind_of,
    topic_of,
)
from tests.strategies import bodies, events

KINDS = {
    "clickstream.event.v1": "page_view view_item view_item_list search add_to_cart "
    "remove_from_cart begin_checkout purchase review poll_answer event_attended check_in login "
    "share",
    "pos.transaction.v1": "sale return void",
    "social.activity.v1": "Create Like Announce Follow",
    "service.interaction.v1": "opened answered closed delivery_delayed",
    "channel.outcome.v1": "delivered undeliverable viewed clicked accepted rejected dismissed "
    "consent_changed trait_corrected trait_muted suppressed referred "
    "linked unlinked erased",
}


def test_every_kind_of_every_topic_has_a_body() -> None:
    """The kinds are those that the contract names, in its order."""
    kinds = {
        topic: " ".join(str(kind.__struct_config__.tag) for kind in kinds)
        for topic, kinds in BODY_TYPES.items()
    }

    assert kinds == KINDS


def test_source_topics_are_the_five_and_the_forward_topic() -> None:
    """A worker subscribes to all topics with bodies, and to the forward topic last."""
    assert (*KINDS, FORWARD_TOPIC) == SOURCE_TOPICS


def test_channels_are_the_six_of_the_contract() -> None:
    """Each channel has an offer topic of its own, so the set is closed."""
    assert CHANNELS == ("email", "web", "app", "store", "contact-centre", "social")


@given(bodies())
def test_a_body_knows_its_topic_and_kind(body: Body) -> None:
    """Kind and topic follow from the class alone."""
    assert type(body) in BODY_TYPES[topic_of(body)]
    assert kind_of(body) in KINDS[topic_of(body)].split()


def test_natural_id_joins_the_four_parts() -> None:
    """A receipt's event id is pos:{store}:{workstation}:{day}:{sequence}."""
    link = TransactionLink(
        store_id="364", workstation_id="3", business_day=date(2025, 1, 31), sequence_number=4711
    )

    assert link.natural_id() == "pos:364:3:2025-01-31:4711"


@given(events())
def test_an_event_can_be_hashed(event: Event) -> None:
    """Immutable all the way down: no list or dict hides in a body."""
    assert isinstance(hash(event), int)


def test_a_body_cannot_be_changed() -> None:
    """A fold cannot alter the event it was given."""
    body = ViewItem(currency="EUR", items=(Item(item_id="sku-1"),))

    with pytest.raises(AttributeError, match="immutable"):
        body.currency = "USD"  # type: ignore[misc]  # the point of the test
