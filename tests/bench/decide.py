"""CPU microseconds a decision: a catalogue of 200 rows, 20 of them with a rule; no broker.

A view of an article brings the ten rows of its category, a login brings 180 rows: as many actions
reach the draw, each rule asked on the way. The profile is that of somebody who has been here for a
while. What an event pays that brings nothing is what it takes to see that.
"""

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import Any

import yaml

from streams.codec.catalogue import load_policy
from streams.codec.outputs import encode_decision
from streams.core import events
from streams.core.decide.candidates import may_bring
from streams.core.decide.decide import decide
from streams.core.decide.items import brings_listed, items_of
from streams.core.decide.querying import brings_queried
from streams.core.decide.triggers import trigger_of
from streams.core.decide.view import View
from streams.core.decide.viewing import Cause, make_view, terms_of
from streams.core.events import Body, Event, topic_of
from streams.core.fold_policy import DAY_MS
from streams.core.offers import Policy
from streams.core.profile.profile import Profile, new_profile
from streams.core.step import step
from streams.core.words.hearing import NOTHING_HEARD
from streams.worker.app import collect_seldom
from tests.bench.stage import OFFERS
from tests.bench.table import markdown

ROWS, RULES, CATEGORIES, BROAD = 200, 20, 20, 180
NOW_MS = 1_772_640_000_000
MINUTE_MS = 60_000
GOALS_US = {"10 actions": 60.0, "180 actions": 400.0, "nothing": 2.0}
RULE = (
    "local.hour >= {hour} && size(items.ids) < {items}"
    " && !('web/marketing' in contacts.day && contacts.day['web/marketing'] > 15)"
)
"""No two of its twenty texts are the same: what two rules share is not what is measured."""
ROUNDS = 9


def add(parser: ArgumentParser) -> None:
    """Options of `decide`."""
    parser.add_argument("--decisions", type=int, default=2_000, help="decisions of each round")


def run(args: Namespace) -> dict[str, Any]:
    """Measure, print the table, return the figures."""
    collect_seldom()
    policy, profile = catalogue(), regular()
    few, many = viewed(policy, profile, looked("c7")), viewed(policy, profile, LOGIN)
    figures: dict[str, dict[str, float]] = {
        "10 actions": _decision(policy, profile, looked("c7"), few, args.decisions),
        "180 actions": _decision(policy, profile, LOGIN, many, args.decisions // 10),
        "nothing": {"match": _us(lambda: _matched(looked("none"), policy), args.decisions * 10)},
    }
    rows = [
        [
            name,
            f"{parts['actions']:.0f}" if "actions" in parts else "",
            *(f"{parts[one]:.1f}" if one in parts else "" for one in PARTS),
            f"{GOALS_US[name]:.0f}",
        ]
        for name, parts in figures.items()
    ]
    columns = ["what", "reach the draw", *(f"{one} us" for one in PARTS), "goal us"]
    print(f"\n### One decision of {ROWS} rows and {RULES} rules\n\n{markdown(columns, rows)}\n")
    return figures


PARTS = ("match", "view", "decide", "encode")
LOGIN = events.Login(user_subject="customer:1")


def catalogue() -> Policy:
    """The shipped policy, with 200 rows of our own."""
    shipped = yaml.safe_load((OFFERS / "policy.yaml").read_text(encoding="utf-8"))
    shipped["policy"]["contact"]["channels"]["web"]["marketing"] = {"consent": "unless-withdrawn"}
    rows = yaml.safe_dump({"offers": [_row(number) for number in range(ROWS)]})
    files = {"policy.yaml": yaml.safe_dump(shipped), "rows.yaml": rows}
    return load_policy(files, lateness_max_ms=400 * DAY_MS)


def _row(number: int) -> dict[str, Any]:
    triggers = [{"on": "view_item", "age_max": "15m"}]
    if number < BROAD:
        triggers.append({"on": "login", "age_max": "15m", "match": "any"})
    row = {
        "offer": f"row-{number:03}",
        "purpose": "marketing",
        "categories": [f"c{number % CATEGORIES}"],
        "price_minor": 500 + number,
        "margin_percent": 30,
        "triggers": triggers,
        "channels": ["web"],
        "ttl": "1d",
        "accepts": 0.2 + number / 1_000,
        "anyway": 0.05,
        "again_after": "7d",
        "pitches": [{"pitch": "plain", "text": "Again?"}],
    }
    if number < RULES:
        rule = RULE.format(hour=number % 5, items=5 + number)
        row["rules"] = [{"name": f"rule-{number}", "gate": "suitability", "when": rule}]
    return row


def looked(category: str) -> Body:
    """A view of an article of this category."""
    item = events.Item(item_id="sku-1", item_category=category, item_brand="b1", price_minor=799)
    return events.ViewItem(currency="USD", items=(item,))


def regular() -> Profile:
    """Somebody who looked at, put into the cart and bought things of six categories."""
    paths = [OFFERS / name for name in ("policy.yaml", "selling.yaml")]
    files = {one.name: one.read_text(encoding="utf-8") for one in paths}
    profile, policy = new_profile("customer:1"), load_policy(files, lateness_max_ms=400 * DAY_MS)
    for number in range(60):
        goods = events.Item(
            item_id=f"sku-{number % 12}",
            item_category=f"c{number % 6}",
            item_brand=f"b{number % 4}",
            price_minor=500,
        )
        kind = (events.ViewItem, events.AddToCart, events.ViewItem)[number % 3]
        body = kind(currency="USD", items=(goods,))
        at_ms = NOW_MS - (61 - number) * 30 * MINUTE_MS
        event = Event(
            event_id=f"e{number}",
            subject="customer:1",
            event_time_ms=at_ms,
            topic=topic_of(body),
            body=body,
        )
        step(profile, event, policy=policy, now_ms=at_ms, fold_sequence=number)
    return profile


def viewed(policy: Policy, profile: Profile, body: Body) -> View:
    """What a decision on `body` reads."""
    word = trigger_of(body, NOTHING_HEARD, policy)
    assert word is not None
    cause = Cause("customer:1", "e-now", topic_of(body), NOW_MS)
    return make_view(
        profile, cause, policy, trigger=word, items=items_of(body), now_ms=NOW_MS, fold_sequence=1
    )


def _decision(
    policy: Policy, profile: Profile, body: Body, view: View, count: int
) -> dict[str, float]:
    decision = decide(view, policy)
    assert decision is not None
    return {
        "actions": decision.candidates_count - sum(decision.gates.values()),
        "match": _us(lambda: _matched(body, policy), count),
        "view": _us(lambda: viewed(policy, profile, body), count),
        "decide": _us(lambda: decide(view, policy), count),
        "encode": _us(lambda: encode_decision(decision), count),
    }


def _matched(body: Body, policy: Policy) -> bool:
    """As a step asks whether an event could bring anything."""
    word = trigger_of(body, NOTHING_HEARD, policy)
    index = policy.triggers.get(word or "")
    return index is not None and (
        may_bring(index, body, terms_of(body))
        or brings_listed(index, body, policy.fold, NOW_MS)
        or brings_queried(index, body, policy, NOW_MS)
    )


def _us(work: Callable[[], Any], count: int) -> float:
    """Microseconds of the thread's CPU that `work` takes: the best of some rounds.

    Others on the machine can only make it slower.
    """
    rounds = []
    for _ in range(ROUNDS):
        began = time.thread_time()
        for _ in range(count):
            work()
        rounds.append((time.thread_time() - began) / count * 1e6)
    return min(rounds)
