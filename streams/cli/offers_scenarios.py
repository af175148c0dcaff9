"""`streams offers test`: the scenarios beside the offers, played through the core itself."""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from streams.cli.environment import read_settings
from streams.cli.event_lines import read_event
from streams.cli.scenarios import (
    Expected,
    Happening,
    Scenario,
    data_of,
    gates_in_words,
    read_scenarios,
)
from streams.cli.words import clean, utc
from streams.codec.envelope import format_time
from streams.codec.sources import Limits
from streams.config import Settings
from streams.core.decide.counterfactual import with_rows
from streams.core.decide.decide import decide
from streams.core.decide.record import Action, Candidate, DecisionRecord
from streams.core.errors import ConfigError, DecodeError
from streams.core.offers import Policy, with_products
from streams.core.profile.profile import Profile, new_profile
from streams.core.step import fire, step
from streams.core.timers import TIMER_TOPIC, next_timer, timers
from streams.worker.policies import read_directory, read_lexicon

DESCRIPTION = """
Plays every scenario of DIR/*.scenario.yaml: folds the history, decides on the event, and compares.
An offer is expected when its candidate is the best-valued that passes, or, with chance_min, when it
is drawn at least that often. A scenario's event may be a timer, `{timer: lapsing}`: all that is due
by its time fires, and the last decision of that kind is compared. A file may list `products`, which
the product catalogue then knows: queries of offers find those.
"""


class Verdict(NamedTuple):
    """How a scenario ended: `why` is empty when it ended as expected."""

    scenario: Scenario
    why: str


