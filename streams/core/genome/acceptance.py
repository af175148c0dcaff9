"""How well a set of articles suits a customer: how likely an offer that covers them is accepted.

What the customer buys next is found level by level, from category to kind, brand and the goods of
the offer. At each the customer's own lines are shrunk to what the level above says, with a strength
of so many lines, so a customer of whom nothing is known wants what everybody buys. Two lifts are
the customer's, by brand and by rhythm; the last is how much of a category everybody buys at a
reduced price. The constants were chosen on January and February of Complete Journey, see
`streams study coupons`.

Source: the hierarchy is the Dirichlet posterior of DOMAIN, evidence and decay, once a level, as in
MacKay & Peto, A Hierarchical Dirichlet Language Model, Natural Language Engineering 1(3), 1995.
"""

from collections.abc import Collection, Iterable, Mapping
from math import sqrt

from msgspec import Struct

from streams.core.genome.next_categories import DUE_STRENGTH, HORIZON_DAYS
from streams.core.genome.rhythm import due_lift, rhythm_of
from streams.core.model import Model
from streams.core.profile.profile import Profile

# Lines that weigh beside the customer's own: the population's of categories, of kinds in a
# category, and of brands in a kind; and what these say of the goods beside their own purchases.
CATEGORY_LINES = 20.0
KIND_LINES = 1.0
BRAND_LINES = 1.0
GOODS_LINES = 30.0
LOYALTY_LINES = 100.0  # those that weigh against a customer's brands over all categories
PROMOTED_LINES = 50.0  # of a category that the usual part of reduced lines weighs
UNSEEN = 0.01  # lines that an article is taken to have beside those it has


class Article(Struct, frozen=True, gc=False):
    """What an article is; kind and brand are empty where nobody says, and then tell nothing."""

    category: str
    kind: str = ""
    brand: str = ""


Kind = tuple[str, str]
"""Category and kind."""


class Shelf(Struct, frozen=True):
    """What the population buys, in lines, at every level; made once by `stock`."""

    articles: dict[str, Article]
    lines: dict[str, float]
    makes: dict[Article, float]
    """The articles that are alike in category, kind and brand."""
    kinds: dict[Kind, float]
    categories: dict[str, float]
    brands: dict[str, float]
    promoted: dict[str, float]
    """Category -> the part of its lines at a reduced price."""
    total: float


class Part(Struct, frozen=True, gc=False):
    """The articles of one make among those that an offer covers."""

    make: Article
    share: float
    """Of the lines of the make that the population buys."""
    items: frozenset[str]


Goods = tuple[Part, ...]
"""What an offer covers, by make."""


class Shopper(Struct, frozen=True):
    """One customer as far as it matters here; all counts are lines."""

    lines: float = 0.0
    categories: dict[str, float] = {}
    due: dict[str, float] = {}
    """Category -> how much likelier it is bought now than on any day."""
    brands: dict[str, float] = {}
    items: dict[str, float] = {}
    """The articles that are remembered, and below those of them that are alike."""
    makes: dict[Article, float] = {}
    kinds: dict[Kind, float] = {}
    remembered: dict[str, float] = {}
    """By category."""


NOBODY = Shopper()
"""A customer of whom nothing is known; wants what everybody buys."""


def stock(articles: Mapping[str, Article], lines: Mapping[str, int], model: Model) -> Shelf:
    """The shelf of `articles`, of which the population bought so many `lines` each."""
    counts = {item: lines.get(item, 0) + UNSEEN for item in articles}
    makes: dict[Article, float] = {}
    kinds: dict[Kind, float] = {}
    categories: dict[str, float] = {}
    brands: dict[str, float] = {}
    for item, article in articles.items():
        count = counts[item]
        kind = (article.category, article.kind)
        makes[article] = makes.get(article, 0.0) + count
        kinds[kind] = kinds.get(kind, 0.0) + count
        categories[article.category] = categories.get(article.category, 0.0) + count
        brands[article.brand] = brands.get(article.brand, 0.0) + count
    return Shelf(
        articles=dict(articles),
        lines=counts,
        makes=makes,
        kinds=kinds,
        categories=categories,
        brands=brands,
        promoted=_promoted(categories, model),
        total=sum(categories.values()),
    )


def goods_of(items: Iterable[str], shelf: Shelf) -> Goods:
    """`items` by make, in the order of their first; those that the shelf does not know are none."""
    found: dict[Article, set[str]] = {}
    for item in items:
        article = shelf.articles.get(item)
        if article is not None:
            found.setdefault(article, set()).add(item)
    return tuple(
        Part(
            make, sum(sorted(shelf.lines[one] for one in held)) / shelf.makes[make], frozenset(held)
        )
        for make, held in found.items()
    )


