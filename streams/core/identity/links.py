"""A link: a row that says whose events these are."""

from msgspec import Struct


class Link(Struct, frozen=True, array_like=True):
    """This subject is `target`; since when, who said so, how often, and when last (event times).

    `offer_sequence` is the number of the last offer message to the subject: it goes on from there
    when the link is taken back. Nothing of the subject from `erased_ms` or before counts.
    """

    target: str
    since_ms: int
    source: str
    last_claim_ms: int = 0
    claims: int = 1
    offer_sequence: int = 0
    erased_ms: int = 0
