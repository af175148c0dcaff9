"""Where evidence comes from: the provenance that every trait carries."""

from enum import IntFlag


class Source(IntFlag):
    """One bit a kind of source; a trait holds the bits of all that it was observed by."""

    CLICK = 1
    """`clickstream.event.v1`: looking, searching, carts, orders of the web shop and app."""
    TILL = 2
    """`pos.transaction.v1`: receipts."""
    SOCIAL = 4
    """`social.activity.v1`: posts, likes, shares."""
    SERVICE = 8
    """`service.interaction.v1`: cases, calls, late deliveries."""
    OUTCOME = 16
    """`channel.outcome.v1`: answers to offers."""
    CATALOGUE = 32
    """`product.catalogue.v1`: what a bought product is like."""
    CUSTOMER = 64
    """What the customer said about themselves."""


# Plain integers for the hot path: operators of IntFlag are written in Python.
CLICK = int(Source.CLICK)
TILL = int(Source.TILL)
SOCIAL = int(Source.SOCIAL)
SERVICE = int(Source.SERVICE)
OUTCOME = int(Source.OUTCOME)
CATALOGUE = int(Source.CATALOGUE)


def source_words(sources: int) -> tuple[str, ...]:
    """The sources in `sources`, as words in the order of their bits."""
    return tuple(one.name.lower() for one in Source if one.name and sources & one)
