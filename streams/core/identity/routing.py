"""Routing: what an event means for who is who, and where it has to go. Pure; rows in, rows out.

A subject's row is a profile, or a link to a person. The identifier's own partition decides on every
claim about it, one after the other, so two claims can never race; the person's partition keeps the
parts. Whatever either says to the other goes through the forward topic in the transaction that said
it, in order: `join` brings a part, `leave` asks for it back, `back` returns it.

A subject that leaves stays a link until its part is back, so it is never met half empty. `leave`
goes the way that its events go, so all of them that were before it are in the part; those behind
it come back behind the part. Each `leave` is answered once. A `join` or `leave` that came by an
account which is not the person's any more goes back to that account, behind the account's parts.
By such a detour a `leave` can overtake its `join`: who took in a part that came by an account says
`held`, and a subject that is not linked so any more asks for its part again.

An erasure empties the row of the person: their profile, the parts, and the claims that made them
theirs. `gone` tells each identifier, which becomes a fresh profile of its own. Every row that it
reached says when, and from then on is met by nothing older: not by an event, a claim, or a part
that was under way. What it does not reach are records: Kafka keeps sources, offers and decisions
until their retention ends, and the changelog until it is compacted. Neither what an identifier did
before it was unlinked and whose part had been compacted: that is the other person's.

A link leads from an identifier to a person, or from a person to one whose name comes earlier in the
alphabet: so links form no cycle, whatever is claimed.
"""

from enum import StrEnum
from typing import NamedTuple

from msgspec.structs import replace

from streams.core import events
from streams.core.events import Event
from streams.core.identity.claims import SPEAKING, Claim, claim_of, speaks
from streams.core.identity.links import Link
from streams.core.identity.policy import PERSON, IdentityPolicy, LinkRule, kind_of_subject
from streams.core.profile.profile import Profile, new_profile

Row = Profile | Link


class Verdict(StrEnum):
    """What became of a claim or a link; label of `streams_identity_total`."""

    LINKED = "linked"
    CONFIRMED = "confirmed"
    PASSED_ON = "passed_on"
    """Another person's, long after the last claim: it changed hands."""
    SHARED = "shared"
    """Several people use it: it is nobody's."""
    FULL = "full"
    """The person has as many of this kind as the policy allows."""
    UNLINKED = "unlinked"
    REFUSED = "refused"
    """The policy does not link this to that, the subject claims to be itself, or the person was
    erased since."""
    OLDER = "older"
    """The event lies before the subject was unlinked."""
    ERASED = "erased"
    """A person was forgotten."""


class Exchange(StrEnum):
    """What one partition says to another about a part."""

    JOIN = "join"
    LEAVE = "leave"
    BACK = "back"
    BACK_SHARED = "back_shared"
    GONE = "gone"
    HELD = "held"


REFUSALS = {Exchange.BACK_SHARED: Verdict.FULL, Exchange.GONE: Verdict.REFUSED}
"""What an answer to a `join` says of the claim."""


class Send(NamedTuple):
    """One exchange: to the row of `target`, about `subject`; `part` is what is known of it."""

    exchange: Exchange
    target: str
    subject: str
    part: Profile | None = None
    source: str = ""
    """How it was linked; of a `leave`, why; of an answer, whom it was linked to; of a `held`, where
    the part is."""
    since_ms: int = 0
    """Of the claim that linked it; of a `gone`, of the erasure."""
    via: str = ""


class Routed(NamedTuple):
    """Where an event goes, and what is said on the way; sends come before the event itself."""

    fold: Profile | None = None
    """Fold into this profile, which is the row from now on; None: do not fold here."""
    forward: str | None = None
    """Send the event on to this subject."""
    row: Row | None = None
    """Write this as the row; without it, what is neither folded nor sent on comes too late."""
    sends: tuple[Send, ...] = ()
    verdict: Verdict | None = None
    ends: Profile | None = None
    """Its open offers end before anything is sent or written."""
    because: str = "it is a person's"
    """Why they do."""
    returns: bool = False
    """It goes back to where it came from, and from there anew."""

    def linked(self) -> Row | None:
        """The row to write, once the open offers have ended: their messages took numbers."""
        if self.row is None or self.ends is None:
            return self.row
        return replace(self.row, offer_sequence=self.ends.offer_sequence)


def is_plain(row: Row, event: Event, origin: str) -> bool:
    """Whether `event` just folds into `row`: nearly always; asked for every event."""
    body = event.body
    return (
        type(row) is Profile
        and (type(body) not in SPEAKING or not speaks(body))
        and not row.joined
        and not row.alone.erased_ms
        and origin == event.subject
    )


def route(
    row: Row, event: Event, origin: str, policy: IdentityPolicy, *, returned: bool = False
) -> Routed:
    """What to do with `event`, whose record was first keyed `origin`, at the row of its subject.

    `returned`: it was at a person already who does not have `origin` any more.
    """
    if isinstance(row, Link):
        return _at_link(row, event, origin, policy, returned=returned)
    if origin != event.subject and origin not in row.joined:
        return Routed(forward=origin, returns=True)  # it left while this event was on its way
    own_and_old = origin == event.subject and event.event_time_ms <= row.alone.erased_ms
    if isinstance(event.body, events.Erased) and not own_and_old:
        return _erased(row, event)
    if event.event_time_ms <= row.alone.erased_ms:
        return Routed()
    claim = claim_of(event) if origin == event.subject else None
    if claim is None:
        if origin == event.subject and isinstance(event.body, events.Unlinked):
            row.alone.unlinked_ms = max(row.alone.unlinked_ms, event.event_time_ms)
        return Routed(fold=row)
    return _at_profile(row, event, claim, policy, returned=returned)


