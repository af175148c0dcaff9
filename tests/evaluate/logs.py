"""Logs of an exploring policy, from lives of customers: decisions and outcomes, as their bytes.

The views are those of whole lives under the shipped catalogue; on each, all that passes is as
likely as the others, and silence has a chance of its own. Outcomes are drawn by a known rate.
"""

from collections.abc import Iterator
from functools import cache
from random import Random

from msgspec import structs

from streams.codec.outputs import encode_decision
from streams.core.decide.decide import decide
from streams.core.decide.ids import arm
from streams.core.decide.record import (
    Chosen,
    DecisionRecord,
    OfferId,
    Pitch,
    Price,
    Result,
)
from streams.core.decide.view import View
from streams.core.events import CHANNELS, Accepted, Body, Delivered, Event
from streams.core.profile.profile import new_profile
from streams.core.step import step
from tests.cloudevents import line
from tests.core.lives import Life
from tests.core.shelf import world

SILENCE = 0.2
DELIVERED, ACCEPTED = 0.9, 0.3
CUSTOMERS, EVENTS = 150, 60


def explored(record: DecisionRecord, random: Random) -> DecisionRecord:
    """The same decision by a policy that takes all that passes alike, and is silent at times."""
    passing = [one for one in record.candidates if one.gate is None]
    if not passing:
        nothing = tuple([structs.replace(one, propensity=0.0) for one in record.candidates])
        return structs.replace(
            record, candidates=nothing, silence_propensity=1.0, result=Result.SILENCE, chosen=None
        )
    chance = (1 - SILENCE) / len(passing)
    candidates = tuple([structs.replace(one, propensity=chance) for one in passing])
    made = structs.replace(
        record, candidates=candidates, silence_propensity=SILENCE, result=Result.SILENCE
    )
    if random.random() < SILENCE:
        return structs.replace(made, chosen=None)
    one = random.choice(candidates)
    factors = one.factors
    assert factors is not None
    assert one.value_minor is not None
    row = world().policy.offers[one.offer]
    chosen = Chosen(
        OfferId(record.decision_id),
        one.offer,
        row.purpose,
        one.channel,
        Pitch(one.treatment, "!"),
        "because",
        record.decision_time_ms + row.ttl_ms,
        one.value_minor,
        chance,
        price=Price(one.price_level, row.currency, factors.discount_minor),
    )
    decision = world().policy.decision
    held_out = arm(record.subject, decision.holdout_salt) < decision.holdout_share
    result = Result.HOLDOUT if held_out else Result.OFFER
    return structs.replace(made, result=result, chosen=chosen)


def views() -> Iterator[View]:
    """What was known at each decision of many lives."""
    policy = world().policy
    for seed in range(CUSTOMERS):
        profile = new_profile("customer:1")
        for number, one in enumerate(Life(seed, EVENTS).happenings()):
            now_ms = one.event_time_ms
            result = step(profile, one, policy=policy, now_ms=now_ms, fold_sequence=number)
            if result.decision is not None:
                yield structs.replace(result.decision.view, subject=f"customer:{seed}")


@cache
def log() -> tuple[DecisionRecord, ...]:
    """The decisions."""
    random = Random(1)
    made = [decide(view, world().policy) for view in views()]
    return tuple([explored(one, random) for one in made if one is not None])


def decision_lines() -> bytes:
    """Values of `decision.log.v1`, one a line."""
    return b"".join(encode_decision(one)[0] + b"\n" for one in log())


def outcome_lines() -> str:
    """What became of the sent offers, as CloudEvents, one a line."""
    random = Random(5)  # of twelve first numbers, eleven hold the truth
    return "".join(f"{line(event)}\n" for one in log() for event in _outcomes(one, random))


def _outcomes(record: DecisionRecord, random: Random) -> Iterator[Event]:
    chosen = record.chosen
    if record.result is not Result.OFFER or chosen is None or random.random() >= DELIVERED:
        return
    channel = next(one for one in CHANNELS if one == chosen.channel)
    yield _event(record, Delivered(offer_id=chosen.offer_id, channel=channel))
    if random.random() < ACCEPTED:
        yield _event(record, Accepted(offer_id=chosen.offer_id, channel=channel))


def _event(record: DecisionRecord, body: Body) -> Event:
    return Event(
        event_id=f"{type(body).__name__}:{record.decision_id}",
        subject=record.subject,
        event_time_ms=record.decision_time_ms + 1_000,
        topic="channel.outcome.v1",
        body=body,
    )
