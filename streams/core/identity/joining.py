"""Joining: the parts of a person, kept apart so that a link can be taken back.

A person's row is the profile of all they did, and beside it a part for each of their subjects,
their own among them. An event folds into the whole and into the part of the subject it came from;
the merge of the parts is the whole (`profile.merging`), so leaving one out is what would have been
without it. Contacts, open offers and what became of them stay with the person: they were made to
them, whatever the address. So who leaves takes no open offer and no trial along: a part does not
hear what became of them.

At most `IdentityPolicy.parts_max` parts are kept. Beyond that the part untouched longest is added
to the person's own: the whole is not changed by that, and unlinking it brings nothing back.
"""

from collections.abc import Mapping
from copy import deepcopy

from streams.core.identity.passing import ask_back
from streams.core.identity.policy import HOPS_MAX, IdentityPolicy, kind_of_subject
from streams.core.identity.routing import Exchange, Send, Verdict, is_forgotten, let_go
from streams.core.profile.merging import merge
from streams.core.profile.profile import JOINED_MAX, Joined, Profile, new_profile
from streams.core.profile.timers import merge_timers

OF_THE_WHOLE = frozenset(("subject", "joined", "alone", "offer_sequence", "timers"))
"""Fields of a person that no part decides."""
OF_THE_CONTACT = ("contacts", "open_offers", "tried", "responses", "trials")
"""Those of their contact memory."""
NOT_APART = ("open_offers", "trials")
"""Those that would begin anew if a part brought them back: it has them as they were once."""


def receive(row: Profile, send: Send, policy: IdentityPolicy) -> tuple[Send, ...]:
    """Change the profile `row` by an exchange that was sent to it; what it answers."""
    match send.exchange:
        case Exchange.JOIN | Exchange.LEAVE:
            if send.via not in {"", row.subject} and send.via not in row.joined:
                # The account it came by has left, and what went there before this tells it so.
                return (send._replace(target=send.via),)
            if send.exchange is Exchange.JOIN:
                return _join(row, send, policy)
            return (_leave(row, send),)
        case Exchange.HELD:
            return (ask_back(send),)
        case Exchange.GONE:  # it was unlinked meanwhile, and is nobody's already
            return ()
        case _:
            return _back(row, send)


def _back(row: Profile, send: Send) -> tuple[Send, ...]:
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
        back = _leave(row, send._replace(since_ms=0))  # what it brought by a later claim is its own
        return (gone, *let_go(part, erased_ms), *([back] if back.part is not None else []))
    if not _has_room(row, send, part, policy):
        return _turned_away(row, send, part)
    if not row.joined:
        row.joined[row.subject] = Joined(0, "", copied(row))
    _merge(row, part)
    brought, part.joined = part.joined, {}
    own = brought.pop(subject, None)
    via = "" if send.via == row.subject else send.via
    _keep(row, subject, Joined(send.since_ms, send.source, own.part if own else part, via))
    for name, one in brought.items():  # it was a person to others: they come along
        _keep(row, name, Joined(one.since_ms, one.source, one.part, one.via or subject))
    _compact(row, policy.parts_max)
    if not send.via:
        return ()
    return (Send(Exchange.HELD, subject, subject, None, row.subject, send.since_ms, send.via),)


def _keep(row: Profile, name: str, one: Joined) -> None:
    """Keep the part of `name` apart; what it is a part of already has it added."""
    held = row.joined.get(name)
    if held is None:
        row.joined[name] = one
        return
    if one.part is not None:
        merge(held.part or _own(row), one.part)
    if one.since_ms >= held.since_ms:
        row.joined[name] = Joined(one.since_ms, one.source, held.part, one.via)


def _turned_away(row: Profile, send: Send, part: Profile) -> tuple[Send, ...]:
    """All of the subject goes back to it, with what of it was here already."""
    held = _leave(row, send._replace(source="", since_ms=0)).part
    if held is not None:
        _take_back(part, held)
    by = send.via or row.subject
    return (Send(Exchange.BACK_SHARED, send.subject, send.subject, part, by),)


def _has_room(row: Profile, send: Send, part: Profile, policy: IdentityPolicy) -> bool:
    """Whether the person may be the subject and all who come along, and their events get here."""
    subject = send.subject
    come = part.joined.keys() | {subject, row.subject}
    if len(row.joined.keys() | come) > JOINED_MAX:
        return False
    below = max((_links(part, name) for name in part.joined), default=0)
    if 1 + _links(row, send.via) + below > HOPS_MAX:
        return False
    if subject in row.joined:
        return True
    kind = kind_of_subject(subject)
    rule = policy.rules.get(kind)
    members = sum(kind_of_subject(one) == kind for one in row.joined if one != row.subject)
    return rule is not None and members < rule.members_max


def _links(row: Profile, name: str) -> int:
    """How many links lead from `name` to `row`."""
    number = 0
    while name and name != row.subject and number <= HOPS_MAX:
        held = row.joined.get(name)
        name, number = held.via if held is not None else "", number + 1
    return number


def _leave(row: Profile, send: Send) -> Send:
    """Take the subject out; the answer, with its part if that is still known apart."""
    subject = send.subject
    answer = Send(Exchange.BACK, subject, subject, None, send.via or row.subject)
    here = row.joined.get(subject)
    if here is None or here.since_ms != (send.since_ms or here.since_ms):
        return answer  # not here, or here by a later claim
    if send.source == Verdict.PASSED_ON:  # what it did stays
        del row.joined[subject]
        if here.part is not None:
            merge(_own(row), here.part)
        _forget_the_last(row)
        return answer
    gone = _taken_out(row, subject)
    parts = {name: one for name, one in gone.items() if one.part is not None}
    if parts:
        _become(row, _merged(row.subject, row.joined))
    _forget_the_last(row)
    if not parts:  # compacted: it cannot be told apart any more
        return answer
    back = _merged(subject, parts)
    merge_timers(back.timers, row.timers)  # what fired of its cart does not fire again
    if len(gone) > 1:
        own = gone[subject].part or new_profile(subject)
        back.joined = gone | {subject: Joined(0, "", own)}
    return answer._replace(part=back)


def _forget_the_last(row: Profile) -> None:
    """Who is one subject alone has no parts."""
    if set(row.joined) == {row.subject}:
        row.joined.clear()


def _taken_out(row: Profile, subject: str) -> dict[str, Joined]:
    """`subject` and whoever came along with it, out of the person."""
    gone: dict[str, Joined] = {}
    waiting = [subject]
    while waiting:
        name = waiting.pop()
        held = row.joined.pop(name)
        via = "" if held.via == subject else held.via
        gone[name] = Joined(held.since_ms, held.source, held.part, via)
        waiting += [other for other, one in row.joined.items() if one.via == name]
    return gone


def _merged(subject: str, joined: Mapping[str, Joined]) -> Profile:
    whole = new_profile(subject)
    for one in joined.values():
        if one.part is not None:
            merge(whole, deepcopy(one.part))
    for name in NOT_APART:
        getattr(whole.contact, name).clear()
    return whole


def _take_back(row: Profile, part: Profile) -> None:
    """What `row` did before and while it was a person's; those who came with it come along."""
    brought, part.joined = part.joined, {}
    if brought and not row.joined:
        row.joined[row.subject] = Joined(0, "", copied(row))
    own = brought.pop(row.subject, None)
    if row.joined:
        merge(_own(row), (own.part if own is not None else None) or part)
    for name, one in brought.items():
        _keep(row, name, one)
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
