"""What may be linked to whom, and how much: values only, read from the policy file.

A person is a `customer`. Everything else is an identifier that may prove to be a person's. One that
several people use (a shared tablet, the card of a till) must not glue them together, so each
identifier has one person at a time, and each person so many identifiers of a kind.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

DAY_MS = 86_400_000
PERSON = "customer"
HOPS_MAX = 3
"""Links between a subject and its person at most, and so ways that an event goes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRule:
    """One kind of identifier: how many of them a person may have, and when it may change hands.

    A claim by another person within `switch_after_ms` of the last one says "shared"; later, that it
    was passed on.
    """

    members_max: int
    switch_after_ms: int = 90 * DAY_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityPolicy:
    """Kind of identifier -> its rule; a kind without one is never linked."""

    rules: Mapping[str, LinkRule] = field(default_factory=dict[str, LinkRule])
    parts_max: int = 8
    """Parts kept apart; beyond that the one untouched longest becomes the person's own."""


NO_LINKS = IdentityPolicy()


def kind_of_subject(subject: str) -> str:
    """The kind of `subject`, `kind:value`."""
    return subject.partition(":")[0]
