"""Which articles a customer bought: on how many receipts each, and when last. Hundreds of them.

Of the last `PURCHASES_MAX` a profile knows name and time (`buying`). Here a digest stands for the
name, so that a row can hold many. They are sorted, so the order of arrival changes nothing below
the bound, and each column is by itself, so that a long row deflates: to 5 bytes each. Beyond
`ARTICLES_MAX` the least telling are dropped: those bought last longest ago, where each receipt
counts as `RECEIPT_BONUS_WEEKS`. One that is bought again then starts anew, so receipts are a lower
limit. Digests of four bytes: among 10,000 goods that are asked for, one of 1,800 full profiles
takes one for another.
"""

from collections.abc import Iterable, Iterator, Mapping
from heapq import nlargest
from struct import pack, unpack

import xxhash
from msgspec import Struct

ARTICLES_MAX = 240
KEEP_MAX = 216  # trimming to fewer than the bound makes one sort pay for several receipts
RECEIPT_BONUS_WEEKS = 4
RECEIPTS_MAX = 255
WEEK_DAYS = 7
WEEK_MAX = 65_535
WEEK_BYTES, DIGEST_BYTES = 2, 4
Known = dict[int, tuple[int, int, int]]
"""Digest, as `digest_of` gives it -> receipts that held it, week of the last purchase, digest."""


class Articles(Struct, array_like=True, gc=False):
    """What is known of each, column by column; those on the fewest receipts come first."""

    counts: bytes = b""
    weeks: bytes = b""
    """Seven local days each since 1970."""
    digests: bytes = b""


def make_articles(bought: Iterable[tuple[str, int, int]]) -> Articles:
    """Of item, receipts that held it and local day of the last purchase."""
    articles, known = Articles(), Known()
    for item, count, day in bought:
        _know(known, digest_of(item), count, day // WEEK_DAYS)
    _keep(articles, known)
    return articles


def add_articles(articles: Articles, items: Iterable[str], day: int) -> None:
    """Count one receipt of local day `day` that held `items`."""
    known, week = known_articles(articles), day // WEEK_DAYS
    for digest in {digest_of(item) for item in items}:
        _know(known, digest, 1, week)
    _keep(articles, known)


def take_back_articles(articles: Articles, items: Iterable[str], days: Mapping[str, int]) -> None:
    """Take back a receipt of `items`; of those in `days` the day of the last purchase is known."""
    known = known_articles(articles)
    for item in items:
        digest = digest_of(item)
        count, last, _ = known.pop(digest, (0, 0, 0))
        if count > 1:
            _know(known, digest, count - 1, days[item] // WEEK_DAYS if item in days else last)
    _keep(articles, known)


def join_articles(into: Articles, other: Articles) -> None:
    """Add `other` to `into`: receipts add up, and the later week counts."""
    known = known_articles(into)
    for count, week, digest in known_articles(other).values():
        _know(known, digest, count, week)
    _keep(into, known)


def known_articles(articles: Articles) -> Known:
    """All of them."""
    digests = _digests(articles)
    weeks = unpack(f">{len(digests)}H", articles.weeks)
    every = zip(articles.counts, weeks, digests, strict=True)
    return dict(zip(digests, every, strict=True))


def receipts_by_article(articles: Articles) -> Iterator[tuple[int, int]]:
    """Digest, as `digest_of` gives it, and receipts that held it."""
    return zip(_digests(articles), articles.counts, strict=True)


def receipts_of(articles: Articles) -> int:
    """The receipts of every article, all together."""
    return sum(articles.counts)


def digest_of(item: str) -> int:
    """The number that stands for an article."""
    return xxhash.xxh32_intdigest(item.encode())


def _digests(articles: Articles) -> tuple[int, ...]:
    return unpack(f">{len(articles.counts)}I", articles.digests)


def _know(known: Known, digest: int, count: int, week: int) -> None:
    """Count so many receipts more, the last of them in `week`."""
    held = known.get(digest)
    if held is not None:
        count, week = held[0] + count, max(held[1], week)
    known[digest] = (min(count, RECEIPTS_MAX), max(0, min(week, WEEK_MAX)), digest)


def _keep(articles: Articles, known: Known) -> None:
    """Write `known` as columns; beyond the bound the least telling are dropped."""
    every = sorted(known.values())
    if len(every) > ARTICLES_MAX:
        every = sorted(nlargest(KEEP_MAX, every, key=_telling))
    articles.counts = bytes([one[0] for one in every])
    articles.weeks = pack(f">{len(every)}H", *[one[1] for one in every])
    articles.digests = pack(f">{len(every)}I", *[one[2] for one in every])


def _telling(one: tuple[int, int, int]) -> tuple[int, int]:
    count, week, digest = one
    return week + RECEIPT_BONUS_WEEKS * count, digest
