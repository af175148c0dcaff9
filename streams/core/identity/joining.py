"""Joining: the parts of a person, kept apart so that a link can be taken back.

A person's row is the profile of all they did, and beside it a part for each of their subjects,
their own among them. An event folds into the whole and into the part of the subject it came from;
the merge of the parts is the whole (`profile.merging`), so leaving one out is what would have been
without it. Contacts, open offers and what became of them stay with the person: they were made to
them, whatever the address.

At most `IdentityPolicy.parts_max` parts are kept. Beyond that the part untouched longest is added
to the person's own: the whole is not changed by that, and unlinking it brings nothing back.
"""

from collections.abc import Mapping
from copy import deepcopy

from streams.core.identity.policy import IdentityPolicy, kind_of_subject
from streams.core.identity.routing import Exchange, Send, is_forgotten, let_go
from streams.core.profile.merging import merge
from streams.core.profile.profile import JOINED_MAX, Joined, Profile, new_profile
from streams.core.profile.timers import merge_timers

OF_THE_WHOLE = frozenset(("subject", "joined", "alone", "offer_sequence", "timers"))
"""Fields of a person that no part decides."""
OF_THE_CONTACT = ("contacts", "open_offers", "tried", "responses", "trials")
"""Those of their contact memory."""


def receive(row: Profile, send: Send, policy: IdentityPolicy) -> tuple[Send, ...]:
    """Change the profile `row` by an exchange that was sent to it; what it answers."""
    match send.exchange:
        case Exchange.JOIN:
            return _join(row, send, policy)
        case Exchange.LEAVE:
            return _leave(row, send.subject)
        case Exchange.GONE:  # it was unlinked meanwhile, and is nobody's already
            return ()
        case _:
            if send.part is not None and is_forgotten(send.part, row.alone.erased_ms):
                return let_go(send.part, row.alone.erased_ms)
            row.alone.shared = row.alone.shared or send.exchange is Exchange.BACK_SHARED
            if send.part is not None:
                _take_back(row, send.part)
            return ()


def part_of(row: Profile, origin: str) -> Profile | None:
    """The part that an event of `origin` folds into besides the whole; None for an own event."""
    if not row.joined:
        return None
    held = row.joined.get(origin)
    return held.part if held is not None and held.part is not None else _own(row)


def _join(row: Profile, send: Send, policy: IdentityPolicy) -> tuple[Send, ...]:
    subject, part = send.subject, send.part or new_profile(send.subject)
    if send.since_ms <= row.alone.erased_ms:
        erased_ms = row.alone.erased_ms
        gone = Send(Exchange.GONE, subject, subject, None, send.via or row.subject, erased_ms)
        return (gone, *let_go(part, erased_ms))
    if row.alone.erased_ms and send.via and send.via not in row.joined:
        # It came by an account that was let go of meanwhile; sending it there again could go on
        # for ever.
        return (Send(Exchange.BACK_SHARED, subject, subject, part, send.via),)
    held = row.joined.get(subject)
    if held is not None:
        merge(held.part or _own(row), part)
        _merge(row, part)
        return ()
    if not _has_room(row, subject, part, policy):
        return (Send(Exchange.BACK_SHARED, subject, subject, part, row.subject),)
    if not row.joined:
        row.joined[row.subject] = Joined(0, "", copied(row))
    _merge(row, part)
    for name, one in part.joined.items():  # it was a person to others: they come along
        row.joined[name] = Joined(one.since_ms, one.source, one.part, one.via or subject)
    own = part.joined[subject].part if subject in part.joined else part
    part.joined = {}
    row.joined[subject] = Joined(send.since_ms, send.source, own, send.via)
    _compact(row, policy.parts_max)
    return ()


def _has_room(row: Profile, subject: str, part: Profile, policy: IdentityPolicy) -> bool:
    if len(row.joined) + len(part.joined) + 2 > JOINED_MAX:  # its own, and the person's own
        return False
    kind = kind_of_subject(subject)
    rule = policy.rules.get(kind)
    members = sum(kind_of_subject(one) == kind for one in row.joined if one != row.subject)
    return rule is not None and members < rule.members_max


def _leave(row: Profile, subject: str) -> tuple[Send, ...]:
    gone = _taken_out(row, subject)
    if not gone:
        return ()
    parts = {name: one for name, one in gone.items() if one.part is not None}
    if parts:
        _become(row, _merged(row.subject, row.joined))
    if set(row.joined) == {row.subject}:
        row.joined.clear()
    if subject not in parts:  # compacted: it cannot be told apart any more
        return ()
    back = _merged(subject, parts)
    merge_timers(back.timers, row.timers)  # what fired of its cart does not fire again
    if len(gone) > 1:
        back.joined = gone
    return (Send(Exchange.BACK, subject, subject, back, row.subject),)


def _taken_out(row: Profile, subject: str) -> dict[str, Joined]:
    """`subject` and whoever came along with it, out of the person; empty if it is not there."""
    gone: dict[str, Joined] = {}
    waiting = [subject]
    while waiting:
        name = waiting.pop()
        held = row.joined.pop(name, None)
        if held is not None:
            via = "" if held.via == subject else held.via
            gone[name] = Joined(held.since_ms, held.source, held.part, via)
            waiting += [other for other, one in row.joined.items() if one.via == name]
    if subject in gone:
        gone[subject] = Joined(0, "", gone[subject].part)
    return gone


def _merged(subject: str, joined: Mapping[str, Joined]) -> Profile:
    whole = new_profile(subject)
    for one in joined.values():
        if one.part is not None:
            merge(whole, deepcopy(one.part))
    return whole


def _take_back(row: Profile, part: Profile) -> None:
    """What `row` did before and while it was a person's; those who came with it come along."""
    if part.joined and not row.joined:
        merge(_own(part), deepcopy(row))
        row.joined, part.joined = part.joined, {}
    elif row.joined:
        merge(_own(row), part)
    _merge(row, part)


def _merge(row: Profile, part: Profile) -> None:
    sequence = row.offer_sequence
    merge(row, deepcopy(part))  # the whole and its parts share nothing that changes
    row.offer_sequence = sequence  # numbers count per subject, and `part` had another's


def _become(row: Profile, whole: Profile) -> None:
    contact = row.contact
    kept = {name: getattr(contact, name) for name in OF_THE_CONTACT}
    for name in Profile.__struct_fields__:
        if name not in OF_THE_WHOLE:
            setattr(row, name, getattr(whole, name))
    for name, value in kept.items():
        setattr(row.contact, name, value)


def _own(row: Profile) -> Profile:
    own = row.joined[row.subject].part
    assert own is not None, "a person's own part is never compacted"
    return own


def _compact(row: Profile, parts_max: int) -> None:
    while sum(one.part is not None for one in row.joined.values()) > parts_max:
        others = [
            (max(one.part.last_seen_ms, one.since_ms), name)
            for name, one in row.joined.items()
            if one.part is not None and name != row.subject
        ]
        name = min(others)[1]
        held = row.joined[name]
        assert held.part is not None, "only kept parts were looked at"
        merge(_own(row), held.part)
        row.joined[name] = Joined(held.since_ms, held.source, None)


def copied(profile: Profile) -> Profile:
    """A profile of the same contents that shares nothing with `profile`."""
    return deepcopy(profile)
