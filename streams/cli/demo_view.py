"""How the demo looks: one picture of its state, as a live screen or as plain lines."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from prometheus_client.parser import text_string_to_metric_families
from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from streams.cli.words import clean, money, utc
from streams.core.decide.record import Action, OfferMessage, Price

SHOWN_MAX = 12
GATES_SHOWN = 4
INPUT = "receipts: real, Complete Journey study of 2017; clicks, posts, deliveries: simulated"
EMBEDDED = (
    "embedded broker in memory: not exactly once (its transactions are neither fenced nor aborted, "
    "and nothing survives it); for that, run the same on Kafka with --broker"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """What the worker's /metrics say; all zero before the first answer."""

    events: Mapping[str, int] = field(default_factory=dict)
    """Outcome -> events."""
    decisions: Mapping[str, int] = field(default_factory=dict)
    """Result -> decisions."""
    gates: Mapping[str, int] = field(default_factory=dict)
    """Gate -> candidates it stopped."""
    claims: Mapping[str, int] = field(default_factory=dict)
    """Verdict -> claims about who a subject is."""
    ready: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The state of the demo at one moment."""

    elapsed_s: float
    embedded: bool
    day: str
    """The study's own day of the last receipt."""
    sent: Mapping[str, int]
    """CloudEvents source -> events acknowledged by the broker."""
    rate: float
    lag: int
    throttled: bool
    numbers: Numbers
    offers: Mapping[tuple[str, str], int]
    """(channel, action) -> messages read from the offer topics."""
    latency_ms: tuple[float, float] | None
    latest: tuple[OfferMessage, ...]
    """Oldest first."""


def read_numbers(page: str) -> Numbers:
    """The numbers of a /metrics page."""
    found: dict[str, dict[str, int]] = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            name = sample.name
            label = next(
                (
                    sample.labels[one]
                    for one in ("outcome", "result", "gate", "verdict")
                    if one in sample.labels
                ),
                "",
            )
            values = found.setdefault(name, {})
            values[label] = values.get(label, 0) + int(sample.value)
    return Numbers(
        events=found.get("streams_events_total", {}),
        decisions=found.get("streams_decisions_total", {}),
        gates=found.get("streams_gates_total", {}),
        claims=found.get("streams_identity_total", {}),
        ready=sum(found.get("streams_partitions_ready", {}).values()),
    )


def offer_line(offer: OfferMessage) -> str:
    """One offer in words: to whom, by which channel, what, at what price, and why."""
    words = told(offer)
    if offer.price:
        words += f" ({price(offer.price)})"
    verb = "instead" if offer.action is Action.SUPERSEDE else "offer"
    return clean(f"{offer.subject} {offer.channel} {verb}: {words}, because {offer.reason}")


def told(offer: OfferMessage) -> str:
    """The pitch, with the article that it is about where neither it nor the reason says that."""
    words = offer.pitch.text if offer.pitch else offer.offer
    name = offer.product.name if offer.product else None
    known = name is None or name in words or name in offer.reason
    return words if known else f"{words}, here {name}"


def varied(offers: Sequence[OfferMessage], most: int) -> list[OfferMessage]:
    """At most `most` of `offers`, the newest of each channel; newest first."""
    newest: dict[str, OfferMessage] = {}
    for offer in reversed(offers):
        newest.setdefault(offer.channel, offer)
    return list(newest.values())[:most]


def price(one: Price) -> str:
    """`2.61 USD instead of 3.36 USD`; without a known price, what is taken off."""
    if one.amount_minor is None or one.regular_minor is None:
        return f"{money(one.discount_minor, one.currency)} off"
    amount = money(one.amount_minor, one.currency)
    if not one.discount_minor:
        return amount
    return f"{amount} instead of {money(one.regular_minor, one.currency)}"


def status_line(picture: Picture) -> str:
    """The numbers of a moment in one line."""
    numbers = picture.numbers
    folded = numbers.events.get("applied", 0)
    return (
        f"{picture.elapsed_s:5.1f} s | study day {picture.day} | "
        f"{sum(picture.sent.values()):,} events sent ({picture.rate:,.0f}/s"
        f"{', waiting' if picture.throttled else ''}) | {folded:,} folded, lag {picture.lag:,} | "
        f"{issued(picture):,} offers | {latency(picture)}"
    )


