"""Offer messages for the tests of a channel: short to write, complete on the wire."""

from typing import Any

from streams.core.decide.record import Action, OfferId, OfferMessage, Pitch

NOW_MS = 1_800_000_000_000
HOUR_MS = 3_600_000
ANN = "customer:ann"


def offer_id(name: str) -> OfferId:
    """Return an offer id of 32 hex digits made from a short name of hex digits."""
    return OfferId(name.rjust(32, "0"))


def issue(name: str, sequence: int, **changes: Any) -> OfferMessage:
    """Return an issue of the offer `name` to Ann on the web, now, for an hour."""
    values: dict[str, Any] = {
        "offer_id": offer_id(name),
        "action": Action.ISSUE,
        "sequence": sequence,
        "subject": ANN,
        "channel": "web",
        "slot": "main",
        "offer": "abandoned-cart",
        "purpose": "marketing",
        "reason": "a sweater has been in the cart",
        "issued_at_ms": NOW_MS,
        "cause_id": "cause-1",
        "policy_version": "4f1c9a",
        "expires_at_ms": NOW_MS + HOUR_MS,
        "pitch": Pitch(treatment="reminder", text="Still thinking about it?"),
        **changes,
    }
    return OfferMessage(**values)


def supersede(name: str, sequence: int, **changes: Any) -> OfferMessage:
    """Return the offer `name` in place of another one."""
    return issue(name, sequence, action=Action.SUPERSEDE, **changes)


def withdraw(name: str, sequence: int, **changes: Any) -> OfferMessage:
    """Return the end of the offer `name`."""
    ended = {"action": Action.WITHDRAW, "expires_at_ms": None, "pitch": None, "reason": "bought"}
    return issue(name, sequence, **{**ended, **changes})
