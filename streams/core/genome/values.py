"""The value system: what purchases reveal, what words say, and where the two contradict.

A value is -1 (chosen against) to 1 (chosen for). Each article bought speaks for or against a value
by what the lexicon says of its attributes; what is said in words is a weak prior beside that, worth
at most `SAID_MAX` purchases. Where both are known and point apart, the contradiction is told and
the purchases count alone.
"""

from math import sqrt

from streams.core.decay import Trait, decayed
from streams.core.evidence import source_words
from streams.core.genome.background import Reading
from streams.core.genome.tastes import Origin, TraitShown, ValueShown
from streams.core.genome.traits import NORMAL_90, means
from streams.core.profile.stated import MUTED, SAID, effective_share
from streams.core.profile.taste import AGAINST
from streams.core.words.lexicon import VALUES

SAID_MAX = 2.0
"""What any number of words weighs, in purchases that speak for or against the value."""
SAID_EACH = 0.5
POINTS_APART = 0.05
"""Below so much on either side of 0 a value points nowhere."""


def values(reading: Reading) -> list[ValueShown]:
    """Those of the eight values of which anything is known, the strongest first."""
    said = {one.name: one for one in means(reading, reading.profile.worlds.values)}
    shown: list[ValueShown] = []
    for name in VALUES:
        revealed = _revealed(reading, name)
        one = _value(reading, name, revealed, said.get(name))
        if one is not None:
            shown.append(one)
    shown.sort(key=lambda one: (one.value is None, -abs(one.value or 0.0), one.name))
    return shown


def _revealed(reading: Reading, name: str) -> TraitShown | None:
    """Weight for less weight against, over their sum, with a normal interval."""
    sums, now_ms = reading.profile.taste.values, reading.now_ms
    nothing = Trait(0.0, 0, 0)
    held = sums.traits.get(name, nothing), sums.traits.get(AGAINST + name, nothing)
    count = held[0].count + held[1].count
    if not count:
        return None
    towards, against = (max(decayed(sums, one.weight, now_ms), 0.0) for one in held)
    weight = towards + against
    known = count >= reading.evidence_min and weight > 0.0
    value = (towards - against) / weight if known else None
    low, high = _interval(value, min(weight, count))
    return TraitShown(
        name=name,
        measure="mean",
        value=value,
        low=low,
        high=high,
        count=count,
        weight=weight,
        last_ms=max(one.last_ms for one in held) or None,
        sources=[*source_words(held[0].sources | held[1].sources)],
        origin="inferred" if known else "unknown",
        why=f"articles for it {held[0].count}, against it {held[1].count}",
    )


def _value(
    reading: Reading, name: str, revealed: TraitShown | None, said: TraitShown | None
) -> ValueShown | None:
    share, origin = effective_share(None, reading.profile.stated, "value", name)
    if origin == MUTED or (revealed is None and said is None and origin != SAID):
        return None
    value, weight, contradiction = _both(revealed, said)
    word: Origin = "unknown" if value is None else "inferred"
    if origin == SAID:
        value, word = share, "said"
    low, high = _interval(value, weight)
    return ValueShown(
        name=name,
        value=value,
        low=low,
        high=high,
        revealed=revealed,
        said=said,
        contradiction=contradiction,
        origin=word,
    )


def _both(
    revealed: TraitShown | None, said: TraitShown | None
) -> tuple[float | None, float, str | None]:
    """(value, how many purchases it rests on, what contradicts)."""
    bought = revealed.value if revealed is not None else None
    spoken = said.value if said is not None else None
    words = min(SAID_MAX, SAID_EACH * said.count) if said is not None else 0.0
    if revealed is None or bought is None:
        return spoken, words, None
    if spoken is None:
        return bought, revealed.weight, None
    if abs(bought) > POINTS_APART < abs(spoken) and bought * spoken < 0.0:
        why = f"says {spoken:+.2f} and buys {bought:+.2f}"
        return bought, revealed.weight, why
    weight = revealed.weight + words
    return (bought * revealed.weight + spoken * words) / weight, weight, None


def _interval(value: float | None, weight: float) -> tuple[float, float]:
    """Of a mean of values -1 and 1, two of which are added: one for and one against."""
    if value is None:
        return -1.0, 1.0
    trials = weight + 2.0
    middle = value * weight / trials
    spread = NORMAL_90 * sqrt(max(1.0 - middle * middle, 0.0) / trials)
    return max(min(middle - spread, value), -1.0), min(max(middle + spread, value), 1.0)
