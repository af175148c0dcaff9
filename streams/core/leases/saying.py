"""What partitions say to each other about the tokens of a limit, through the forward topic."""

from enum import StrEnum

from msgspec import Struct

LEASE_KEY = b"\x00lease:"
HELD_KEY = b"\x00held:"
KNOWN_KEY = b"\x00limits"


class Verb(StrEnum):
    """A partition asks and returns; the home grants and recalls."""

    ASK = "ask"
    GRANT = "grant"
    RECALL = "recall"
    RETURN = "return"


class Said(Struct, frozen=True, kw_only=True, gc=False):
    """One exchange about the limit `name`, by partition `sender`.

    `tokens` are asked for at least, granted or returned; a recall of 0 wants half of what is at
    hand, one of 1 all of it, and what comes back later too.
    """

    verb: Verb
    name: str
    sender: int
    window: int
    tokens: int


def lease_key(name: str) -> bytes:
    """The key of the row of a limit in each partition, and of the exchanges about it."""
    return LEASE_KEY + name.encode()


def held_key(subject: bytes) -> bytes:
    """The key of what the open offers of a subject took."""
    return HELD_KEY + subject
