"""The events that every side is measured on: seeded, about 466 bytes each, in the demo's mix.

Of 24 events 16 are clicks (8 view_item, 3 add_to_cart, 3 page_view, 2 search), 4 are till receipts,
3 are posts and one is a service contact; one in 2,000 is broken and must become a dead letter.
Customers are skewed: the cube of a uniform draw, so a tenth of them make almost half of the events.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from itertools import count
from random import Random
from typing import Any, NamedTuple

import orjson

from streams.kafka.partitioner import partition_for
from tests.bench.posts import post

PARTITIONS = 4
CUSTOMERS = 20_000
BROKEN_EVERY = 2_000
CLICK, POS = "clickstream.event.v1", "pos.transaction.v1"
SOCIAL, SERVICE = "social.activity.v1", "service.interaction.v1"
BRANDS = [f"brand-{number}" for number in range(40)]
CATEGORIES = [
    f"{department}/{kind}"
    for department in ("grocery", "drugstore", "garden", "fashion", "toys")
    for kind in ("basics", "premium", "seasonal", "organic")
]
WORDS = ("coat", "coffee", "lamp", "sweater", "novel", "bicycle", "tea", "garden", "shoes", "bread")
Body = dict[str, Any]


class Source(NamedTuple):
    """One record as a producer sends it."""

    topic: str
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]
    event_id: str


def sources(first: int, count: int, *, seed: int, now_ms: int) -> Iterator[Source]:
    """`count` records numbered from `first`; a number fixes the record but for its time."""
    clock = CeTime()
    for index in range(first, first + count):
        yield source(index, draw=Random(seed << 40 | index), time=clock.text(now_ms))


def source(index: int, *, draw: Random, time: str) -> Source:
    """Record number `index` with event time `time` (RFC 3339)."""
    number = int(CUSTOMERS * draw.random() ** 3)
    topic, make = KINDS[index % len(KINDS)]
    body = make(draw, index)
    value = orjson.dumps(body)
    if index % BROKEN_EVERY == BROKEN_EVERY - 1:
        value = value[:-9]
    event_id = natural_id(body) if topic == POS else f"bench:{index}"
    headers = _headers(topic, event_id, time)
    return Source(topic, f"customer:{number}".encode(), value, headers, event_id)


def index_of(event_id: str) -> int:
    """The number of the record that has this event id."""
    return int(event_id.rpartition(":")[2])


def natural_id(body: Body) -> str:
    """The id of a till receipt: its four-part key."""
    parts = (body["store_id"], body["workstation_id"], body["business_day"])
    return ":".join(("pos", *map(str, parts), str(body["sequence_number"])))


def is_on_device(index: int) -> bool:
    """Whether `on_device` changes record number `index`: all kinds of one round, or none."""
    return index // len(KINDS) % 2 == 1


def on_device(one: Source, index: int) -> Source:
    """Every other round of the mix on devices, each of one customer."""
    return one._replace(key=device_of(one.key)) if is_on_device(index) else one


@lru_cache(maxsize=CUSTOMERS)
def device_of(customer: bytes) -> bytes:
    """The device of `customer`; it always lives on another partition."""
    home = partition_for(customer, PARTITIONS)
    number = customer.rpartition(b":")[2].decode()
    names = (f"device:{number}-{one}".encode() for one in count())
    return next(name for name in names if partition_for(name, PARTITIONS) != home)


def login(customer: bytes, *, time: str) -> Source:
    """The record by which the customer's device becomes theirs."""
    body = {"event_name": "login", "user_subject": customer.decode()}
    event_id = f"login:{customer.decode()}"
    return Source(
        CLICK, device_of(customer), orjson.dumps(body), _headers(CLICK, event_id, time), event_id
    )


def _headers(topic: str, event_id: str, time: str) -> list[tuple[str, bytes]]:
    return [
        ("ce_specversion", b"1.0"),
        ("ce_id", event_id.encode()),
        ("ce_source", b"/simulated/bench"),
        ("ce_type", topic.encode()),
        ("ce_time", time.encode()),
        ("content-type", b"application/json"),
    ]


class CeTime:
    """RFC 3339 text of a time in ms; remembers the last, as neighbours share it."""

    def __init__(self) -> None:
        self._ms = -1
        self._text = ""

    def text(self, time_ms: int) -> str:
        """`time_ms` since 1970 as `2025-01-31T00:00:00.000Z`."""
        if time_ms != self._ms:
            at = datetime.fromtimestamp(time_ms / 1000, UTC)
            self._ms = time_ms
            self._text = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return self._text


