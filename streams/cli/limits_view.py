"""Shared limits as a person would want them, and for machines."""

from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from typing import Literal

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table

from streams.cli.words import MINOR_DIGITS, clean, money, utc
from streams.core.leases.limits import LimitKind
from streams.core.leases.whereabouts import Whereabouts
from streams.core.offers import Policy

WIDTH = 120
LEFT = {"kind", "name"}
HOW_MUCH = ("kind", "name", "limit", "taken", "open", "left", "%", "window ends")
WHERE = (
    "kind",
    "name",
    "leased",
    "at home",
    "on its way",
    "at hand",
    "in",
    "known to",
    "bid price",
)
TAKEN = """\
taken: by offers; open: of it, by offers that are still open and may give it back.
"""
LEASED = """\
left = at home, to be granted to partitions + on its way + at hand for the next offers of so many
partitions. leased = taken + on its way + at hand. known to: partitions that act by this limit.
"""


class PartShown(msgspec.Struct, frozen=True, kw_only=True):
    """What one partition has of a limit, in JSON."""

    partition: int
    leased: int
    """Granted to it and not returned."""
    taken: int
    at_hand: int
    on_its_way: int
    asked: bool
    """It waits for the home's answer."""
    bid_price_minor: float | None


class LimitShown(msgspec.Struct, frozen=True, kw_only=True):
    """A limit in JSON: pieces of stock, minor units of a budget, contacts of one window."""

    kind: str
    """stock, budget or capacity."""
    name: str
    """Of the offer, or of the channel."""
    window_ends: str | None
    """When the window is over, UTC; null without windows."""
    limit: int
    taken: int
    open: int | None
    """Of what is taken, that of open offers; null for capacity, which never comes back."""
    left: int
    """limit - taken = at_home + on_its_way + at_hand; below 0 if it was lowered so far."""
    share_left: float
    """Of the limit, 0 to 1."""
    leased: int
    """Granted to partitions and not returned = taken + at_hand + on_its_way."""
    at_home: int
    """Still to be granted; below 0 while more is leased than a lowered limit allows."""
    on_its_way: int
    at_hand: int
    holding: int
    """Partitions that have any at hand."""
    acted: int
    """Partitions that have acted upon the limit as it is."""
    bid_price_minor: tuple[float, float] | None
    """The lowest and the highest of the partitions; null where nothing is scarce."""
    settled: bool
    """Whether nothing moved while it was read; else a few tokens may be off."""
    partitions: list[PartShown]
    """All of them, in order."""


def as_json(
    found: Iterable[Whereabouts], policy: Policy, now_ms: int, moving: Iterable[Whereabouts]
) -> str:
    """All limits on one line: {"as_of", "currency", "limits"}, the last as `LimitShown`."""
    moves = {one.limit.name for one in moving}
    shown = [_shown(one, settled=one.limit.name not in moves) for one in found]
    said = {"as_of": utc(now_ms), "currency": policy.currency, "limits": shown}
    return msgspec.json.encode(said).decode()


def as_text(found: Sequence[Whereabouts], policy: Policy, width: int = WIDTH) -> str:
    """How much is left of each limit, and where that is, both in the order of `found`."""
    written = StringIO()
    console = Console(file=written, width=width, color_system=None, highlight=False, markup=False)
    rows = [_cells(one, policy.currency) for one in found]
    for columns, notes in ((HOW_MUCH, TAKEN), (WHERE, LEASED)):
        console.print(_table(columns, rows))
        console.print(notes, end="", soft_wrap=True)
    return written.getvalue()


def _table(columns: Iterable[str], rows: Sequence[Mapping[str, str]]) -> Table:
    """Those of `columns` that any row needs."""
    names = [name for name in columns if any(row[name] for row in rows)]
    table = Table(box=box.SIMPLE_HEAD)
    for name in names:
        justify: Literal["left", "right"] = "left" if name in LEFT else "right"
        table.add_column(name, justify=justify, overflow="fold")
    for row in rows:
        table.add_row(*(row[name] for name in names))
    return table


def _cells(one: Whereabouts, currency: str) -> dict[str, str]:
    """Column -> what is in it, empty where the limit has no such thing."""
    kind, _, name = one.limit.what.partition(":")

    def shown(tokens: int | None) -> str:
        if tokens is None:
            return ""
        return money(tokens, currency) if one.limit.kind is LimitKind.BUDGET else f"{tokens:,}"

    bids = one.bid_prices
    return {
        "kind": kind,
        "name": clean(name),
        "limit": shown(one.limit.tokens_max),
        "taken": shown(one.taken),
        "open": shown(one.opened),
        "left": shown(one.left),
        "%": f"{100 * one.share_left:.0f}",
        "at home": shown(one.at_home),
        "on its way": shown(one.on_its_way),
        "at hand": shown(one.at_hand),
        "in": str(one.holding),
        "leased": shown(one.leased),
        "known to": f"{one.acted} of {len(one.parts)}",
        "window ends": "" if one.ends_ms is None else utc(one.ends_ms),
        "bid price": "" if bids is None else _range(*bids, currency),
    }


def _range(low: float, high: float, currency: str) -> str:
    """Bid prices of cents and less: to a hundredth of a minor unit, as they are kept."""
    digits = MINOR_DIGITS.get(currency, 2)
    shown = [f"{one / 10**digits:.{digits + 2}f}" for one in (low, high)]
    return f"{shown[0]}..{shown[1]} {currency}"


def _shown(one: Whereabouts, *, settled: bool) -> LimitShown:
    kind, _, name = one.limit.what.partition(":")
    parts = [
        PartShown(
            partition=part.partition,
            leased=part.leased,
            taken=part.taken,
            at_hand=part.at_hand,
            on_its_way=part.on_its_way,
            asked=part.asked,
            bid_price_minor=part.bid_price_minor,
        )
        for part in one.parts
    ]
    return LimitShown(
        kind=kind,
        name=name,
        window_ends=None if one.ends_ms is None else utc(one.ends_ms),
        limit=one.limit.tokens_max,
        taken=one.taken,
        open=one.opened,
        left=one.left,
        share_left=round(one.share_left, 4),
        leased=one.leased,
        at_home=one.at_home,
        on_its_way=one.on_its_way,
        at_hand=one.at_hand,
        holding=one.holding,
        acted=one.acted,
        bid_price_minor=one.bid_prices,
        settled=settled,
        partitions=parts,
    )
