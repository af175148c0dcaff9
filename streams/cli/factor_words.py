"""What a value was computed from, in sentences."""

from collections.abc import Iterable

from streams.cli.words import money
from streams.core.decide.record import Factors


def factor_lines(
    factors: Factors,
    own_goods: tuple[int, int, int] | None,
    near: tuple[float, float] | None,
    currency: str,
    *,
    selling: bool,
) -> Iterable[str]:
    """A sentence or two for each; the lifts of tone and goods are told where they moved something.

    What is not `selling` is an answer: nobody buys it, and it seldom has a discount.

    `own_goods` are how many of its goods were bought, of how many, and in how many receipts; `near`
    the receipts with their categories, the mean, and with a usual one.
    """
    yield f"Chance that they accept it when offered: {factors.accepts:.1%}."
    if selling or factors.anyway:
        yield f"Chance that they buy anyway: {factors.anyway:.1%}."
    yield (
        f"What we know moved these: {_lift(factors.affinity)} by what they like, "
        f"{_lift(factors.recency)} by how fresh that is, {_lift(factors.channel_fit)} by how they "
        "use this channel."
    )
    if near is not None:
        yield (
            "What they like is read from the categories of its goods: "
            f"{near[0]:.1f} receipts each, where {near[1]:.1f} are usual with them."
        )
    if factors.tone != 1.0:
        yield f"The tone moved the first: {_lift(factors.tone)}."
    if factors.goods != 1.0:
        bought = "They bought none of its goods" if own_goods is None else _bought(*own_goods)
        yield f"{bought} so far, which moved both: {_lift(factors.goods)}."
    yield _earned(factors, currency, selling=selling)


def _earned(factors: Factors, currency: str, *, selling: bool) -> str:
    what = "A sale earns" if selling else "A good answer is worth"
    margin = money(factors.margin_minor, currency)
    contact = money(factors.contact_cost_minor, currency)
    if not selling and not factors.discount_minor:
        return f"{what} {margin}; the contact costs {contact}."
    discount = money(factors.discount_minor, currency)
    return f"{what} {margin}; the discount costs {discount}, the contact {contact}."


def _lift(lift: float) -> str:
    percent = round((lift - 1.0) * 100)
    return "unchanged" if not percent else f"{percent:+d} %"


def _bought(bought: int, of: int, receipts: int) -> str:
    goods = "its only article" if of == 1 else f"{bought} of its {of} goods"
    return f"They bought {goods}, {'once' if receipts == 1 else f'{receipts} times'}"
