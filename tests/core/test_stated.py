"""What customers say about themselves: the latest word holds, and it wins over inference."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core import events
from streams.core.decay import decayed
from streams.core.kinds.outcome import NEVER_SCOPES, TRAIT_GROUPS, TRAIT_PATTERN
from streams.core.profile.profile import NAME_MAX, Profile, new_profile
from streams.core.profile.stated import (
    CORRECTIONS_MAX,
    INFERRED,
    MUTED,
    MUTES_MAX,
    NEVER_MAX,
    SAID,
    SOURCE_MAX,
    UNKNOWN,
    Correction,
    Mute,
    Never,
    Stated,
    correct,
    effective_share,
    is_muted,
    merge_stated,
    mute,
    said_share,
    suppress,
    suppresses,
    view_never,
)
from tests.codec.schema_files import SCHEMAS
from tests.strategies_profiles import FEW, NOON, event, folded, offer, policy, run, view


def corrected(share: float, *, withdrawn: bool = False) -> events.TraitCorrected:
    """The customer says how much gardening they are."""
    return events.TraitCorrected(trait="topic/gardening", share=share, withdrawn=withdrawn)


def muted(trait: str = "topic/gardening", *, on: bool = True) -> events.TraitMuted:
    """The customer mutes a trait, or lifts that."""
    return events.TraitMuted(trait=trait, muted=on)


def never(name: str = "sku-1", *, on: bool = True) -> events.Suppressed:
    """The customer never wants a product, or takes that back."""
    return events.Suppressed(scope="product", name=name, suppressed=on)


def rejected(reason: str, **changes: str) -> events.Rejected:
    """A no to an offer that is not held, for a reason."""
    return events.Rejected(offer_id="gone", channel="email", reason=reason, **changes)


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ([], None),
        ([corrected(0.8)], 0.8),
        ([corrected(0.8), corrected(0.0)], 0.0),
        ([corrected(0.8), corrected(0.8, withdrawn=True)], None),
        ([corrected(0.8, withdrawn=True), corrected(0.8)], 0.8),
    ],
)
def test_the_latest_correction_holds(history: list[events.Body], expected: float | None) -> None:
    """Nought is "not me"; a correction taken back says nothing."""
    stated = folded(*history).stated

    assert said_share(stated, "topic", "gardening") == expected
    assert said_share(stated, "topic", "music") is None


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ([], False),
        ([muted()], True),
        ([muted(), muted(on=False)], False),
        ([muted("topic/*")], True),
        ([muted("topic/music")], False),
        ([muted("topic/*"), muted(on=False)], False),
        ([muted(on=False), muted("topic/*")], True),
        ([muted(), muted("topic/*", on=False)], False),
        ([muted("brand/*")], False),
    ],
)
def test_a_mute_is_the_later_word_on_trait_and_group(
    history: list[events.Body],
    expected: bool,  # noqa: FBT001  # a table
) -> None:
    """For gardening, one of the topics."""
    assert is_muted(folded(*history).stated, "topic", "gardening") is expected


def test_a_suppression_holds_until_it_is_taken_back() -> None:
    """Of that product alone; what a decision reads is sorted."""
    stated = folded(never("sku-2"), never("sku-1"), never("sku-3"), never("sku-3", on=False)).stated

    assert suppresses(stated, "product", "sku-1")
    assert not suppresses(stated, "product", "sku-3")
    assert not suppresses(stated, "brand", "sku-1")
    assert view_never(stated) == ("product:sku-1", "product:sku-2")


def test_nobody_who_said_nothing_suppresses_anything() -> None:
    """The usual case, and the cheap one."""
    stated = Stated()

    assert view_never(stated) == ()
    assert not suppresses(stated, "product", "sku-1")


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (rejected("never-this-item", item_id="sku-1"), ("product:sku-1",)),
        (rejected("never-this-item", name="sku-1"), ("product:sku-1",)),
        (rejected("never-this-brand", name="Acme", item_id="sku-1"), ("brand:Acme",)),
        (rejected("never-this-category", name="tea"), ("category:tea",)),
        (rejected("never-this-attribute", name="size=M"), ("attribute:size=M",)),
        (rejected("never-this-brand", item_id="sku-1"), ()),
        (rejected("never-this-item"), ()),
        (rejected("too-dear", item_id="sku-1"), ()),
    ],
)
def test_a_no_for_ever_is_a_suppression(
    outcome: events.Rejected, expected: tuple[str, ...]
) -> None:
    """By the reason; one that names nothing is a rejection only."""
    profile = folded(outcome)

    assert view_never(profile.stated) == expected
    assert profile.counts == {"rejected": 1}


def test_a_no_for_ever_to_an_open_offer_means_its_item() -> None:
    """The channel need not know what the offer was about."""
    rules = policy(offer())
    profile = new_profile("customer:1")
    run(profile, [event("a", view())], rules)
    (offer_id,) = profile.contact.open_offers
    refused = events.Rejected(offer_id=offer_id, channel="web", reason="never-this-item")

    run(profile, [event("b", refused, NOON + 1)], rules)

    assert view_never(profile.stated) == ("product:sku-1",)
    assert profile.stated.never["product:sku-1"].source == "web"


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ([], (0.3, INFERRED)),
        ([corrected(0.0)], (0.0, SAID)),
        ([muted()], (None, MUTED)),
        ([corrected(0.9), muted("topic/*")], (None, MUTED)),
        ([corrected(0.9), muted(), muted(on=False)], (0.9, SAID)),
    ],
)
def test_what_the_customer_says_wins_over_inference(
    history: list[events.Body], expected: tuple[float | None, str]
) -> None:
    """A mute wins over a correction: it says not to use the trait at all."""
    stated = folded(*history).stated

    assert effective_share(0.3, stated, "topic", "gardening") == expected


def test_a_trait_that_nobody_knows_is_unknown() -> None:
    """Neither inferred nor said."""
    assert effective_share(None, Stated(), "topic", "gardening") == (None, UNKNOWN)


def test_names_and_sources_are_cut() -> None:
    """A profile keeps so much of a name, in all three."""
    name, source = "n" * 200, "s" * 64
    stated = folded(
        events.TraitCorrected(trait=f"topic/{name}", share=1.0, source=source),
        events.TraitMuted(trait=f"topic/{name}", muted=True, source=source),
        events.Suppressed(scope="brand", name=name, suppressed=True, source=source),
    ).stated

    assert said_share(stated, "topic", name[:NAME_MAX]) == 1.0
    assert is_muted(stated, "topic", name[:NAME_MAX])
    assert stated.never[f"brand:{name[:NAME_MAX]}"].source == source[:SOURCE_MAX]


def test_beyond_the_bound_a_correction_taken_back_goes_first_then_the_oldest() -> None:
    """What is dropped reads as never said."""
    stated = Stated()
    correct(stated, "topic/back", Correction(1.0, CORRECTIONS_MAX, 0, withdrawn=True))
    for number in range(CORRECTIONS_MAX):
        correct(stated, f"topic/{number}", Correction(1.0, number, 0))
    assert "topic/back" not in stated.corrections
    assert len(stated.corrections) == CORRECTIONS_MAX

    correct(stated, "topic/new", Correction(1.0, 99, 0))

    assert "topic/0" not in stated.corrections
    assert len(stated.corrections) == CORRECTIONS_MAX


def test_mutes_and_suppressions_have_bounds_too() -> None:
    """The oldest goes."""
    stated = Stated()
    for number in range(MUTES_MAX + 1):
        mute(stated, f"topic/{number}", Mute(muted=True, at_ms=number, tie=0))
    for number in range(NEVER_MAX + 1):
        suppress(stated, "brand", str(number), Never(suppressed=True, at_ms=number, tie=0))

    assert not is_muted(stated, "topic", "0")
    assert len(stated.muted) == MUTES_MAX
    assert not suppresses(stated, "brand", "0")
    assert len(stated.never) == NEVER_MAX


_statements = st.one_of(
    st.builds(corrected, st.floats(0, 1), withdrawn=st.booleans()),
    st.builds(muted, st.sampled_from(["topic/*", "topic/gardening"]), on=st.booleans()),
    st.builds(never, st.sampled_from(["sku-1", "sku-2"]), on=st.booleans()),
    st.builds(rejected, st.sampled_from(sorted(NEVER_SCOPES)), name=st.sampled_from(["a", "b"])),
)
_histories = st.lists(st.tuples(_statements, st.integers(0, 5)), max_size=15).map(
    lambda drawn: [event(f"e{n}", body, NOON + at) for n, (body, at) in enumerate(drawn)]
)


def _folded(history: list[events.Event]) -> Profile:
    profile = new_profile("customer:1")
    run(profile, history)
    return profile


@FEW
@given(_histories, st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(
    history: list[events.Event], order: random.Random
) -> None:
    """The same words, whichever came first; two at one time are told apart by their ids."""
    shuffled = order.sample(history, len(history))

    assert _folded(shuffled).stated == _folded(history).stated


@FEW
@given(_histories, st.integers(0, 15))
def test_merging_two_halves_equals_the_whole(history: list[events.Event], cut: int) -> None:
    """What was said as two identifiers of one person."""
    into, other = _folded(history[:cut]).stated, _folded(history[cut:]).stated

    merge_stated(into, other)

    assert into == _folded(history).stated


def test_schema_and_code_know_the_same_traits() -> None:
    """The closed set of groups; a correction is never about a whole group."""
    definitions = SCHEMAS["channel.outcome.v1"]["$defs"]

    assert definitions["TraitCorrected"]["properties"]["trait"]["pattern"] == TRAIT_PATTERN
    assert all(f"{group}" in TRAIT_PATTERN for group in TRAIT_GROUPS)


def referral(currency: str, margin_minor: int) -> events.Referred:
    """Somebody bought by this customer's code."""
    return events.Referred(code="ADA-10", currency=currency, margin_minor=margin_minor)


@pytest.mark.parametrize(
    "history",
    [
        [referral("EUR", 500), referral("EUR", 300), referral("EUR", -300), referral("USD", 7)],
        [referral("USD", 7), referral("EUR", 500)],
    ],
)
def test_the_margin_of_referrals_is_summed_in_one_currency(history: list[events.Body]) -> None:
    """The first in the alphabet, in whatever order they come; a return takes its margin back."""
    care = folded(*history).care

    assert care.referral_currency == "EUR"
    assert care.referrals.count == 1
    assert decayed(care.referrals, care.referrals.weight, NOON) == pytest.approx(500, rel=1e-3)
