"""Claims: events that say which person an identifier is.

Each has its `method`: a login, a check-in, an e-mail click, a receipt that went by mail or had a
loyalty card on it, a handle that was verified; or what staff or customer said (`linked`).
"""

from msgspec import Struct

from streams.core import events
from streams.core.events import Body, Event

LINKED = "said so"


class Claim(Struct, frozen=True, gc=False):
    """The subject of an event is `person`; `said` when somebody stated it instead of proving it."""

    person: str
    method: str
    at_ms: int
    said: bool = False


_METHODS: dict[type[Body], str] = {
    events.Login: "login",
    events.CheckIn: "check-in",
    events.PageView: "e-mail click",
    events.Sale: "receipt",
    events.Return: "receipt",
    events.Create: "verified handle",
    events.Like: "verified handle",
    events.Announce: "verified handle",
    events.Follow: "verified handle",
    events.Linked: LINKED,
}
SPEAKING: frozenset[type[Body]] = frozenset((*_METHODS, events.Unlinked, events.Erased))
"""Bodies that may link, unlink or erase; all others only follow a link."""


def speaks(body: Body) -> bool:
    """Whether `body`, one of `SPEAKING`, says anything about who its subject is."""
    if type(body) is events.Unlinked or type(body) is events.Erased:
        return True
    return getattr(body, "user_subject", None) is not None


def claim_of(event: Event) -> Claim | None:
    """The claim that `event` makes; None for nearly all."""
    body = event.body
    method = _METHODS.get(type(body))
    if method is None:
        return None
    person: str | None = getattr(body, "user_subject", None)
    if person is None:
        return None
    if isinstance(body, events.Linked) and body.source:
        method = body.source
    return Claim(person, method, event.event_time_ms, isinstance(body, events.Linked))
