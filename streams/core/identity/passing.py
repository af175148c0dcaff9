"""Exchanges at a link: what is for somebody who is a person's goes on to them, or ends the link."""

from msgspec.structs import replace

from streams.core.identity.links import Link
from streams.core.identity.routing import Exchange, Row, Send, Verdict, is_forgotten, let_go
from streams.core.profile.profile import Profile, new_profile


def pass_on(link: Link, subject: str, send: Send) -> tuple[Row | None, tuple[Send, ...]]:
    """An exchange at the link of `subject`: (its new row if that changes, what goes on from here).

    A new row that is a profile is still to `receive` what was said. A part that comes back to a
    subject which was linked anew meanwhile goes to its new person.
    """
    match send.exchange:
        case Exchange.JOIN | Exchange.LEAVE:
            return None, (send._replace(target=link.target, via=send.via or subject),)
        case Exchange.GONE:
            return _gone(link, subject, send)
        case Exchange.HELD:
            stays = send.via == link.target and not link.leaving
            return None, () if stays else (ask_back(send),)
        case _:
            return _back(link, subject, send)


def ask_back(held: Send) -> Send:
    """What tells whoever says `held` that the subject is theirs no more."""
    why = Verdict.UNLINKED.value
    return Send(Exchange.LEAVE, held.source, held.subject, None, why, held.since_ms, held.via)


def _back(link: Link, subject: str, send: Send) -> tuple[Row | None, tuple[Send, ...]]:
    asked = link.leaving or send.exchange is Exchange.BACK_SHARED
    if (asked and send.source == link.target) or (link.leaving and send.part is not None):
        return _alone(link, subject), ()
    if send.part is None:
        return None, ()
    if is_forgotten(send.part, link.erased_ms):
        return None, let_go(send.part, link.erased_ms)
    return None, (_joins(link, subject, send.part),)


def _gone(link: Link, subject: str, send: Send) -> tuple[Row | None, tuple[Send, ...]]:
    if send.source != link.target:  # it was somebody else's by then
        return None, ()
    erased_ms = max(link.erased_ms, send.since_ms)
    if link.since_ms > send.since_ms:  # claimed after the erasure: it joins them anew
        return None, () if link.leaving else (_joins(link, subject, None),)
    erased = replace(link, erased_ms=erased_ms)
    return erased if link.leaving else _alone(erased, subject), ()


def _alone(link: Link, subject: str) -> Profile:
    """The subject as its own, empty: what it did is with the answer."""
    profile = new_profile(subject)
    profile.offer_sequence = link.offer_sequence
    profile.alone.shared = link.leaving == Verdict.SHARED
    profile.alone.unlinked_ms = link.unlinked_ms
    profile.alone.erased_ms = link.erased_ms
    return profile


def _joins(link: Link, subject: str, part: Profile | None) -> Send:
    return Send(Exchange.JOIN, link.target, subject, part, link.source, link.since_ms)
