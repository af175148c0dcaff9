"""The material of the coupon study: what was known of a household on the morning of a redemption.

Receipts are played in order of time; a redemption is looked at once all receipts before its day
were folded, and none of that day: its own receipt is never known, nor are other redemptions of that
day.

Needs the optional extra: import it only after `installed.data_directory` found the package.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

from streams.core.events import Event, Sale
from streams.core.fold import fold
from streams.core.fold_policy import FoldPolicy
from streams.core.model import Model
from streams.core.offers import Policy
from streams.core.profile.profile import NAME_MAX, Profile, new_profile
from streams.worker.simulation import journey, receipts
from streams.worker.simulation.coupon_rows import Article, Coupons, Shelf, stock
from streams.worker.simulation.journey import Campaign, Product, Redemption
from streams.worker.simulation.receipts import sentence

LIVE, WITHOUT = "the live decision", "the same without own goods"
EVERYBODY = "what everybody buys"
OWN, POPULAR, HANDED_IN = "own purchase counts", "purchases by all", "redemptions so far"
OPEN = "own counts, none special"  # of what a decision may know
CAMPAIGN_WEIGHT = 1e-6  # of a redemption of the campaign: it only breaks ties of the coupon's own


Sold = tuple[int, Event, Sale]
"""One receipt as it was played: the household, its event, and the sale in it."""


class Case(NamedTuple):
    """One redemption: the coupons the household held, the one it handed in, and all scores.

    Scores are by name, in the order of `coupons`: ids, ascending; `campaigns` are the first that
    each is of.
    """

    household_id: int
    day_ms: int
    coupons: tuple[int, ...]
    campaigns: tuple[int, ...]
    redeemed: int
    scores: Mapping[str, Sequence[float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """What was redeemed of what: the study's campaigns, and redemptions by day."""

    campaigns: Sequence[Campaign]
    redemptions: Sequence[Redemption]


def read_offers(directory: Path, *, until_ms: int) -> Offers:
    """All campaigns, and the redemptions before `until_ms`."""
    every = journey.read_redemptions(directory)
    return Offers(
        campaigns=journey.read_campaigns(directory),
        redemptions=[one for one in every if one.day_ms < until_ms],
    )


def read_articles(directory: Path) -> dict[str, Article]:
    """Every article of the study, in the words of receipts."""
    return {str(number): _article(one) for number, one in journey.read_products(directory).items()}


def count_lines(directory: Path, *, until_ms: int) -> dict[str, int]:
    """Article -> its lines on all receipts before `until_ms`."""
    found: Counter[str] = Counter()
    for one in takewhile(lambda one: one.time_ms < until_ms, journey.read_receipts(directory)):
        found.update([str(row.product_id) for row in one.rows])
    return dict(found)


class Looking:
    """Plays receipts and looks at redemptions: `cases` yields them in order of time."""

    def __init__(self, policy: Policy, shelf: Shelf, offers: Offers) -> None:
        """Know the population by `shelf`, which was learned before the first case."""
        self._fold, self._offers = policy.fold, offers
        self._profiles: dict[int, Profile] = {
            one.household_id: new_profile(receipts.subject(one.household_id))
            for one in offers.redemptions
        }
        self._own: dict[int, Counter[str]] = {name: Counter() for name in self._profiles}
        self._special = _special(shelf.articles, policy.fold)
        self._all: Counter[str] = Counter()
        self._covers = {
            (one.campaign_id, upc): frozenset(str(item) for item in items)
            for one in offers.campaigns
            for upc, items in one.coupons.items()
        }
        self._coupons = Coupons(policy, shelf)

    def cases(self, sold: Iterable[Sold]) -> Iterator[Case]:
        """Every redemption, each as of the start of its day."""
        waiting = sorted(self._offers.redemptions, key=lambda one: (one.day_ms, one))
        handed_in: list[Redemption] = []
        stream = iter(sold)
        ahead = next(stream, None)
        while waiting:
            day_ms = waiting[0].day_ms
            while ahead is not None and ahead[1].event_time_ms < day_ms:
                self._play(*ahead)
                ahead = next(stream, None)
            today = [one for one in waiting if one.day_ms == day_ms]
            waiting = waiting[len(today) :]
            for one in today:
                yield self._case(one, handed_in)
            handed_in += today

    def _play(self, household: int, event: Event, sale: Sale) -> None:
        items = [line.item_id for line in sale.line_items]
        self._all.update(items)
        profile = self._profiles.get(household)
        if profile is not None:
            at_ms = event.event_time_ms
            fold(profile, event, self._fold, now_ms=at_ms)
            self._own[household].update(items)

    def _case(self, one: Redemption, handed_in: Sequence[Redemption]) -> Case:
        held = self._held(one)
        profile, own = self._profiles[one.household_id], self._own[one.household_id]
        goods = held.values()
        scores = {
            LIVE: self._coupons.values(profile, goods, one.day_ms),
            WITHOUT: self._coupons.values_without(profile, goods, one.day_ms),
            EVERYBODY: [self._coupons.usual(items) for items in goods],
        }
        scores[OWN] = [_lines(items, own) for items in goods]
        scores[OPEN] = [_lines(items - self._special, own) for items in goods]
        scores[POPULAR] = [_lines(items, self._all) for items in goods]
        coupons = Counter(each.coupon_upc for each in handed_in)
        campaigns = Counter(each.campaign_id for each in handed_in)
        of = [self._of(one, upc) for upc in held]
        scores[HANDED_IN] = [
            coupons[upc] + CAMPAIGN_WEIGHT * sum(campaigns[each] for each in known)
            for upc, known in zip(held, of, strict=True)
        ]
        first = tuple([min(known) for known in of])
        return Case(one.household_id, one.day_ms, tuple(held), first, one.coupon_upc, scores)

    def _held(self, one: Redemption) -> dict[int, frozenset[str]]:
        """Coupon -> what it covers, of all campaigns that run for the household on that day."""
        found: dict[int, frozenset[str]] = {}
        for campaign in self._running(one):
            for upc in campaign.coupons:
                covered = self._covers[campaign.campaign_id, upc]
                found[upc] = found.get(upc, frozenset()) | covered
        return dict(sorted(found.items()))

    def _of(self, one: Redemption, upc: int) -> list[int]:
        return [each.campaign_id for each in self._running(one) if upc in each.coupons]

    def _running(self, one: Redemption) -> list[Campaign]:
        return [
            each
            for each in self._offers.campaigns
            if each.start_ms <= one.day_ms <= each.end_ms and one.household_id in each.households
        ]


def make_shelf(directory: Path, model: Model, *, until_ms: int) -> Shelf:
    """The shelf of all articles of the study, by what was bought before `until_ms`."""
    return stock(read_articles(directory), count_lines(directory, until_ms=until_ms), model)


def _special(articles: Mapping[str, Article], policy: FoldPolicy) -> frozenset[str]:
    """The articles that no decision may know somebody bought."""
    return frozenset(
        item
        for item, one in articles.items()
        if policy.lexicon.is_special(one.category, one.department)
    )


def _article(product: Product) -> Article:
    department = sentence(product.department)[:NAME_MAX]
    if product.product_category is None:
        return Article(category=department)
    category = sentence(product.product_category)[:NAME_MAX]
    return Article(category=category, department=department)


def _lines(items: frozenset[str], counts: Counter[str]) -> float:
    if len(items) <= len(counts):
        return float(sum(counts[item] for item in items))
    return float(sum(count for item, count in counts.items() if item in items))
