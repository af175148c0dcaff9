"""Propensities as the log has them: what was taken comes out as often as they say, caps on."""

from collections import Counter, defaultdict
from functools import cache
from itertools import islice
from math import sqrt

from msgspec import structs
from scipy.stats import chi2

from streams.codec.outputs import decode_decision, encode_decision
from streams.core.decide.decide import decide
from streams.core.decide.record import Candidate, DecisionRecord, Gate
from streams.core.profile.profile import Profile, new_profile
from streams.core.step import step
from streams.worker.simulation.generator import generate
from tests.cli.decisions import shipped
from tests.strategies_profiles import consent, event

EVENTS, CUSTOMERS = 60_000, 1_500
START_MS = 1_772_000_000_000
STEP_US = 3_000_000  # a customer comes about once an hour, for two days
CONTEXTS, DRAWS = 100, 400
SEEN_MIN = 200
EXPECTED_MIN = 5.0
ALPHA = 1e-4
Action = tuple[str, str, str, str]
SILENCE: Action = ("", "", "", "")


@cache
def emitted() -> list[DecisionRecord]:
    """Decisions of simulated customers by the shipped policy, as the log gives them back."""
    policy = shipped()
    profiles: dict[str, Profile] = {}
    feed = generate(seed=5, customers=CUSTOMERS, start_ms=START_MS, step_us=STEP_US)
    found = []
    for number, one in enumerate(islice(feed, EVENTS)):
        subject, now_ms = one.event.subject, one.event.event_time_ms
        if subject not in profiles:
            profiles[subject] = asked_all(subject)
        profile = profiles[subject]
        result = step(profile, one.event, policy=policy, now_ms=now_ms, fold_sequence=number)
        if result.decision is not None:
            found.append(decode_decision(encode_decision(result.decision)[0]))
    return found


def asked_all(subject: str) -> Profile:
    """Somebody who may be written to by every channel."""
    profile = new_profile(subject)
    said = event("consent", consent(granted=True), START_MS - 1, subject)
    step(profile, said, policy=shipped(), now_ms=START_MS, fold_sequence=0)
    return profile


def action(one: Candidate) -> Action:
    """What was considered, without its value."""
    return one.offer, one.treatment, one.price_level, one.channel


def taken(record: DecisionRecord) -> Action:
    """What the draw took."""
    one = record.chosen
    if one is None:
        return SILENCE
    return one.offer, one.pitch.treatment, str(one.price_level), one.channel


def chances(record: DecisionRecord) -> dict[Action, float]:
    """Action -> its propensity; silence is one."""
    found = {action(one): one.propensity for one in record.candidates if one.propensity > 0.0}
    return {**found, SILENCE: record.silence_propensity}


def test_each_action_is_taken_as_often_as_its_propensities_say() -> None:
    """The mean of 1{taken} / p is 1 within 3.9 standard errors, of every action with support.

    3.9: some hundred actions are looked at, and one in ten thousand may stray by chance.
    """
    weights: dict[Action, list[float]] = defaultdict(list)
    for record in emitted():
        if record.silence_propensity < 1.0:
            it = taken(record)
            for one, chance in chances(record).items():
                if chance > 0.0:
                    weights[one].append((one == it) / chance - 1.0)
    judged = {one: held for one, held in weights.items() if len(held) >= SEEN_MIN}
    strayed = {
        one: (mean, error)
        for one, held in judged.items()
        if abs(mean := sum(held) / len(held))
        > 3.9 * (error := sqrt(sum(value * value for value in held)) / len(held))
    }

    assert len(judged) > 10
    assert strayed == {}


def test_gates_and_caps_were_on_when_they_were_drawn() -> None:
    """What is measured above is what was left after them."""
    stopped: Counter[str] = Counter()
    for record in emitted():
        stopped.update(record.gates)

    assert all(stopped[gate] > 100 for gate in (Gate.CAP, Gate.SPACING, Gate.CONSENT))


def test_draws_of_a_hundred_contexts_keep_to_their_propensities() -> None:
    """Chi-square, each context decided again for 400 causes; silence is one of the bins."""
    policy = shipped()
    contexts = [one for one in emitted() if one.silence_propensity < 1.0][:: len(emitted()) // 220]
    squared, degrees = 0.0, 0
    for record in contexts[:CONTEXTS]:
        counts: Counter[Action] = Counter()
        for number in range(DRAWS):
            again = decide(structs.replace(record.view, cause_id=f"c{number}"), policy)
            assert again is not None
            counts[taken(again)] += 1
        expected = {one: DRAWS * chance for one, chance in chances(record).items()}
        kept = {one: mean for one, mean in expected.items() if mean >= EXPECTED_MIN}
        rest = DRAWS - sum(kept.values())
        bins = [(counts[one], mean) for one, mean in kept.items()]
        if rest >= EXPECTED_MIN:
            bins.append((DRAWS - sum(counts[one] for one in kept), rest))
        squared += sum((count - mean) ** 2 / mean for count, mean in bins)
        degrees += len(bins) - 1

    assert len(contexts) >= CONTEXTS
    assert chi2.sf(squared, degrees) > ALPHA
