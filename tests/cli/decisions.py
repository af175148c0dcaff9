"""Decisions of the shipped catalogue, as the worker logs them."""

from functools import cache
from pathlib import Path

from streams.cli.reading import Record
from streams.codec.outputs import encode_decision
from streams.config import Settings
from streams.core import events
from streams.core.decide.explaining import Explanation, explain
from streams.core.decide.record import DecisionRecord
from streams.core.events import Body
from streams.core.offers import Policy
from streams.core.profile.profile import new_profile
from streams.worker.policies import read_policy
from tests.strategies_profiles import NOON, consent, event, item, opened, run

DEPLOY = Path(__file__).parents[2] / "deploy"
SETTINGS = Settings(offers_dir=DEPLOY / "offers", lexicon_dir=DEPLOY / "lexicon")
COFFEE = item("bean-1", "COFFEE", item_name="Dark roast", price_minor=799)
LOOKED = events.ViewItem(currency="USD", items=(COFFEE,))


@cache
def shipped() -> Policy:
    """The policy of the shipped files, as `SETTINGS` read it."""
    return read_policy(SETTINGS)


def decided(
    *bodies: Body, subject: str = "customer:ann", rules: Policy | None = None
) -> DecisionRecord:
    """The last decision on `bodies`, a minute apart, by the shipped policy or by `rules`."""
    history = [event(f"e{n}", one, NOON + n * 60_000, subject) for n, one in enumerate(bodies)]
    results = run(new_profile(subject), history, rules or shipped())
    return [one.decision for one in results if one.decision is not None][-1]


def an_offer(rules: Policy | None = None) -> DecisionRecord:
    """Coffee was looked at, by somebody who may be mailed: an offer by web."""
    return decided(consent(granted=True, channel="email"), LOOKED, rules=rules)


def a_silence() -> DecisionRecord:
    """Coffee was looked at while a complaint is open."""
    return decided(opened(), LOOKED)


def a_holdout() -> DecisionRecord:
    """Coffee was looked at by one of those who get nothing."""
    return decided(LOOKED, subject="customer:held-10")


def explanation_of(decision: DecisionRecord) -> Explanation:
    """The explanation of a decision of the shipped catalogue."""
    return explain(decision, shipped())


def as_record(decision: DecisionRecord, value: bytes | None = None) -> Record:
    """`decision` in the log, or `value` in its place."""
    encoded, headers = encode_decision(decision)
    return Record(
        topic="decision.log.v1",
        partition=1,
        offset=7,
        key=decision.subject.encode(),
        value=encoded if value is None else value,
        headers=[*headers],
        time_ms=decision.decision_time_ms,
    )
