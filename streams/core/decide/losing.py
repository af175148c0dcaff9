"""Global causes: open offers that end because of what concerns everybody, not one customer.

An open offer is lost when the policy in force would make it to nobody now:

- its catalogue row is gone, has ended or has not begun, or does not go by that channel any more;
- it sells an article that no outlet has.

Whatever else changes of a row, its words, its price, its rules, changes new offers alone: what was
promised holds until it expires. A level of zero at one outlet ends nothing either, as an open offer
may be taken at another. The gates stop all of this for new offers, so a profile that was rid of
what is lost stays so until the policy changes, or the time of a row comes.
"""

from typing import NamedTuple

from streams.core.decide.life import end_offer
from streams.core.decide.record import OfferMessage
from streams.core.offers import Policy
from streams.core.profile.contact import OpenOffer, drop_expired
from streams.core.profile.opened import Name
from streams.core.profile.profile import Profile
from streams.core.rhythm_due import NEVER_MS

CATALOGUE, STOCK = "catalogue", "stock"
"""Kinds of global causes, and what their cause ids begin with."""


class Loss(NamedTuple):
    """Why an open offer is lost."""

    kind: str
    cause_id: str
    reason: str


class Lost(NamedTuple):
    """What a profile lost: how many open offers, and what is said of them; shadows say nothing."""

    number: int
    messages: tuple[OfferMessage, ...]
    kinds: tuple[str, ...]
    """Of each message, the kind of its cause."""


NOTHING_LOST = Lost(0, (), ())


def is_offered(offer: str, channel: str, policy: Policy, now_ms: int) -> bool:
    """Whether the catalogue has the row `offer` now, by `channel`."""
    row = policy.offers.get(offer)
    if row is None or channel not in row.channels:
        return False
    begun = row.valid_from_ms is None or row.valid_from_ms <= now_ms
    return begun and (row.valid_until_ms is None or now_ms < row.valid_until_ms)


def is_name_offered(name: Name, policy: Policy, now_ms: int) -> bool:
    """The same of a name of kind `OFFER`."""
    offer, _, channel = name[1].decode().rpartition("/")
    return is_offered(offer, channel, policy, now_ms)


def loss_of(held: OpenOffer, policy: Policy, now_ms: int) -> Loss | None:
    """What ends `held` at decision time `now_ms`; None if nothing does."""
    if not is_offered(held.offer, held.channel, policy, now_ms):
        return Loss(CATALOGUE, f"{CATALOGUE}:{policy.policy_version}", "no longer offered")
    gone = policy.stock.gone(held.item_id) if held.purpose == "marketing" else None
    if gone is None:
        return None
    return Loss(STOCK, f"{STOCK}:{held.item_id}:{gone.offset}", "out of stock")


def end_lost(profile: Profile, policy: Policy, *, now_ms: int) -> Lost:
    """End what is lost of the open offers of `profile`; without such it is left as it was."""
    offers = profile.contact.open_offers
    losses = {
        one: loss
        for one, held in offers.items()
        if held.expires_ms > now_ms and (loss := loss_of(held, policy, now_ms)) is not None
    }
    if not losses:
        return NOTHING_LOST
    drop_expired(profile.contact, now_ms)
    messages: list[OfferMessage] = []
    kinds: list[str] = []
    for one, loss in losses.items():
        ended = end_offer(profile, one, policy, because=(loss.cause_id, now_ms, loss.reason))
        messages += ended
        kinds += [loss.kind] * len(ended)
    return Lost(len(losses), tuple(messages), tuple(kinds))


def changes_ms(policy: Policy, now_ms: int) -> int:
    """When the next row of the catalogue begins or ends after `now_ms`; `NEVER_MS` if none does."""
    times = [
        at_ms
        for row in policy.offers.values()
        for at_ms in (row.valid_from_ms, row.valid_until_ms)
        if at_ms is not None and at_ms > now_ms
    ]
    return min(times, default=NEVER_MS)