def shopper_of(
    profile: Profile,
    shelf: Shelf,
    model: Model,
    *,
    today: int,
    items: Mapping[str, float] | None = None,
) -> Shopper:
    """The customer of `profile` on the local day `today`, in days since 1970.

    `items` are articles and their lines, for whoever remembers more than a profile does: the last
    articles, with the receipts that held each.
    """
    buying = profile.buying
    if items is None:
        items = {item: float(buying.repeats.get(item, 1)) for item in buying.purchases}
    due: dict[str, float] = {}
    for name, habit in buying.habits.items():
        rhythm = rhythm_of(habit, model.categories.get(name), today)
        if rhythm is not None:
            due[name] = due_lift(rhythm, HORIZON_DAYS) ** DUE_STRENGTH
    makes: dict[Article, float] = {}
    kinds: dict[Kind, float] = {}
    remembered: dict[str, float] = {}
    for item, count in items.items():
        article = shelf.articles.get(item)
        if article is not None:
            kind = (article.category, article.kind)
            makes[article] = makes.get(article, 0.0) + count
            kinds[kind] = kinds.get(kind, 0.0) + count
            remembered[article.category] = remembered.get(article.category, 0.0) + count
    lines, brands = float(buying.lines), profile.brands
    # Their weights fade and say how telling an event is: as shares they are lines again.
    scale = lines / brands.total if brands.total > 0.0 else 0.0
    return Shopper(
        lines=lines,
        categories={name: float(habit.lines) for name, habit in buying.habits.items()},
        due=due,
        brands={name: max(trait.weight, 0.0) * scale for name, trait in brands.traits.items()},
        items=dict(items),
        makes=makes,
        kinds=kinds,
        remembered=remembered,
    )


def acceptance(goods: Goods, shopper: Shopper, shelf: Shelf) -> float:
    """How likely the next line of `shopper` is one of `goods` and at a reduced price.

    Comparable among all offers to one customer; as the lifts are not brought back to a sum of 1, it
    is a score and no chance. Divided by that of `NOBODY` it is how much better than everybody the
    goods suit this customer.
    """
    own = usual = 0.0
    for part in goods:
        make = part.make
        lift = shelf.promoted[make.category] * shopper.due.get(make.category, 1.0)
        expected = part.share * _make_share(make, shopper, shelf)
        usual += lift * _liking(make.brand, shopper, shelf) * expected
        if make in shopper.makes:  # then its brand has told all it can
            own += lift * _own(part.items, shopper.items)
    return (own + GOODS_LINES * usual) / (shopper.lines + GOODS_LINES)


def _make_share(make: Article, shopper: Shopper, shelf: Shelf) -> float:
    """The part of the next lines that is of this make, by the levels above the goods."""
    category, kind = make.category, (make.category, make.kind)
    usual = shelf.categories[category]
    of_category = _shrunk(
        shopper.categories.get(category, 0.0), shopper.lines, usual / shelf.total, CATEGORY_LINES
    )
    of_kind = shopper.kinds.get(kind, 0.0)
    remembered = shopper.remembered.get(category, 0.0)
    return (
        of_category
        * _shrunk(of_kind, remembered, shelf.kinds[kind] / usual, KIND_LINES)
        * _shrunk(
            shopper.makes.get(make, 0.0),
            of_kind,
            shelf.makes[make] / shelf.kinds[kind],
            BRAND_LINES,
        )
    )


def _liking(brand: str, shopper: Shopper, shelf: Shelf) -> float:
    """How much more of the brand the customer buys than everybody, over all categories.

    The root, since half of what a brand tells is told by the categories already.
    """
    if not brand:
        return 1.0
    usual = shelf.brands[brand] / shelf.total
    return sqrt(
        _shrunk(shopper.brands.get(brand, 0.0), shopper.lines, usual, LOYALTY_LINES) / usual
    )


def _shrunk(count: float, total: float, usual: float, strength: float) -> float:
    return (count + strength * usual) / (total + strength)


def _own(items: Collection[str], held: Mapping[str, float]) -> float:
    """Lines of `items`; the fewer of both are gone through."""
    if len(items) <= len(held):
        return sum([held.get(item, 0.0) for item in sorted(items)])
    return sum([count for item, count in held.items() if item in items])


def _promoted(categories: Mapping[str, float], model: Model) -> dict[str, float]:
    """Shrunk to what is usual over all categories; half where nobody knows."""
    known = model.categories
    everything = sum([one.share for one in known.values()])
    reduced = sum([one.share * one.promoted for one in known.values()])
    usual = reduced / everything if everything > 0.0 else 0.5
    return {
        name: _shrunk(
            known[name].promoted * lines if name in known else usual * lines,
            lines,
            usual,
            PROMOTED_LINES,
        )
        for name, lines in categories.items()
    }
