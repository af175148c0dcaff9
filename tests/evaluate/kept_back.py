"""Logs of a shop that holds some customers out, with a known truth: decisions, outcomes, purchases.

Customers come in two kinds that differ in how often they are met and how readily they buy, with and
without an offer, so decisions of one customer hang together. A purchase is a receipt or an order;
some arrive twice, and some are brought back in time, which counts as if nothing had been bought.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from random import Random
from typing import NamedTuple

import numpy as np
from msgspec import structs

from streams.core import events
from streams.core.decide.record import DecisionRecord, OfferId, Price, Result
from streams.core.events import Body, Event, TransactionLink
from streams.core.fold_policy import DAY_MS
from streams.core.offers import Policy
from streams.core.profile.profile import new_profile
from streams.evaluate.anyway import Trials
from streams.evaluate.uplift import Uplift, measure
from tests.evaluate.coverage import Row, row
from tests.strategies_profiles import (
    HOUR_MS,
    NOON,
    event,
    item,
    line,
    offer,
    policy,
    run,
    sale,
    view,
)

SUBJECTS = 900
HELD_OUT, DELIVERED, BROUGHT_BACK, DOUBLED = 0.3, 0.9, 0.1, 0.2
KINDS = (0.6, 0.4)
MET = (2, 6)  # decisions of a customer of each kind
ANYWAY = (0.05, 0.25)  # a purchase without the offer, by kind
OFFERED = (0.15, 0.4)
ROWS = ("coffee", "tea")
MARGIN_MINOR, DISCOUNT_MINOR, COST_MINOR = 100, 20, 3
LATER_MS = NOON + 100 * DAY_MS
REPLICATES = 400


@cache
def rules() -> Policy:
    """Two rows, of one category each."""
    return policy(*[offer(name, categories=frozenset({name})) for name in ROWS])


def truth() -> tuple[float, float]:
    """(uplift, incremental margin in minor units) of a delivered offer, exactly."""
    met = np.array(KINDS) * MET
    kept = 1 - BROUGHT_BACK
    anyway, offered = (kept * float(met @ rate / met.sum()) for rate in (ANYWAY, OFFERED))
    earned_minor = offered * (MARGIN_MINOR - DISCOUNT_MINOR) - COST_MINOR
    return offered - anyway, earned_minor - anyway * MARGIN_MINOR


def template(name: str, made_by: Policy) -> DecisionRecord:
    """A decision for the row `name`, at a discount and a cost of contact."""
    history = [event("e", view(item(category=name)), NOON)]
    record = run(new_profile("customer:1"), history, made_by)[-1].decision
    assert record is not None
    assert record.chosen is not None
    candidates = []
    for one in record.candidates:
        assert one.factors is not None
        factors = structs.replace(
            one.factors,
            margin_minor=MARGIN_MINOR,
            discount_minor=DISCOUNT_MINOR,
            contact_cost_minor=COST_MINOR,
            anyway=0.5,  # what the model believes, and is wrong
        )
        candidates.append(structs.replace(one, factors=factors))
    price = Price(candidates[0].price_level, "EUR", DISCOUNT_MINOR)
    chosen = structs.replace(record.chosen, price=price)
    return structs.replace(record, candidates=tuple(candidates), chosen=chosen)


def decided(
    made: DecisionRecord, number: int, *, subject: str, at_ms: int, held_out: bool
) -> DecisionRecord:
    """`made` for another customer at another time."""
    assert made.chosen is not None
    chosen = structs.replace(
        made.chosen, offer_id=OfferId(f"{number:032x}"), expires_at_ms=at_ms + DAY_MS
    )
    return structs.replace(
        made,
        subject=subject,
        cause_id=f"cause:{number}",
        decision_time_ms=at_ms,
        result=Result.HOLDOUT if held_out else Result.OFFER,
        chosen=chosen,
    )


def brought_back(number: int, original: TransactionLink, name: str = "coffee") -> events.Return:
    """Receipt `number`: what `original` sold of a category is given back."""
    link = structs.asdict(sale(original.sequence_number))
    named = {one: link[one] for one in TransactionLink.__struct_fields__}
    given = structs.asdict(sale(number, line(category=name)))
    return events.Return(**given, original_transaction=TransactionLink(**named))


class Log(NamedTuple):
    """One simulated log."""

    decisions: Sequence[DecisionRecord]
    outcomes: Sequence[Event]
    purchases: Sequence[Event]


def simulate(seed: int, made_by: Policy) -> Log:
    """The log of one world of `SUBJECTS` customers."""
    random = Random(seed)
    made = [template(name, made_by) for name in ROWS]
    decisions: list[DecisionRecord] = []
    outcomes: list[Event] = []
    purchases: list[Event] = []
    for customer in range(SUBJECTS):
        kind = int(random.random() < KINDS[1])
        held_out = random.random() < HELD_OUT
        for meeting in range(MET[kind]):
            number, subject = len(decisions), f"customer:{customer}"
            one = decided(
                random.choice(made),
                number,
                subject=subject,
                at_ms=NOON + 2 * meeting * DAY_MS,
                held_out=held_out,
            )
            decisions.append(one)
            if not held_out and random.random() < DELIVERED:
                outcomes.append(_delivered(one))
            rate = (ANYWAY if held_out else OFFERED)[kind]
            if random.random() < rate:
                purchases += _bought(one, number, random)
    random.shuffle(purchases)
    return Log(decisions, outcomes, purchases)


def _delivered(one: DecisionRecord) -> Event:
    assert one.chosen is not None
    body = events.Delivered(offer_id=one.chosen.offer_id, channel="web")
    return event(f"d:{one.cause_id}", body, one.decision_time_ms + 1_000, one.subject)


def _bought(one: DecisionRecord, number: int, random: Random) -> Iterator[Event]:
    assert one.chosen is not None
    name, at_ms = one.chosen.offer, one.decision_time_ms + HOUR_MS
    receipt = sale(2 * number, line(category=name))
    back = random.random() < BROUGHT_BACK
    order = events.Purchase(
        currency="EUR", items=(item(category=name),), transaction_id=f"t{number}"
    )
    body: Body = receipt if back or random.random() < 0.5 else order
    taken = event(f"order:{number}", body, at_ms, one.subject)
    yield taken
    if random.random() < DOUBLED:
        yield taken
    if back:
        again = brought_back(2 * number + 1, receipt, name)
        yield event("", again, at_ms + HOUR_MS, one.subject)


def judged(seed: int) -> Sequence[Uplift]:
    """What is measured of the log of `seed`: all rows together, then each."""
    log = simulate(seed, rules())
    trials = Trials(lambda _: rules())
    for one in log.decisions:
        trials.add(one)
    for heard in log.outcomes:
        trials.hear(heard.body)
    for bought in log.purchases:
        trials.buy(bought)
    found = measure(trials, now_ms=LATER_MS, seed=seed, replicates=REPLICATES)
    return (found.total, *found.offers)


def judge(seeds: Iterable[int]) -> list[Row]:
    """Coverage, bias and width of both figures, of all rows and of each, over the logs of `seeds`.

    All rows are alike, so the truth is the same for each.
    """
    every = [judged(seed) for seed in seeds]
    share, money = truth()
    rows = []
    for at, name in enumerate(("all", *ROWS)):
        shares, margins = [], []
        for one in every:
            uplift, margin = one[at].uplift, one[at].incremental_minor
            assert uplift is not None
            assert margin is not None
            shares.append(uplift)
            margins.append(margin)
        rows += [row(f"uplift, {name}", shares, share), row(f"margin, {name}", margins, money)]
    return rows