def screen(picture: Picture) -> RenderableType:
    """The live screen."""
    return Group(
        Panel(
            Group(*(Text(line) for line in _facts(picture))),
            title="streams demo: next best offers from real receipts",
            title_align="left",
        ),
        _offers(picture),
        Text(EMBEDDED if picture.embedded else "exactly once, on your Kafka", style="dim"),
    )


def summary(picture: Picture, *, redeemed: int, accepted: int) -> Iterable[str]:
    """What the demo did, in lines."""
    yield from _facts(picture)
    yield "offers by channel: " + _counts(_by_action(picture, Action.ISSUE, Action.SUPERSEDE))
    yield (
        f"coupons that households redeemed in the study on the days shown: {redeemed}; "
        f"we had offered {accepted} of them before"
    )
    yield EMBEDDED if picture.embedded else "exactly once: transactions on your Kafka"


def issued(picture: Picture) -> int:
    """Offers issued, those that replaced another included."""
    return sum(_by_action(picture, Action.ISSUE, Action.SUPERSEDE).values())


def latency(picture: Picture) -> str:
    """Median and 99th percentile in words."""
    if picture.latency_ms is None:
        return "no offer yet"
    half, most = picture.latency_ms
    return f"event to offer p50 {half:.0f} ms, p99 {most:.0f} ms"


def _facts(picture: Picture) -> Iterable[str]:
    numbers = picture.numbers
    real = sum(n for source, n in picture.sent.items() if not source.startswith("/simulated/"))
    simulated = sum(picture.sent.values()) - real
    yield INPUT
    yield (
        f"study day {picture.day}: {real:,} real and {simulated:,} simulated events, "
        f"{picture.rate:,.0f} a second{', waiting for the worker' if picture.throttled else ''}"
    )
    yield (
        f"worker: {numbers.ready} partitions ready, "
        f"events {_counts(numbers.events)}, lag {picture.lag:,}"
    )
    told = " (holdout: kept back, to measure what offers bring)" if numbers.decisions else ""
    yield f"decisions: {_counts(numbers.decisions)}{told}"
    if numbers.gates:
        yield f"candidates stopped by: {_counts(numbers.gates, GATES_SHOWN)}"
    if numbers.claims:
        yield f"phones recognised by login and check-in: {_counts(numbers.claims)}"
    replaced = sum(_by_action(picture, Action.SUPERSEDE).values())
    withdrawn = sum(_by_action(picture, Action.WITHDRAW).values())
    yield (
        f"{issued(picture):,} offers, {replaced:,} of them instead of an earlier one, "
        f"{withdrawn:,} withdrawn; {latency(picture)} (from producing to a channel's reading)"
    )


def _by_action(picture: Picture, *actions: Action) -> dict[str, int]:
    found: dict[str, int] = {}
    for (channel, action), count in picture.offers.items():
        if Action(action) in actions:
            found[channel] = found.get(channel, 0) + count
    return found


def _counts(counts: Mapping[str, int], most: int | None = None) -> str:
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:most]
    shown = ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in ordered if count)
    return shown or "none yet"


def _offers(picture: Picture) -> Table:
    table = Table(box=box.SIMPLE_HEAD, expand=True, title="latest offers", title_justify="left")
    table.add_column("day", no_wrap=True)
    table.add_column("customer", no_wrap=True)
    table.add_column("channel", no_wrap=True)
    table.add_column("pitch", ratio=3, no_wrap=True, overflow="ellipsis")
    table.add_column("price", no_wrap=True, justify="right")
    table.add_column("because", ratio=3, no_wrap=True, overflow="ellipsis")
    for offer in reversed(picture.latest[-SHOWN_MAX:]):
        pitch = offer.pitch.text if offer.pitch else offer.offer
        cells = (
            utc(offer.issued_at_ms)[:10],
            offer.subject,
            offer.channel,
            pitch,
            price(offer.price) if offer.price else "",
            offer.reason,
        )
        table.add_row(*(Text(clean(cell)) for cell in cells))
    return table
