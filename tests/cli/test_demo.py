"""What the demo shows is what it was told."""

import pytest
from rich.console import Console

from streams.cli.demo_channels import Clock
from streams.cli.demo_stage import environment
from streams.cli.demo_view import (
    EMBEDDED,
    Numbers,
    Picture,
    offer_line,
    read_numbers,
    screen,
    status_line,
    summary,
    varied,
)
from streams.cli.main import main
from streams.config import Settings
from streams.core.decide.record import Action, OfferId, OfferMessage, Pitch, Price, Product

METRICS = """
# HELP streams_events_total Events committed.
# TYPE streams_events_total counter
streams_events_total{outcome="applied",topic="pos.transaction.v1"} 40.0
streams_events_total{outcome="applied",topic="clickstream.event.v1"} 2.0
streams_events_total{outcome="late",topic="clickstream.event.v1"} 1.0
# TYPE streams_decisions_total counter
streams_decisions_total{result="offer"} 7.0
# TYPE streams_gates_total counter
streams_gates_total{gate="quiet_hours"} 3.0
# TYPE streams_partitions_ready gauge
streams_partitions_ready 4.0
"""


def offer(**changes: object) -> OfferMessage:
    """Half a dollar off bread, by the till."""
    values = {
        "offer_id": OfferId("0" * 32),
        "action": Action.ISSUE,
        "sequence": 1,
        "subject": "customer:900",
        "channel": "store",
        "slot": "main",
        "offer": "campaign-13-coupon-5",
        "purpose": "marketing",
        "reason": "you just bought butter",
        "issued_at_ms": 1_501_545_600_000,
        "cause_id": "pos:330:1:2017-08-01:1",
        "policy_version": "v",
        "pitch": Pitch(treatment="coupon", text="0.50 USD off Bread"),
        "product": Product("7", "Bread 16 oz"),
        "price": Price("coupon", "USD", 50, 300, 250),
    }
    return OfferMessage(**(values | changes))  # type: ignore[arg-type]  # the fields above


def picture(**changes: object) -> Picture:
    """Three offers, two of them issued, one withdrawn."""
    values = {
        "elapsed_s": 2.0,
        "embedded": True,
        "day": "2017-08-08",
        "sent": {"/complete-journey/receipts": 30, "/simulated/clickstream": 60},
        "rate": 45.0,
        "lag": 3,
        "throttled": False,
        "numbers": read_numbers(METRICS),
        "offers": {("store", "issue"): 1, ("app", "supersede"): 1, ("app", "withdraw"): 1},
        "latency_ms": (14.4, 88.0),
        "latest": (offer(),),
    }
    return Picture(**(values | changes))  # type: ignore[arg-type]  # the fields above


def shown(one: Picture) -> str:
    """The screen as text."""
    console = Console(width=160, record=True, file=None, quiet=False)
    with console.capture() as capture:
        console.print(screen(one))
    return capture.get()


def test_numbers_are_summed_over_topics() -> None:
    """40 receipts and 2 clicks were applied, 1 was late."""
    assert read_numbers(METRICS) == Numbers(
        events={"applied": 42, "late": 1}, decisions={"offer": 7}, gates={"quiet_hours": 3}, ready=4
    )


def test_offer_is_told_with_price_and_reason() -> None:
    """To whom, where, what, for how much, and why."""
    assert offer_line(offer()) == (
        "customer:900 store offer: 0.50 USD off Bread, here Bread 16 oz "
        "(2.50 USD instead of 3.00 USD), because you just bought butter"
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"reason": "you just bought Bread 16 oz"},
        {"pitch": Pitch(treatment="coupon", text="Bread 16 oz, 0.50 USD off")},
        {"product": Product("7")},
        {"product": None},
    ],
)
def test_article_is_named_once(changes: dict[str, object]) -> None:
    """Where pitch or reason name it, or nobody does, it is not said again."""
    assert ", here " not in offer_line(offer(**changes))


def test_offer_without_known_price_tells_what_is_taken_off() -> None:
    """Nobody named a price, so none is claimed."""
    line = offer_line(offer(price=Price("coupon", "USD", 50)))

    assert "(0.50 USD off)" in line


def test_control_characters_of_an_event_do_not_reach_the_terminal() -> None:
    """An escape sequence in a product's name is spelled out."""
    assert "\x1b" not in offer_line(offer(reason="you looked at \x1b[2J"))
    assert "\x1b[2J" not in shown(picture(latest=(offer(reason="\x1b[2J"),)))


def test_screen_says_what_is_real_and_what_is_simulated() -> None:
    """Shares, the limits of the embedded broker, and the offer with its reason."""
    text = shown(picture())

    assert "30 real and 60 simulated events" in text
    assert "clicks, posts, deliveries: simulated" in text
    assert "not exactly once" in text
    assert "you just bought butter" in text


def test_own_kafka_is_exactly_once() -> None:
    """The sentence about the embedded broker is not shown where it does not hold."""
    assert "not exactly once" not in shown(picture(embedded=False))
    assert EMBEDDED not in "".join(summary(picture(embedded=False), redeemed=0, accepted=0))


def test_status_line_counts_offers_that_were_made() -> None:
    """Two issued; the withdrawal is none."""
    line = status_line(picture())

    assert "2 offers" in line
    assert "event to offer p50 14 ms, p99 88 ms" in line
    assert "no offer yet" in status_line(picture(latency_ms=None))


def test_summary_tells_how_many_redeemed_coupons_we_had_offered() -> None:
    """Also when it is none."""
    lines = "\n".join(summary(picture(), redeemed=9, accepted=0))

    assert "on the days shown: 9; we had offered 0 of them before" in lines


def test_varied_takes_the_newest_of_each_channel() -> None:
    """Thanks for a hundred posts must not hide the coupons."""
    social, late = offer(channel="social"), offer(channel="social", sequence=2)

    assert varied((offer(), social, late), 3) == [late, offer()]
    assert varied((offer(), social, late), 1) == [late]


def test_age_of_an_offer_is_known_by_its_cause() -> None:
    """A cause that was never sent, such as a timer, has none."""
    clock = Clock()
    clock.sent("a")

    since_s = clock.since("a")
    assert since_s is not None
    assert since_s >= 0
    assert clock.since("timer") is None


def test_worker_of_the_demo_reads_the_settings_it_was_given() -> None:
    """Through the environment and back, pass-through properties included."""
    settings = Settings(
        broker_urls="kafka://127.0.0.1:1", http_port=7, kafka={"sasl.password": "x"}
    )

    assert Settings.from_env(environment(settings)) == settings


@pytest.mark.parametrize("wrong", [["--rate", "0"], ["--duration-s", "-1"]])
def test_demo_refuses_impossible_speeds(wrong: list[str], capsys: pytest.CaptureFixture) -> None:  # type: ignore[type-arg]  # of str
    """One sentence and exit code 2, before anything is started."""
    assert main(["demo", *wrong]) == 2
    assert "expected more than 0" in capsys.readouterr().err
