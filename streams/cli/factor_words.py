"""What a value was computed from, in sentences."""

from collections.abc import Iterable

from streams.cli.words import money
from streams.core.decide.record import Factors


def factor_lines(
    factors: Factors,
    own_goods: tuple[int, int, int] | None,
    near: tuple[float, float] | None,
    currency: str,
) -> Iterable[str]:
    """A sentence or two for each; the lifts of tone and goods are told where they moved something.

    `own_goods` are how many of its goods were bought, of how many, and in how many receipts; `near`
    the receipts with their categories, the mean, and with a usual one.
    """
    yield f"Chance that they accept it when offered: {factors.accepts:.1%}."
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
    yield (
        f"A sale earns {money(factors.margin_minor, currency)}; the discount costs "
        f"{money(factors.discount_minor, currency)}, the contact "
        f"{money(factors.contact_cost_minor, currency)}."
    )


def _lift(lift: float) -> str:
    percent = round((lift - 1.0) * 100)
    return "unchanged" if not percent else f"{percent:+d} %"


def _bought(bought: int, of: int, receipts: int) -> str:
    goods = "its only article" if of == 1 else f"{bought} of its {of} goods"
    return f"They bought {goods}, {'once' if receipts == 1 else f'{receipts} times'}"
