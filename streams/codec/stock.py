"""Rows of `stock.level.v1` as they come, and what is out of stock by now.

The latest row of an article counts. Kept of it is only where it is out of stock: a hundred thousand
articles that are there cost nothing.
"""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from streams.codec.envelope import format_time, make_envelope, read_time_ms
from streams.codec.products import Row, Time
from streams.codec.reasons import Reason, clip, refuse_value
from streams.core.errors import DecodeError
from streams.core.profile.profile import NAME_MAX
from streams.core.stock import Out, Stock

TOPIC = "stock.level.v1"
SOURCE = "/streams/stock"
PLACES_MAX = 250_000
"""Pairs of an article and an outlet that has none of it, of articles that another outlet has."""

UNITS_MAX = 1_000_000_000
OUTLET_MAX = 64
"""Characters of an outlet's id."""
ARTICLE_MAX = 200
"""Characters of an article's."""

Units = Annotated[int, Meta(ge=0, le=UNITS_MAX)]
Outlet = Annotated[str, Meta(min_length=1, max_length=OUTLET_MAX)]


class StockLevel(Struct, frozen=True, kw_only=True):
    """Units of one article that can be sold, by outlet; the time is RFC 3339."""

    item_id: Annotated[str, Meta(min_length=1, max_length=ARTICLE_MAX)]
    outlets: Annotated[dict[Outlet, Units], Meta(max_length=10_000)]
    as_of: Time


_ROWS = msgspec.json.Decoder(StockLevel)
_ENCODE = msgspec.json.Encoder().encode


class StockRows:
    """What is out of stock, as the topic says it; at most `items_max` articles.

    An article beyond that, or one whose outlets would go over `PLACES_MAX`, is refused and counts
    as one of which nothing is known.
    """

    def __init__(self, items_max: int) -> None:
        """Start with no row."""
        self.position = 0
        """Behind the last record that was taken in."""
        self.changed = False
        """Whether something went out of stock, or came back, since the last `stock`."""
        self._items_max = items_max
        self._out: dict[str, Out] = {}
        self._places = 0

    def add(self, key: bytes | None, value: bytes | None, offset: int) -> None:
        """Take one record in; a value of None says that nothing is known any more.

        Raises:
            DecodeError: it is not as the schema says, and changes nothing; or it is one too many.
        """
        self.position = offset + 1
        item = (key or b"").decode(errors="replace")
        outlets = None if value is None else decode_level(item, value).outlets
        item = item[:NAME_MAX]
        before = self._out.get(item)
        where = None if before is None else (before.outlets,)
        found = _out_of(outlets or {})
        if found == where:
            return
        self.changed = True
        self._drop(item)
        if found is not None:
            self._keep(item, Out(offset, found[0]))

    def stock(self) -> Stock:
        """What is out of stock now."""
        self.changed = False
        return Stock(self.position, dict(self._out))

    def _drop(self, item: str) -> None:
        before = self._out.pop(item, None)
        if before is not None:
            self._places -= len(before.outlets or ())

    def _keep(self, item: str, out: Out) -> None:
        places = self._places + len(out.outlets or ())
        if len(self._out) >= self._items_max or places > PLACES_MAX:
            bounds = f"at most {self._items_max} articles out of stock, and {PLACES_MAX} places"
            raise _refuse(Reason.OVERSIZED, item, "value", bounds, "one more")
        self._out[item] = out
        self._places = places


def decode_level(item: str, value: bytes) -> StockLevel:
    """The row of `item`.

    Raises:
        DecodeError: it is not as the schema says.
    """
    try:
        row = _ROWS.decode(value)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise refuse_value(TOPIC, value, error, of=_named(item)) from None
    if row.item_id != item:
        raise _refuse(Reason.KEY, item, "key", clip(row.item_id), clip(item))
    if read_time_ms(row.as_of.encode()) is None:
        expected = "an RFC 3339 time from 1990 to 2099"
        raise _refuse(Reason.SCHEMA, item, "field 'as_of'", expected, clip(row.as_of))
    return row


def encode_level(item: str, outlets: dict[str, int], *, as_of_ms: int) -> Row:
    """The record that says how many units of `item` each outlet has.

    Raises:
        DecodeError: readers would refuse it.
    """
    as_of = format_time(as_of_ms).decode()
    value = _ENCODE(StockLevel(item_id=item, outlets=outlets, as_of=as_of))
    decode_level(item, value)
    headers = make_envelope(
        event_id=f"{item}:{as_of_ms}", source=SOURCE, kind=TOPIC, time_ms=as_of_ms, subject=item
    )
    return Row(item.encode(), value, headers)


def _out_of(outlets: dict[str, int]) -> tuple[frozenset[str] | None] | None:
    """Where there is none: everywhere is (None,); None when every outlet has some."""
    empty = [one[:NAME_MAX] for one, units in outlets.items() if not units]
    if not empty:
        return None
    return (None,) if len(empty) == len(outlets) else (frozenset(empty),)


def _refuse(reason: Reason, item: str, part: str, expected: str, got: str) -> DecodeError:
    what = f"decoding a record of {TOPIC}{_named(item)}: {part}"
    return DecodeError(reason=reason, what=what, expected=expected, got=got)


def _named(item: str) -> str:
    """Which article it is, for whoever must mend its row; no customer is named by one."""
    return f", article {item[:ARTICLE_MAX]!r}"
