"""Contact memory as it is shown: permissions, contacts, answers, hours, tones, and open offers."""

import pytest
from msgspec import structs

from streams.core import events
from streams.core.events import Clicked, Delivered
from streams.core.fold import fold
from streams.core.genome.background import make_background
from streams.core.genome.genome import Genome
from streams.core.genome.reached import ContactShown
from streams.core.genome.reading import read_genome
from streams.core.kinds.bounds import Channel
from streams.core.profile.contact import OpenOffer
from tests.core.genomes import Happened, at_ms, known, read
from tests.strategies_profiles import FOLD, consent, event

MUTE_WARM = events.TraitMuted(trait="tone/warm", muted=True)


def contact(*happened: Happened, days: float) -> ContactShown:
    """What is known of contacts."""
    return read(*happened, days=days).contact


def answered(
    kind: type[Delivered | Clicked], times: int, *, channel: Channel = "email"
) -> list[Happened]:
    """So many outcomes of offers of the row `coffee`, a minute after noon each."""
    body = kind(offer_id="gone", channel=channel, offer_template="coffee")
    return [(number + 1 / 1_440, body) for number in range(times)]


def waiting(*happened: Happened, days: float, **offers: OpenOffer) -> Genome:
    """The genome when `offers` were open as all that happened."""
    profile = known()
    profile.contact.open_offers.update(offers)
    for number, (day, body) in enumerate(happened):
        fold(profile, event(f"e{number}", body, at_ms(day)), FOLD, now_ms=at_ms(day))
    return read_genome(profile, make_background(FOLD), at_ms(days))


def offer(**changes: object) -> OpenOffer:
    """An offer that was issued on day 0 and expires on day 10."""
    plain = OpenOffer("coffee", "email", "main", "marketing", at_ms(0), at_ms(10))
    return structs.replace(plain, **changes)


def test_every_consent_is_shown_with_who_took_it() -> None:
    """The latest word on each channel and purpose."""
    by_phone = structs.replace(consent(granted=False), source="phone")

    shown = contact(
        (0, consent(granted=True, channel="email")),
        (1, consent(granted=True)),
        (2, by_phone),
        days=3,
    )

    assert [structs.astuple(one) for one in shown.consents] == [
        ("*", "marketing", False, at_ms(2), "phone"),
        ("email", "marketing", True, at_ms(0), None),
    ]


def test_contacts_are_shown_by_channel_and_purpose() -> None:
    """Their decision times, as caps count them."""
    profile = known()
    profile.contact.contacts["email/marketing"] = [at_ms(0), at_ms(1)]

    (shown,) = read_genome(profile, make_background(FOLD), at_ms(2)).contact.contacts

    assert structs.astuple(shown) == ("email", "marketing", [at_ms(0), at_ms(1)])


def test_a_channel_is_known_by_how_it_is_answered() -> None:
    """Two of four: (2 + 1/2) / (4 + 1), by Jeffreys' prior; best at noon."""
    happened = [*answered(Delivered, 4), *answered(Clicked, 2)]

    (shown,) = contact(*happened, days=4).reach

    assert shown.channel == "email"
    assert shown.response.value == pytest.approx(0.5, abs=0.01)
    assert (shown.response.count, shown.response.sources) == (4, ["outcome"])
    assert (shown.best_hour, shown.best_hour_share) == (None, None)


def test_the_best_hour_needs_answers() -> None:
    """Three of them, all in the hour after noon."""
    (shown,) = contact(*answered(Clicked, 3), days=4).reach

    assert shown.best_hour == 12
    assert shown.best_hour_share is not None
    assert shown.best_hour_share.name == "12 h"
    assert shown.best_hour_share.measure == "share"


def test_a_few_deliveries_say_nothing_of_answers() -> None:
    """Below the minimum of evidence a channel is unknown."""
    (shown,) = contact(*answered(Delivered, 2), days=4).reach

    assert (shown.response.value, shown.response.count) == (None, 2)


def test_a_muted_channel_is_not_judged() -> None:
    """Nor used; whether it may be is still told."""
    mute = events.TraitMuted(trait="channel/email", muted=True)
    happened = [*answered(Clicked, 3), *answered(Clicked, 3, channel="web")]

    shown = read(*happened, (4, mute), (4, consent(granted=False, channel="email")), days=5)

    assert [one.channel for one in shown.contact.reach] == ["web"]
    assert [one.name for one in shown.buying.channels] == ["web"]
    assert [one.channel for one in shown.contact.consents] == ["email"]


