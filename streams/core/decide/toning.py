"""Tones: how the customer likes to be spoken to, and what suits how things went between us."""

from streams.core.decay import decayed
from streams.core.decide.view import ToneFact, View
from streams.core.decision_policy import DecisionPolicy
from streams.core.genome.contact import trials_of
from streams.core.offers import Policy
from streams.core.profile.care import BAD, GOOD, Care
from streams.core.profile.profile import Profile
from streams.core.profile.responses import outcomes_at
from streams.core.profile.stated import is_muted, said_share


def tone_facts(profile: Profile, tones: frozenset[str], now_ms: int) -> dict[str, ToneFact]:
    """What is known of each of `tones`; one that the customer muted is not."""
    responses, stated = profile.contact.responses.tones, profile.stated
    if not responses and not stated.corrections:
        return {}
    found: dict[str, ToneFact] = {}
    for tone in sorted(tones):
        held, said = responses.get(tone), said_share(stated, "tone", tone)
        if (held is None and said is None) or is_muted(stated, "tone", tone):
            continue
        responded, tried = (0.0, 0.0) if held is None else trials_of(outcomes_at(held, now_ms))
        found[tone] = ToneFact(responded, tried, said)
    return found


def balance_of(care: Care, evidence_min: int, now_ms: int) -> float | None:
    """The share of good moments among good and bad ones, decayed; None below `evidence_min`.

    Source: DOMAIN, words: experience balance, which feeds suitability and tone.
    """
    good, bad = care.moments.traits.get(GOOD), care.moments.traits.get(BAD)
    if (good.count if good else 0) + (bad.count if bad else 0) < evidence_min:
        return None
    scale = decayed(care.moments, 1.0, now_ms)
    well = good.weight * scale if good else 0.0
    badly = bad.weight * scale if bad else 0.0
    return (well + 0.5) / (well + badly + 1.0)


def tone_lifts(view: View, policy: Policy) -> dict[str, float]:
    """Tone -> how much likelier it makes an acceptance; 1 for one that is not there.

    By the rate of responses to it, shrunk towards that to all tones, or by the customer's own word,
    which wins; then by the balance of good and bad moments. Bounded like every lift.

    Source: DOMAIN, words: tone preference is learned from outcomes.
    """
    decision = policy.decision
    lifts = _liked(view.tones, decision)
    balance, tones = view.balance, policy.care.tones
    if balance is None:
        return lifts
    suiting: frozenset[str] = frozenset()
    if balance < tones.strained_below:
        suiting = tones.strained
    elif balance > tones.content_above:
        suiting = tones.content
    for tone in suiting:
        lifts[tone] = _bounded(lifts.get(tone, 1.0) * tones.lift, decision)
    return lifts


def _liked(tones: dict[str, ToneFact], policy: DecisionPolicy) -> dict[str, float]:
    if not tones:
        return {}
    known = tones.values()
    strength = policy.prior_strength
    usual = (sum([one.responded for one in known]) + 0.5) / (
        sum([one.tried for one in known]) + 1.0
    )
    lifts: dict[str, float] = {}
    for tone, one in tones.items():
        lift = (one.responded + strength * usual) / ((one.tried + strength) * usual)
        if one.said is not None:  # 0 is the least there may be, 1 the most
            lift = policy.lift_min ** (1.0 - one.said) * policy.lift_max**one.said
        lifts[tone] = _bounded(lift, policy)
    return lifts


def _bounded(lift: float, policy: DecisionPolicy) -> float:
    return min(max(lift, policy.lift_min), policy.lift_max)