def _item(draw: Random) -> Body:
    product = int(9_999 * draw.random() ** 2)
    department, _, kind = CATEGORIES[product % len(CATEGORIES)].partition("/")
    return {
        "item_id": f"sku-{product}",
        "item_name": f"{WORDS[product % 10]} {WORDS[product % 7]} number {product}",
        "item_brand": BRANDS[product % len(BRANDS)],
        "item_category": department,
        "item_category2": kind,
        "quantity": 1 + product % 3,
        "price_minor": 99 + product % 5_000,
    }


def _page(draw: Random, name: str) -> Body:
    word = draw.choice(WORDS)
    return {
        "event_name": name,
        "session_id": f"{draw.getrandbits(64):016x}",
        "page_location": f"https://shop.example/en/{word}/{draw.randrange(9_999)}?ref=newsletter",
        "page_referrer": f"https://search.example/?q={word}+near+me",
        "page_title": f"{word} and more",
        "user_agent": "Mozilla/5.0 (X11; Linux x86_64)",
        "device_category": "mobile",
        "language": "en-gb",
        "screen_resolution": "390x844",
    }


def _view_item(draw: Random, _index: int) -> Body:
    item = _item(draw)
    page = _page(draw, "view_item")
    return {**page, "currency": "USD", "value_minor": item["price_minor"], "items": [item]}


def _add_to_cart(draw: Random, _index: int) -> Body:
    item = _item(draw)
    page = _page(draw, "add_to_cart")
    value = item["price_minor"] * item["quantity"]
    return {**page, "currency": "USD", "value_minor": value, "items": [item]}


def _page_view(draw: Random, _index: int) -> Body:
    return _page(draw, "page_view")


def _search(draw: Random, _index: int) -> Body:
    return {**_page(draw, "search"), "search_term": draw.choice(WORDS)}


def _sale(draw: Random, index: int) -> Body:
    lines = [_line(_item(draw)) for _ in range(1 + index // 24 % 2)]
    total = sum(line["extended_amount_minor"] for line in lines)
    return {
        "transaction_type": "sale",
        "store_id": f"s{draw.randrange(40)}",
        "workstation_id": "w1",
        "business_day": "2025-01-31",
        "sequence_number": index,
        "currency": "USD",
        "line_items": lines,
        "tenders": [{"tender_type": "card", "amount_minor": total}],
        "total_minor": total,
    }


def _line(item: Body) -> Body:
    amount = item["price_minor"] * item["quantity"]
    return {
        "item_id": item["item_id"],
        "item_name": item["item_name"],
        "item_brand": item["item_brand"],
        "item_category": item["item_category"],
        "item_category2": item["item_category2"],
        "quantity": item["quantity"],
        "unit_price_minor": item["price_minor"],
        "extended_amount_minor": amount,
    }


def _post(draw: Random, index: int) -> Body:
    number = draw.randrange(9_999)
    content, tags = post(draw, draw.choice(WORDS), draw.choice(BRANDS), number)
    return {
        "type": "Create",
        "actor": {"id": f"https://social.example/@{number}", "followers_count": number},
        "object": {
            "type": "Note",
            "id": f"https://social.example/notes/{index}",
            "content": content,
            "tag": tags,
        },
    }


def _opened(draw: Random, index: int) -> Body:
    return {
        "interaction_type": "opened",
        "channel": "contact-centre",
        "case_id": f"case-{index}",
        "reason": draw.choice(("question", "thanks", "complaint")),
        "content": f"the {draw.choice(WORDS)} arrived late, please call me back {PADDING[:250]}",
    }


PADDING = "and the parcel came on time as always with everything that was ordered in it " * 4
Make = Callable[[Random, int], Body]
_V: tuple[str, Make] = (CLICK, _view_item)
_C: tuple[str, Make] = (CLICK, _add_to_cart)
_P: tuple[str, Make] = (CLICK, _page_view)
_S: tuple[str, Make] = (CLICK, _search)
_T: tuple[str, Make] = (POS, _sale)
_N: tuple[str, Make] = (SOCIAL, _post)
_O: tuple[str, Make] = (SERVICE, _opened)
KINDS = (
    _V,
    _P,
    _V,
    _C,
    _T,
    _N,
    _V,
    _S,
    _V,
    _C,
    _T,
    _N,
    _V,
    _P,
    _V,
    _S,
    _T,
    _N,
    _V,
    _C,
    _V,
    _P,
    _T,
    _O,
)
