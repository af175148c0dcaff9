"""`streams study coupons`: does our value choose the coupon that was handed in? Run and tables."""

import argparse
import sys
import time
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import NamedTuple

import msgspec
from rich.console import Console

from streams.cli.environment import read_settings
from streams.cli.study import learn, since, table_of
from streams.core.errors import ConfigError
from streams.core.offers import Policy
from streams.fit import acceptance
from streams.worker.policies import read_policy
from streams.worker.simulation import baskets, coupon_material, coupons, matching_receipts
from streams.worker.simulation.coupons import Learner, Table
from streams.worker.simulation.installed import data_directory
from streams.worker.simulation.journey import DAY_MS

FIRST, LAST = date(2017, 1, 2), date(2017, 12, 31)
DAYS_A_WEEK = 7


class Span(NamedTuple):
    """Learn before the one, judge until before the other; ms of the study's own time."""

    learn_until_ms: int
    test_until_ms: int


def run(args: argparse.Namespace) -> int:
    """Learn, play, judge and print."""
    span = _span(args)
    policy = read_policy(read_settings(args))
    directory = data_directory()
    start_s = time.monotonic()
    week = (args.learn_until - FIRST).days // DAYS_A_WEEK + 2  # the second began that day
    households = baskets.read_baskets(directory, until_week=week)
    learned = [
        one for held in households.values() for one in held if one.time_ms < span.learn_until_ms
    ]
    model = learn(learned)
    shelf = coupon_material.make_shelf(directory, model, until_ms=span.learn_until_ms)
    print(f"learned from {len(learned)} baskets, {since(start_s)}", file=sys.stderr)
    offers = coupon_material.read_offers(directory, until_ms=span.test_until_ms)
    looking = coupon_material.Looking(policy, shelf, offers)
    sold = matching_receipts.sales(directory, span.test_until_ms - 1)
    cases = list(looking.cases(sold))
    print(f"looked at {len(cases)} redemptions, {since(start_s)}", file=sys.stderr)
    if not any(one.day_ms >= span.learn_until_ms for one in cases):
        problem = f"no coupon was redeemed from {args.learn_until} to {args.test_until}"
        raise ConfigError(problems=[problem])
    _print(
        coupons.judge(
            cases, learn_until_ms=span.learn_until_ms, learner=_learner(policy), seed=args.seed
        ),
        as_json=args.json,
    )
    return 0


def _learner(policy: Policy) -> Learner:
    """That of `streams learn`."""
    return Learner(
        lambda tallies, now_ms: acceptance.learn(tallies, now_ms=now_ms),
        policy.decision.trial_half_life_ms,
    )


def _span(args: argparse.Namespace) -> Span:
    if not FIRST <= args.learn_until <= args.test_until <= LAST:
        problem = (
            f"expected {FIRST} <= --learn-until <= --test-until <= {LAST}, "
            f"got {args.learn_until} and {args.test_until}"
        )
        raise ConfigError(problems=[problem])
    return Span(_ms(args.learn_until), _ms(args.test_until) + DAY_MS)


def _ms(day: date) -> int:
    return round(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1_000)


def _print(tables: tuple[Table, ...], *, as_json: bool) -> None:
    if as_json:
        print(msgspec.json.encode([asdict(table) for table in tables]).decode())
        return
    console = Console(width=172, highlight=False)
    for table in tables:
        low, middle, high = table.coupons
        title = (
            f"the coupon handed in, by {table.title}: {table.redemptions} redemptions, "
            f"{table.households} households, of {low} to {high} coupons (median {middle}), in %"
        )
        console.print(table_of(title, coupons.MEASURES, table.rows, table.differences))
