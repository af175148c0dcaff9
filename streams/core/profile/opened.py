"""What open offers are found by: catalogue row and channel, and the article that they sell.

A profile says itself which names it has; whoever keeps an index of them writes down how the names
of one profile changed.
"""

from collections.abc import Mapping

from streams.core.profile.contact import OpenOffer

OFFER, ARTICLE = b"o", b"a"
"""Kinds of names."""
Name = tuple[bytes, bytes]
"""A kind, and the name in UTF-8: `row/channel` of an offer, the id of an article."""

NO_OFFERS: Mapping[str, OpenOffer] = {}


def names_of(offers: Mapping[str, OpenOffer]) -> set[Name]:
    """The names of open offers, those of a holdout too; an article only where it is sold."""
    names: set[Name] = set()
    for held in offers.values():
        names.add((OFFER, f"{held.offer}/{held.channel}".encode()))
        if held.item_id is not None and held.purpose == "marketing":
            names.add((ARTICLE, held.item_id.encode()))
    return names


def changed(
    before: Mapping[str, OpenOffer], after: Mapping[str, OpenOffer]
) -> tuple[set[Name], set[Name]]:
    """Names that are there no more, and new ones, when the open offers `before` became `after`."""
    old, new = names_of(before), names_of(after)
    return old - new, new - old
