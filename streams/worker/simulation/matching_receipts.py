"""The material of the matching study: genomes by the real fold, and receipts as a reader sees them.

Needs the optional extra: import it only after `installed.data_directory` found the package.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path

from msgspec import structs

from streams.codec.products import listed
from streams.core.events import Event, LineItem, Sale
from streams.core.fold import fold
from streams.core.fold_policy import FoldPolicy
from streams.core.genome.background import make_background
from streams.core.genome.genome import Genome
from streams.core.genome.reading import read_genome
from streams.core.local import local_ms
from streams.core.model import Model
from streams.core.products import Product, Products, Version, pack
from streams.core.profile.basket import brand_of, category_of
from streams.core.profile.profile import new_profile
from streams.core.profile.special import is_open
from streams.core.profile.taste import PACK_BAND, PRICE_BAND, PRIVATE_LABEL
from streams.worker.simulation import journey, products, receipts
from streams.worker.simulation.matching import Material
from streams.worker.simulation.matching_reader import DAY_MS, Census, Line, Seen

NOBODY = "customer:?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The learning weeks until their last receipt at `learned_ms`, then those until `until_ms`."""

    start_ms: int
    learned_ms: int
    until_ms: int


def with_products(policy: FoldPolicy, directory: Path, span: Span) -> FoldPolicy:
    """`policy` with the study's catalogue of all articles sold until the end of `span`."""
    wanted = products.on_receipts(directory, first_ms=0, until_ms=span.until_ms + 1)
    lines = products.catalogue(
        journey.read_products(directory), products.read_prices(directory), wanted
    )
    rows = {line.item_id: pack(listed(line)) for line in lines}
    version = Version(version="complete-journey", valid_from_ms=0, rows=rows)
    return replace(policy, products=Products([version], policy.lexicon.values_of))


def read_material(  # noqa: PLR0913  # all that it depends on
    directory: Path,
    policy: FoldPolicy,
    model: Model,
    span: Span,
    *,
    subjects: Collection[int],
    shown: Collection[int],
) -> Material:
    """The genomes of `subjects` and the later receipts of the households `shown`.

    The genomes are read against `model`; the population is counted over all households.
    """
    look = Look(policy)
    zone = policy.zone
    census = Census(start_ms=local_ms(zone, span.start_ms), end_ms=local_ms(zone, span.learned_ms))
    profiles = {household: new_profile(receipts.subject(household)) for household in subjects}
    later: dict[int, list[Seen]] = {household: [] for household in shown}
    for household, event, sale in sales(directory, span.until_ms):
        at_ms = event.event_time_ms
        if at_ms > span.learned_ms:
            if household in later:
                later[household].append(look.see(sale, at_ms))
            continue
        census.add(household, look.see(sale, at_ms))
        if household in profiles:
            fold(profiles[household], event, policy, now_ms=at_ms)
    background = make_background(policy, model)
    genomes = {
        household: nameless(read_genome(profile, background, span.learned_ms))
        for household, profile in profiles.items()
    }
    days = (span.until_ms - span.learned_ms) / DAY_MS
    return Material(genomes=genomes, later=later, population=census.population(), days=days)


def nameless(genome: Genome) -> Genome:
    """`genome` of nobody in particular."""
    return structs.replace(genome, subject=NOBODY)


class Look:
    """Sees receipts as a reader does, by one policy; articles are looked up once."""

    def __init__(self, policy: FoldPolicy) -> None:
        """See by the catalogue, the zone and the special categories of `policy`."""
        self._policy = policy
        self._articles: dict[str, Product | None] = {}

    def see(self, sale: Sale, at_ms: int) -> Seen:
        """The receipt of `sale` without what belongs to a special category."""
        lines = [self._line(line, at_ms) for line in sale.line_items]
        return Seen(
            local_ms=local_ms(self._policy.zone, at_ms),
            outlet=sale.store_id,
            amount_minor=sale.total_minor,
            lines=tuple(line for line in lines if is_open(line.category, self._policy, {})),
        )

    def _line(self, line: LineItem, at_ms: int) -> Line:
        item = line.item_id
        if item not in self._articles:
            self._articles[item] = self._policy.products.at(item, at_ms)
        product = self._articles[item]
        return Line(
            item_id=item,
            category=category_of(line, product),
            brand=brand_of(line, product),
            amount_minor=line.extended_amount_minor,
            promoted=bool(line.discounts),
            traits=product.traits if product is not None else (),
            bands=_bands(product) if product is not None else (),
        )


def _bands(product: Product) -> tuple[tuple[str, float], ...]:
    bands = (
        (PRICE_BAND, product.price_band),
        (PACK_BAND, product.pack_band),
        (PRIVATE_LABEL, product.private_label),
    )
    return tuple((name, float(x)) for name, x in bands if x is not None)


def sales(directory: Path, until_ms: int) -> Iterator[tuple[int, Event, Sale]]:
    """Household, event and its body of every receipt until then, in order of time."""
    known = journey.read_products(directory)
    campaigns = journey.read_campaigns(directory)
    coupons = receipts.index_coupons(journey.read_redemptions(directory), campaigns)
    found = takewhile(lambda one: one.time_ms <= until_ms, journey.read_receipts(directory))
    for receipt in found:
        sale = receipts.sale(receipt, known, coupons)
        if sale is not None:
            event = Event(
                event_id=sale.natural_id(),
                subject=receipts.subject(receipt.household_id),
                event_time_ms=receipt.time_ms,
                topic=receipts.TOPIC,
                body=sale,
            )
            yield receipt.household_id, event, sale