def add(actions: Any) -> None:
    """Add the command to `actions`."""
    parser = actions.add_parser(
        "test", help="play the scenarios beside the offers; no broker", description=DESCRIPTION
    )
    parser.add_argument("directory", type=Path, nargs="?", metavar="DIR")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Print a line for each scenario; 1 if one of them did not end as expected."""
    settings = read_settings(args)
    directory = args.directory or settings.offers_dir
    _, policy = read_directory(directory, settings, read_lexicon(settings))
    verdicts = [Verdict(one, play(one, policy, settings)) for one in read_scenarios(directory)]
    for one in verdicts:
        told = f": {one.why}" if one.why else ""
        print(clean(f"{'FAILED' if one.why else 'ok    '}  {one.scenario.name}{told}"))
    failed = sum([bool(one.why) for one in verdicts])
    print(f"{len(verdicts)} scenarios, {failed} failed, policy version {policy.policy_version}")
    return 1 if failed else 0


def play(scenario: Scenario, policy: Policy, settings: Settings) -> str:
    """What is wrong with how the scenario ends; "" when it ends as expected.

    Raises:
        ConfigError: one of its events is none.
    """
    profile, policy = new_profile(scenario.subject), with_products(policy, scenario.products)
    currency = policy.currency
    limits = Limits(
        record_bytes_max=settings.record_bytes_max, future_max_ms=settings.future_max_ms
    )
    offers: dict[str, str] = {}
    decision = None
    timer = scenario.event.topic == TIMER_TOPIC
    happenings = scenario.history if timer else (*scenario.history, scenario.event)
    for number, one in enumerate(happenings):
        at_ms = scenario.at_ms - one.ago_ms
        data = data_of(one, number, at_ms, currency, offers)
        line = _line(scenario, one, number, at_ms, data)
        try:
            event = read_event(line, limits)
        except DecodeError as error:
            raise ConfigError(problems=[f"{one.place}: {scenario.name}: {error}"]) from error
        result = step(profile, event, policy=policy, now_ms=at_ms, fold_sequence=number)
        decision = result.decision
        offers |= {
            message.offer: message.offer_id
            for message in result.offers
            if message.action is not Action.WITHDRAW
        }
    if timer:
        found = _fired(scenario, profile, policy)
        if isinstance(found, str):
            return found
        decision = found
    return judge(scenario.expected, decision, policy)


def _fired(scenario: Scenario, profile: Profile, policy: Policy) -> DecisionRecord | str | None:
    """Let all timers fire that are due by the scenario's time; the last decision of its kind.

    A sentence when none of that kind is due.
    """
    kind, fired, decision = scenario.event.data["kind"], False, None
    number, now_ms = len(scenario.history), profile.last_seen_ms
    while (timer := next_timer(profile, policy)) is not None:
        if timer.due_ms > scenario.at_ms:
            break
        now_ms = max(now_ms, timer.due_ms)
        result = fire(profile, timer, policy=policy, now_ms=now_ms, fold_sequence=number)
        number += 1
        if timer.kind == kind:
            fired, decision = True, result.decision
    if fired:
        return decision
    later = [utc(one.due_ms) for one in timers(profile, policy) if one.kind == kind]
    told = f"it is due at {later[0]}" if later else "none is set"
    return f"expected the timer {kind} to fire by then; {told}"


def judge(expected: Expected, decision: DecisionRecord | None, policy: Policy) -> str:
    """What differs from what is expected; "" when nothing does."""
    if expected.offer is not None and expected.offer not in policy.offers:
        return f"there is no offer {expected.offer}"
    best = _best(decision)
    if expected.gate is not None:
        return _judge_stopped(expected, decision, policy)
    if expected.offer is None:
        return "" if best is None else f"expected silence, got {_shown(best)}"
    wanted = f"expected {expected.offer}" + (f" by {expected.channel}" if expected.channel else "")
    if expected.chance_min is not None:
        chance = sum([one.propensity for one in _passing(decision) if _is_meant(one, expected)])
        if chance >= expected.chance_min:
            return ""
        wanted += f" at least {expected.chance_min:.0%} of the time, it is {chance:.0%}"
    elif best is not None and _is_meant(best, expected):
        return ""
    return f"{wanted}, got {_instead(best, expected, decision, policy)}"


def _judge_stopped(expected: Expected, decision: DecisionRecord | None, policy: Policy) -> str:
    wanted = f"expected {expected.offer} to be stopped by {expected.gate}"
    wanted += f" ({expected.rule})" if expected.rule else ""
    alone = _alone(expected, decision, policy)
    if alone is None:
        return f"{wanted}, but it was not considered"
    passing = next(_passing(alone), None)
    if passing is not None:
        return f"{wanted}, but it passed: {_shown(passing)}"
    stopped = expected.gate in alone.gates
    if stopped and (expected.rule is None or expected.rule in alone.rules):
        return ""
    return f"{wanted}, got {', '.join(gates_in_words(alone.gates, alone.rules))}"


def _alone(
    expected: Expected, decision: DecisionRecord | None, policy: Policy
) -> DecisionRecord | None:
    """The same decision with the expected offer alone: its log then names all that stopped it."""
    if decision is None:
        return None
    row = replace(policy.offers[expected.offer or ""], fallback=None)
    if expected.channel:
        row = replace(row, channels=tuple(one for one in row.channels if one == expected.channel))
    return decide(decision.view, with_rows(policy, [row]))


def _instead(
    best: Candidate | None, expected: Expected, decision: DecisionRecord | None, policy: Policy
) -> str:
    got = "silence" if best is None else _shown(best)
    alone = _alone(expected, decision, policy)
    if alone is None:
        return f"{got}; the event does not bring {expected.offer}"
    own = next(_passing(alone), None)
    if own is not None:
        return f"{got}; {_shown(own)} passes too"
    return f"{got}; stopped by {', '.join(gates_in_words(alone.gates, alone.rules))}"


def _passing(decision: DecisionRecord | None) -> Iterator[Candidate]:
    candidates = () if decision is None else decision.candidates
    return (one for one in candidates if one.gate is None)


def _best(decision: DecisionRecord | None) -> Candidate | None:
    return max(_passing(decision), key=lambda one: one.value_minor or 0.0, default=None)


def _is_meant(one: Candidate, expected: Expected) -> bool:
    return one.offer == expected.offer and expected.channel in {None, one.channel}


def _shown(one: Candidate) -> str:
    return f"{one.offer} by {one.channel} (value {one.value_minor or 0.0:.2f})"


def _line(
    scenario: Scenario, one: Happening, number: int, at_ms: int, data: dict[str, Any]
) -> bytes:
    event = {
        "id": f"{scenario.name}-{number}"[:200],
        "type": one.topic,
        "time": format_time(at_ms).decode(),
        "subject": scenario.subject,
        "data": data,
    }
    return msgspec.json.encode(event)
