"""Phones: every third customer looks around on one, unknown until they log or check in with it."""

from streams.core.events import CheckIn, Click, Event, Login
from streams.worker.simulation.clicks import TOPIC
from streams.worker.simulation.goods import Draw

EVERY = 3
LOGINS = 0.25
"""Of the sessions on a phone begin with a login."""
CHECK_INS = 0.2
"""Of the visits to a store are announced by the phone,"""
BEFORE_MS = 180_000
"""so long before the receipt."""


def phone_of(customer: int) -> str | None:
    """The phone of this customer; None for most."""
    return f"device:phone-{customer}" if customer % EVERY == 0 else None


def on_phone(event: Event, customer: int) -> Event:
    """The same click, from the customer's phone if they have one; a login is never their own."""
    phone = phone_of(customer)
    if phone is None and isinstance(event.body, Login):
        phone = f"device:browser-{customer}"
    if phone is None or not isinstance(event.body, Click):
        return event
    return _event(phone, event.event_time_ms, event.event_id, event.body)


def logs_in(draw: Draw, customer: int, person: str, session: str, time_ms: int) -> list[Event]:
    """A login on the phone, in some sessions."""
    phone = phone_of(customer)
    if phone is None or draw() >= LOGINS:
        return []
    body = Login(session_id=session, user_subject=person, method="app")
    return [_event(phone, time_ms, f"{session}-login", body)]


def checks_in(
    draw: Draw, customer: int, person: str, store: str, receipt: tuple[int, int]
) -> list[Event]:
    """The phone tells the store who comes in, before some of the receipts (number, time in ms)."""
    phone = phone_of(customer)
    if phone is None or draw() >= CHECK_INS:
        return []
    number, time_ms = receipt
    body = CheckIn(place_id=store, category="own-store", user_subject=person)
    return [_event(phone, time_ms - BEFORE_MS, f"sim-{number}-check-in", body)]


def _event(phone: str, time_ms: int, event_id: str, body: Click) -> Event:
    return Event(
        event_id=event_id,
        subject=phone,
        event_time_ms=time_ms,
        topic=TOPIC,
        body=body,  # type: ignore[arg-type]  # every click of ours is one of the kinds
    )
