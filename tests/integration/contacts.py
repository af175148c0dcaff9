"""Caps and spacing of the contact policy, counted per person from what was emitted alone.

What counts is in committed topics: the issues of `offer.*.v1`, the parts that identifiers brought
to their person (`join` in the forward topic), and the order of folding (the reserved rows of the
changelog). The wire format is shared with the worker; its contact policy and its merge are not.

An identifier's contacts count towards the person from the record on that brought them. Those of a
link that the person refused, or whose order against an earlier link cannot be told, do not count:
the check may overlook an issue too many, and never calls one too many that was not.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import yaml

from streams.codec.exchanges import decode_exchange, is_exchange
from streams.codec.sources import Limits, decode
from streams.core.errors import DecodeError
from streams.core.identity.routing import Exchange
from streams.worker.policies import SCENARIOS
from tests.integration.checks import FORWARD
from tests.integration.kept import Kept

CHANNELS = ("email", "web", "app", "store", "social", "contact-centre")
PURPOSES = ("marketing", "service")
Scope = tuple[str, str]
Spot = tuple[str, int, int]
ANY = Limits(record_bytes_max=2**30, future_max_ms=2**40)
OFFERS = Path(__file__).parents[2] / "deploy" / "offers"
# Windows of seconds, so that every cap and spacing binds in a test, at any time of the day; and one
# of a day, which binds for good.
TIGHT = """\
  contact:
    zone: America/New_York
    open_offers_max: 8
    caps:
      - {purpose: marketing, max: 5, window: 12s}
      - {purpose: service, max: 3, window: 12s}
    channels:
      email:
        contact_cost_minor: 1
        caps:
          - {max: 3, window: 10s}
        marketing:
          consent: unless-withdrawn
          spacing: 3s
          caps:
            - {max: 2, window: 10s}
        service: {consent: unless-withdrawn}
      web:
        contact_cost_minor: 0
        marketing:
          consent: unless-withdrawn
          spacing: 1s
          caps:
            - {max: 3, window: 8s}
      app:
        contact_cost_minor: 0
        marketing:
          consent: unless-withdrawn
          spacing: 2s
          caps:
            - {max: 2, window: 9s}
            - {max: 2, window: 1d}
        service: {consent: unless-withdrawn}
      store:
        contact_cost_minor: 2
        marketing:
          consent: unless-withdrawn
          caps:
            - {max: 1, window: 6s}
      social:
        contact_cost_minor: 5
        service:
          consent: unless-withdrawn
          caps:
            - {max: 2, window: 10s}
      contact-centre:
        contact_cost_minor: 300
        service:
          consent: unless-withdrawn
          caps:
            - {max: 1, window: 8s}