def _erased(row: Profile, event: Event) -> Routed:
    fresh = new_profile(row.subject)
    fresh.offer_sequence = row.offer_sequence
    fresh.alone.erased_ms = max(row.alone.erased_ms, event.event_time_ms)
    sends = let_go(row, fresh.alone.erased_ms)
    because = "they asked to be forgotten"
    return Routed(row=fresh, sends=sends, verdict=Verdict.ERASED, ends=row, because=because)


def let_go(whole: Profile, erased_ms: int) -> tuple[Send, ...]:
    """What tells all who came along with `whole` that they do so no more."""
    return tuple(
        Send(Exchange.GONE, name, name, None, one.via or whole.subject, erased_ms)
        for name, one in whole.joined.items()
        if name != whole.subject
    )


def is_forgotten(part: Profile, erased_ms: int) -> bool:
    """Whether `part` holds what its subject did before it was erased."""
    held = part.joined.get(part.subject)
    own = part if held is None or held.part is None else held.part
    return 0 < own.first_seen_ms <= erased_ms


def _at_profile(
    row: Profile, event: Event, claim: Claim, policy: IdentityPolicy, *, returned: bool
) -> Routed:
    subject = event.subject
    if rule_of(subject, claim, policy) is None:
        return Routed(fold=row, verdict=Verdict.REFUSED)
    if row.alone.shared and not claim.said:
        # One that was returned made it so, or was turned away: that was counted then.
        return Routed(fold=row, verdict=None if returned else Verdict.SHARED)
    if claim.at_ms <= row.alone.unlinked_ms:
        return Routed(fold=row, verdict=Verdict.OLDER)
    link = Link(claim.person, claim.at_ms, claim.method, claim.at_ms, erased_ms=row.alone.erased_ms)
    join = Send(Exchange.JOIN, claim.person, subject, row, claim.method, claim.at_ms)
    return Routed(forward=claim.person, row=link, sends=(join,), verdict=Verdict.LINKED, ends=row)


def _at_link(
    link: Link, event: Event, origin: str, policy: IdentityPolicy, *, returned: bool
) -> Routed:
    subject = event.subject
    own = origin == subject  # else it is of one whose link ends at this one
    erased = isinstance(event.body, events.Erased)
    if own and event.event_time_ms <= link.erased_ms and not (erased and returned):
        return Routed()
    if not own or link.leaving:
        return Routed(forward=link.target)
    if isinstance(event.body, events.Unlinked):
        return _leaves(link, subject, Verdict.UNLINKED, unlinked_ms=event.event_time_ms)
    claim = claim_of(event)
    if claim is None:
        row = replace(link, erased_ms=event.event_time_ms) if erased else None
        return Routed(forward=link.target, row=row)
    if claim.person == link.target:
        at_ms = max(link.last_claim_ms, claim.at_ms)
        known = replace(link, last_claim_ms=at_ms, claims=link.claims + 1)
        return Routed(forward=link.target, row=known, verdict=Verdict.CONFIRMED)
    return _claimed_by_another(link, subject, claim, policy)


def _claimed_by_another(link: Link, subject: str, claim: Claim, policy: IdentityPolicy) -> Routed:
    rule = rule_of(subject, claim, policy)
    if rule is None:
        return Routed(forward=link.target, verdict=Verdict.REFUSED)
    if claim.said:  # it never was theirs: what it did goes to whom it is said to be
        return _leaves(link, subject, Verdict.UNLINKED)
    if claim.at_ms - link.last_claim_ms > rule.switch_after_ms:
        # What it did until now was the other person's doing, and stays theirs.
        return _leaves(link, subject, Verdict.PASSED_ON)
    if link.last_claim_ms - claim.at_ms > rule.switch_after_ms:  # theirs long before
        return Routed(forward=link.target, verdict=Verdict.OLDER)
    return _leaves(link, subject, Verdict.SHARED)


def _leaves(link: Link, subject: str, verdict: Verdict, *, unlinked_ms: int = 0) -> Routed:
    """Ask for the part of `subject`; the event goes along, and is decided on when it is back."""
    row = replace(link, leaving=verdict.value, unlinked_ms=unlinked_ms)
    leave = Send(Exchange.LEAVE, link.target, subject, None, verdict.value, link.since_ms)
    return Routed(forward=link.target, row=row, sends=(leave,), verdict=verdict)


def rule_of(subject: str, claim: Claim, policy: IdentityPolicy) -> LinkRule | None:
    """The rule by which `subject` may be the claim's person; None if it may not."""
    if kind_of_subject(claim.person) != PERSON or claim.person == subject:
        return None
    kind = kind_of_subject(subject)
    if kind == PERSON and not (claim.said and claim.person < subject):
        return None
    return policy.rules.get(kind)
