"""The policy file's `moments`, `answers` and `tones`: the usual ones where it says nothing."""

from dataclasses import fields as dataclass_fields
from dataclasses import replace
from typing import Any

from streams.codec.yaml_tree import Fields
from streams.core.care_policy import (
    AnswerPolicy,
    CarePolicy,
    Level,
    MomentPolicy,
    TimerPolicy,
    TonePolicy,
    Urgency,
)
from streams.core.fold_policy import DAY_MS
from streams.core.profile.profile import NAME_MAX
from streams.core.profile.situation import LOOKS_MAX

AGE_MIN_MS = 60_000
AGE_MAX_MS = 90 * DAY_MS
COUNT_MAX = 1_000_000_000
WEIGHT_MAX = 100.0
LIFT_MAX = 5.0
LOYAL_MAX = 64


def read_care(policy: Fields) -> CarePolicy:
    """What the policy says of moments, answers and tones; problems are reported and read over."""
    return CarePolicy(
        moments=_read_moments(policy.mapping("moments")),
        answers=_read_answers(policy.mapping("answers")),
        tones=_read_tones(policy.mapping("tones")),
    )


def said(policy: CarePolicy | TimerPolicy, *always: str) -> dict[str, Any]:
    """What differs from the usual, and `always`: a new setting changes no old policy version."""
    usual = type(policy)()
    return {
        one.name: getattr(policy, one.name)
        for one in dataclass_fields(policy)
        if one.name in always or getattr(policy, one.name) != getattr(usual, one.name)
    }


def _read_moments(fields: Fields | None) -> MomentPolicy:
    usual = MomentPolicy()
    if fields is None:
        return usual
    streak, influence = fields.mapping("view_streak"), fields.mapping("influence")
    made = usual
    if streak is not None:
        made = replace(
            made,
            streak_views=streak.whole("views", 2, LOOKS_MAX, usual.streak_views),
            streak_within_ms=streak.duration_ms(
                "within", AGE_MIN_MS, AGE_MAX_MS, usual.streak_within_ms
            ),
        )
        streak.close()
    if influence is not None:
        made = replace(
            made,
            influence_audience=influence.whole("followers", 1, COUNT_MAX, usual.influence_audience),
            influence_voice=influence.number("voice", 0.0, 1.0, usual.influence_voice),
        )
        influence.close()
    if fields.take("praise_reasons"):
        reasons = fields.texts("praise_reasons")
        made = replace(made, praise_reasons=frozenset(one.lower() for one in reasons))
    if fields.take("loyal_purchases"):
        made = replace(made, loyal_purchases=_read_numbers(fields, "loyal_purchases"))
    fields.close()
    return made


def _read_numbers(fields: Fields, name: str) -> tuple[int, ...]:
    texts = fields.texts(name)
    if len(texts) > LOYAL_MAX:
        fields.report(name, f"expected at most {LOYAL_MAX} numbers, got {len(texts)}")
    wrong = [one for one in texts if not (one.isascii() and one.isdigit() and int(one) > 0)]
    if wrong:
        fields.report(name, f"expected whole numbers from 1, got {wrong[0]!r}")
        return ()
    return tuple(sorted(int(one) for one in texts))


def _read_answers(fields: Fields | None) -> AnswerPolicy:
    usual = AnswerPolicy()
    if fields is None:
        return usual
    made = AnswerPolicy(
        age_weight=fields.number("age_weight", 0.0, WEIGHT_MAX, usual.age_weight),
        severity_weight=fields.number("severity_weight", 0.0, WEIGHT_MAX, usual.severity_weight),
        value_weight=fields.number("value_weight", 0.0, WEIGHT_MAX, usual.value_weight),
        influence_weight=fields.number("influence_weight", 0.0, WEIGHT_MAX, usual.influence_weight),
        age_half_ms=fields.duration_ms("age_half", AGE_MIN_MS, AGE_MAX_MS, usual.age_half_ms),
        spend_half_minor=fields.whole("spend_half_minor", 1, COUNT_MAX, usual.spend_half_minor),
        audience_half=fields.whole("audience_half", 1, COUNT_MAX, usual.audience_half),
        levels=_read_levels(fields.mapping("levels"), usual.levels),
    )
    weights = (made.age_weight, made.severity_weight, made.value_weight, made.influence_weight)
    if not any(weights):
        fields.report("severity_weight", "expected one of the four weights above 0")
    fields.close()
    return made


def _read_levels(fields: Fields | None, usual: tuple[Level, ...]) -> tuple[Level, ...]:
    """All four, from the most urgent on; the scores at which they begin must fall."""
    if fields is None:
        return usual
    found: list[Level] = []
    for name in Urgency:
        level = fields.mapping(name)
        if level is None:
            fields.report(name, "is missing")
            continue
        last = name is Urgency.LOW
        found.append(
            Level(
                urgency=name,
                score_min=0.0 if last else level.number("score_min", 0.0, 1.0),
                due_ms=level.duration_ms("due", AGE_MIN_MS, AGE_MAX_MS),
            )
        )
        if len(found) > 1 and found[-2].score_min <= found[-1].score_min:
            level.report("score_min", f"expected less than {found[-2].score_min}, that above")
        level.close()
    fields.close()
    return tuple(found) or usual


def _read_tones(fields: Fields | None) -> TonePolicy:
    usual = TonePolicy()
    if fields is None:
        return usual
    made = TonePolicy(
        strained=frozenset(fields.texts("strained", length_max=NAME_MAX)),
        strained_below=fields.number("strained_below", 0.0, 1.0, usual.strained_below),
        content=frozenset(fields.texts("content", length_max=NAME_MAX)),
        content_above=fields.number("content_above", 0.0, 1.0, usual.content_above),
        lift=fields.number("lift", 1.0, LIFT_MAX, usual.lift),
    )
    if made.content_above < made.strained_below:
        fields.report(
            "content_above", f"expected at least {made.strained_below}, as strained_below"
        )
    fields.close()
    return made