"""
# Lives of seconds, so that offers expire in a test too.
SHORT = ("    ttl: 1d\n", "    ttl: 6s\n")
UNIT_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


class Limit(NamedTuple):
    """At most `most` contacts by `scopes`, channel and purpose, in any `window_ms`."""

    scopes: frozenset[Scope]
    most: int
    window_ms: int


class Issue(NamedTuple):
    """One contact: an offer that was issued, or superseded an earlier one."""

    sequence: int
    scope: Scope
    at_ms: int
    cause_id: str


class Join(NamedTuple):
    """A part that came to a person: when it was folded, and its contacts until then."""

    rank: int
    contacts: list[Issue]


class Count(NamedTuple):
    """What was found, and in how much."""

    problems: list[str]
    issues: int
    """All issues."""
    beside: int
    """Those issued to a person with a contact in some window that an identifier had brought."""
    full: int
    """Those that were the last one that a cap of a day allows."""


def tight_offers(directory: Path) -> list[Limit]:
    """Write the installed offers with `TIGHT` and `SHORT` to `directory`; return the limits."""
    directory.mkdir()
    offers = [one for one in OFFERS.glob("*.yaml") if not one.match(f"*{SCENARIOS}")]
    for path in offers:
        text = path.read_text(encoding="utf-8").replace(*SHORT)
        if path.name == "policy.yaml":
            text = text.partition("  contact:\n")[0] + TIGHT
        (directory / path.name).write_text(text, encoding="utf-8")
    return limits(yaml.safe_load(TIGHT)["contact"])


def limits(contact: Mapping[str, Any]) -> list[Limit]:
    """The caps and spacings of the section `contact` of a policy file."""
    every = [(channel, purpose) for channel in CHANNELS for purpose in PURPOSES]
    found = [
        _limit(cap, [one for one in every if one[1] == cap["purpose"]])
        for cap in contact.get("caps", ())
    ]
    for channel, rules in contact["channels"].items():
        found += [
            _limit(cap, [(channel, one) for one in PURPOSES]) for cap in rules.get("caps", ())
        ]
        for purpose in PURPOSES:
            rule, scope = rules.get(purpose, {}), (channel, purpose)
            found += [_limit(cap, [scope]) for cap in rule.get("caps", ())]
            if "spacing" in rule:
                found.append(_limit({"max": 1, "window": rule["spacing"]}, [scope]))
    return found


def _limit(cap: Mapping[str, Any], scopes: list[Scope]) -> Limit:
    window: str = cap["window"]
    return Limit(frozenset(scopes), int(cap["max"]), int(window[:-1]) * UNIT_MS[window[-1]])


def too_many(kept: Kept, policy: list[Limit]) -> Count:
    """Every issue that exceeded a cap or a spacing of its subject, by what was known then."""
    ranks, issues = _ranks(kept), _issues(kept)
    links = _links(kept, ranks)
    joins = _joins(links, issues)
    causes = _causes(kept, ranks, joins.keys())
    problems: list[str] = []
    beside = full = 0
    for subject, own in issues.items():
        for number, issue in enumerate(own):
            rank = causes.get((subject, issue.cause_id))
            if rank is None and subject in joins:
                problems.append(f"{subject}: no record brought about its issue {issue.sequence}")
                continue
            there = [join for join in joins.get(subject, ()) if join.rank < (rank or 0)]
            brought = [one for join in there for one in join.contacts]
            beside += any(_inside(brought, limit, issue) for limit in policy)
            for limit in policy:
                mine, theirs = (_inside(those, limit, issue) for those in (own[:number], brought))
                full += mine + theirs == limit.most - 1 and limit.window_ms >= UNIT_MS["d"]
                if mine + theirs >= limit.most:
                    problems.append(
                        f"{subject}: issue {issue.sequence} by {'/'.join(issue.scope)} after {mine}"
                        f" of its own and {theirs} brought, {limit.most} in {limit.window_ms} ms"
                    )
    return Count(problems, sum(map(len, issues.values())), beside, full)


def _inside(contacts: list[Issue], limit: Limit, issue: Issue) -> int:
    """How many of `contacts` count against `limit` at `issue`; 0 when it is not about it."""
    if issue.scope not in limit.scopes:
        return 0
    since_ms = issue.at_ms - limit.window_ms
    return sum(one.scope in limit.scopes and one.at_ms > since_ms for one in contacts)


def _ranks(kept: Kept) -> dict[Spot, int]:
    """Place of a record -> when its partition folded it; comparable inside a partition."""
    found: dict[Spot, int] = {}
    for partition, units in kept.units.items():
        for unit in units:
            for run in unit.ledger.runs:
                for one in kept.between((run.topic, partition), run.first, run.next):
                    found[one[:3]] = len(found)
    return found


def _issues(kept: Kept) -> dict[str, list[Issue]]:
    found: dict[str, list[Issue]] = defaultdict(list)
    for record in kept.outputs:
        if record.topic.startswith("offer."):
            offer = msgspec.json.decode(record.value or b"")
            if offer["action"] in {"issue", "supersede"}:
                scope = (offer["channel"], offer["purpose"])
                issue = Issue(offer["sequence"], scope, offer["issued_at_ms"], offer["cause_id"])
                found[offer["subject"]].append(issue)
    return {subject: sorted(issues) for subject, issues in found.items()}


class Link(NamedTuple):
    """An identifier went to `person`; its last issue by then, the claim's time, when folded."""

    last: int
    since_ms: int
    person: str
    rank: int


def _links(kept: Kept, ranks: Mapping[Spot, int]) -> dict[str, list[Link]]:
    """Identifier -> its links in order; `person` is empty where the person refused it."""
    refused: set[tuple[str, str]] = set()
    found: dict[str, list[Link]] = defaultdict(list)
    for record in kept.sources:
        if record.topic != FORWARD or not is_exchange(list(record.headers)):
            continue
        send, _ = decode_exchange(record.key, record.value, list(record.headers))
        if send.exchange is Exchange.BACK_SHARED:
            refused.add((send.subject, send.source))
        if send.exchange is Exchange.JOIN and send.part is not None:
            one = Link(send.part.offer_sequence, send.since_ms, send.target, ranks[record[:3]])
            found[send.subject].append(one)
    return {
        name: [
            one._replace(person="" if (name, one.person) in refused else one.person)
            for one in sorted(links)
        ]
        for name, links in found.items()
    }


def _joins(
    links: Mapping[str, list[Link]], issues: Mapping[str, list[Issue]]
) -> dict[str, list[Join]]:
    """Person -> what identifiers brought; each contact of an identifier is brought once."""
    found: dict[str, list[Join]] = defaultdict(list)
    for identifier, those in links.items():
        above = 0
        for one in those:
            own = [each for each in issues.get(identifier, ()) if above < each.sequence <= one.last]
            if own and one.person:
                found[one.person].append(Join(one.rank, own))
            above = one.last
    return found


def _causes(
    kept: Kept, ranks: Mapping[Spot, int], people: Collection[str]
) -> dict[tuple[str, str], int]:
    """(person, event id) -> when the first record of that event was folded at the person."""
    found: dict[tuple[str, str], int] = {}
    for record in kept.sources:
        headers = list(record.headers)
        if (record.key or b"").decode(errors="replace") in people and not is_exchange(headers):
            with suppress(DecodeError):
                event = decode(record.topic, record.key, record.value, headers, record.time_ms, ANY)
                at, rank = (event.subject, event.event_id), ranks[record[:3]]
                found[at] = min(rank, found.get(at, rank))
    return found
