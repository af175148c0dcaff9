"""A link: a row that says whose events these are."""

from msgspec import Struct


class Link(Struct, frozen=True, array_like=True):
    """This subject is `target`; since when, who said so, how often, and when last (event times).

    `offer_sequence` is the number of the last offer message to the subject: it goes on from there
    when the link is taken back. Nothing of the subject from `erased_ms` or before counts.

    While it is `leaving`, by the verdict that says why, its part is asked for and not back yet:
    whatever comes for the subject goes to `target` as before, and back from there behind the part.
    Then it is its own, not to be linked by anything from `unlinked_ms` or before.
    """

    target: str
    since_ms: int
    source: str
    last_claim_ms: int = 0
    claims: int = 1
    offer_sequence: int = 0
    erased_ms: int = 0
    leaving: str = ""
    unlinked_ms: int = 0
