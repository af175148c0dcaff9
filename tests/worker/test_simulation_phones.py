"""Phones of the simulation: who has one, and what it does unknown and known."""

from streams.core import events
from streams.core.events import Event
from streams.worker.simulation.phones import checks_in, logs_in, on_phone, phone_of
from tests.strategies_profiles import NOON, event, view

NEVER, ALWAYS = (lambda: 0.99), (lambda: 0.0)


def clicked(body: events.Body) -> Event:
    """The event of a customer."""
    return event("e", body, NOON, "customer:9")


def test_every_third_customer_clicks_on_a_phone() -> None:
    """The same click, keyed by the phone; others stay themselves."""
    assert (phone_of(9), phone_of(10)) == ("device:phone-9", None)
    assert on_phone(clicked(view()), 9).subject == "device:phone-9"
    assert on_phone(clicked(view()), 10) == clicked(view())
    assert on_phone(clicked(events.Closed(channel="phone", case_id="c")), 9).subject == "customer:9"


def test_a_login_comes_from_a_device() -> None:
    """Nobody logs in as themselves from themselves."""
    login = clicked(events.Login(user_subject="customer:10"))

    assert on_phone(login, 10).subject == "device:browser-10"


def test_some_sessions_log_in_and_some_visits_check_in() -> None:
    """As the draw has it; without a phone neither."""
    (login,) = logs_in(ALWAYS, 9, "customer:9", "s", NOON)
    (here,) = checks_in(ALWAYS, 9, "customer:9", "store-1", (7, NOON))

    assert isinstance(login.body, events.Login)
    assert isinstance(here.body, events.CheckIn)
    assert (here.body.user_subject, here.event_time_ms) == ("customer:9", NOON - 180_000)
    assert logs_in(NEVER, 9, "customer:9", "s", NOON) == []
    assert checks_in(ALWAYS, 10, "customer:10", "store-1", (7, NOON)) == []