def test_a_tone_is_preferred_when_it_is_answered_more_than_all_others() -> None:
    """Eight of eight against none of eight."""
    held = {f"w{n}": offer(tone="warm") for n in range(8)}
    held |= {f"d{n}": offer(tone="dry") for n in range(8)}
    outcomes: list[Happened] = [
        *((1, Clicked(offer_id=f"w{n}", channel="email")) for n in range(8)),
        *((1, Delivered(offer_id=f"d{n}", channel="email")) for n in range(8)),
    ]

    told = waiting(*outcomes, days=2, **held).contact
    muted = waiting(*outcomes, (1.5, MUTE_WARM), days=2, **held).contact

    assert [(one.name, one.count) for one in told.tones] == [("dry", 8), ("warm", 8)]
    assert told.tone is not None
    assert (told.tone.word, told.tone.count) == ("warm", 8)
    assert told.tone.why == "answered 94% of the time, more than other tones together"
    assert [one.name for one in muted.tones] == ["dry"]
    assert muted.tone is None


def test_one_tone_alone_is_no_preference() -> None:
    """It is over something else."""
    held = {f"w{n}": offer(tone="warm") for n in range(3)}
    outcomes: list[Happened] = [(1, Clicked(offer_id=one, channel="email")) for one in held]

    assert waiting(*outcomes, days=2, **held).contact.tone is None


def test_open_offers_say_how_far_they_came() -> None:
    """In the order in which they were issued; a shadow was never sent."""
    shown = waiting(
        days=5,
        a=offer(issued_ms=at_ms(4), item_id="sku-1"),
        b=offer(delivered=True),
        c=offer(issued_ms=at_ms(1), delivered=True, viewed=True),
        d=offer(issued_ms=at_ms(2), viewed=True, clicked=True),
        e=offer(issued_ms=at_ms(3), shadow=True),
    ).contact.open_offers

    assert [(one.offer_id, one.state) for one in shown] == [
        ("b", "delivered"),
        ("c", "viewed"),
        ("d", "clicked"),
        ("e", "held out"),
        ("a", "issued"),
    ]
    assert (shown[4].item_id, shown[3].shadow) == ("sku-1", True)


@pytest.mark.parametrize(("days", "count"), [(9.9, 1), (10, 0)])
def test_an_expired_offer_waits_for_nothing(days: float, count: int) -> None:
    """Its expiry itself is too late."""
    assert len(waiting(days=days, a=offer()).contact.open_offers) == count


def test_earlier_offers_are_shown_with_what_became_of_them() -> None:
    """By catalogue row, the latest first, equal ones by name; what never happened is not listed."""
    rows = [("b", events.Rejected), ("a", events.Dismissed), ("b", Delivered)]
    happened: list[Happened] = [
        (float(at), kind(offer_id="gone", channel="email", offer_template=row))
        for at, (row, kind) in zip((0, 1, 1), rows, strict=True)
    ]

    shown = contact(*happened, days=2).tried

    assert [(one.offer, one.outcomes, one.last_ms) for one in shown] == [
        ("a", {"dismissed": 1}, at_ms(1)),
        ("b", {"delivered": 1, "rejected": 1}, at_ms(1)),
    ]


def test_what_the_customer_said_is_told_the_latest_first() -> None:
    """Words that were taken back are not: they say nothing any more."""
    words: list[events.Body] = [
        events.TraitCorrected(trait="topic/music", share=0.8, source="phone"),
        events.TraitMuted(trait="topic/*", muted=True),
        events.Suppressed(scope="brand", name="Acme", suppressed=True),
        events.TraitCorrected(trait="topic/tea", share=0.8, withdrawn=True),
        events.TraitMuted(trait="topic/tea", muted=False),
        events.Suppressed(scope="brand", name="Bolt", suppressed=False),
    ]

    shown = read(*((float(at), one) for at, one in enumerate(words)), days=9).stated

    assert [(one.kind, one.name, one.share, one.source) for one in shown] == [
        ("never", "brand:Acme", None, None),
        ("muted", "topic/*", None, None),
        ("corrected", "topic/music", 0.8, "phone"),
    ]
