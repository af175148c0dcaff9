"""A fit as a person would want it, and for machines."""

from collections.abc import Iterable
from datetime import UTC, datetime
from io import StringIO

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table

from streams.cli.words import clean, money, utc
from streams.core.model import Model
from streams.fit.estimate import Fitted
from streams.fit.holdout import Holdout
from streams.fit.likelihood import Estimate

WIDTH = 100
CATEGORIES_SHOWN = 10
PAIRS_SHOWN = 3
CATEGORY_WIDTH = 20
PARTNERS_WIDTH = 27
MINOR_UNITS = "minor units"
UNITS = {
    "frequency": "purchase days a week",
    "revenue": MINOR_UNITS,
    "profit": MINOR_UNITS,
    "influence": "PageRank",
    "growth": "recent spending over the lifetime's",
}
Summary = tuple[Estimate, Estimate, float]


def as_text(fitted: Fitted) -> str:
    """The fit in tables: what was read, parameters, holdout, and the largest categories."""
    model = fitted.model
    console, written = _console()
    console.print(f"[bold]model {model.version}[/bold], fitted until {utc(model.fitted_until_ms)}")
    console.print(
        f"{_day(fitted.first_day)} to {_day(fitted.until_day)}: {fitted.customers} customers, "
        f"{fitted.repeaters} of them on several days; {fitted.receipts} purchases of "
        f"{fitted.lines} lines"
    )
    if fitted.duplicates or fitted.late_voids:
        console.print(
            f"{fitted.duplicates} duplicates left out; "
            f"{fitted.late_voids} voids came too late or without their receipt"
        )
    console.print(_parameters(fitted.purchases, fitted.spend, model.currency))
    _warn(console, fitted)
    if fitted.holdout is None:
        console.print("the time is too short to hold some out: nothing was validated")
    else:
        _holdout(console, fitted.holdout)
    _worth(console, model)
    _best(console, fitted)
    console.print(_categories(model))
    return written.getvalue()


def model_text(model: Model) -> str:
    """A model without its fit."""
    console, written = _console()
    console.print(f"[bold]model {model.version}[/bold], fitted until {utc(model.fitted_until_ms)}")
    _worth(console, model)
    console.print(_categories(model))
    return written.getvalue()


def summary_text(shown: Summary) -> str:
    """The fit of a table of customers."""
    purchases, spend, correlation = shown
    console, written = _console()
    console.print(_parameters(purchases, spend, ""))
    console.print(f"correlation of purchases and mean spend: {correlation:.3f}")
    return written.getvalue()


def as_json(fitted: Fitted) -> str:
    """One line for machines."""
    return msgspec.json.encode(fitted).decode() + "\n"


def model_json(model: Model) -> str:
    """One line for machines."""
    return msgspec.json.encode(model).decode() + "\n"


def summary_json(shown: Summary) -> str:
    """One line for machines."""
    purchases, spend, correlation = shown
    found = {"purchases": purchases, "spend": spend, "spend_correlation": correlation}
    return msgspec.json.encode(found).decode() + "\n"


def _console() -> tuple[Console, StringIO]:
    written = StringIO()
    return Console(file=written, width=WIDTH, highlight=False), written


def _parameters(purchases: Estimate, spend: Estimate | None, currency: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("model")
    for name in ("parameter", "value", "std error", "customers", "log-likelihood"):
        table.add_column(name, justify="right")
    _estimate(table, "purchases: BG/NBD, weeks", ("r", "alpha", "a", "b"), purchases)
    if spend is not None:
        unit = f", minor units of {currency}" if currency else ""
        _estimate(table, f"spend: Gamma-Gamma{unit}", ("p", "q", "gamma"), spend)
    return table


def _estimate(table: Table, title: str, names: Iterable[str], one: Estimate) -> None:
    for number, (name, value, error) in enumerate(zip(names, one.values, one.errors, strict=True)):
        first = number == 0
        table.add_row(
            title if first else "",
            name,
            f"{value:.4g}" if value >= 1 else f"{value:.3f}",
            "unknown" if error is None else f"{error:.2g}",
            str(one.customers) if first else "",
            f"{one.log_likelihood:.2f}" if first else "",
        )


def _warn(console: Console, fitted: Fitted) -> None:
    if fitted.purchases.at_bound:
        console.print("a parameter of purchases is at its bound: the data does not determine it")
    if fitted.spend is None:
        console.print("spend could not be fitted: too few purchase days with money")
    elif fitted.spend.at_bound:
        console.print("a parameter of spend is at its bound: the data does not determine it")
    if fitted.spend_correlation is not None:
        console.print(
            f"correlation of purchases and mean spend: {fitted.spend_correlation:.3f} "
            "(the model takes it for 0)"
        )


def _holdout(console: Console, one: Holdout) -> None:
    console.print(
        f"\n[bold]holdout[/bold]: fitted on {one.calibration_weeks:.1f} weeks, "
        f"{one.customers} customers; purchase days of the next {one.holdout_weeks:.1f} weeks"
    )
    console.print(f"expected {one.expected_total:.0f} in all, came {one.actual_total:.0f}")
    console.print(
        f"mean absolute error a customer: {one.mae_model:.3f}; own rate going on "
        f"{one.mae_naive:.3f}, everybody's mean rate {one.mae_usual:.3f}"
    )
    console.print(
        f"log-likelihood a customer: {one.log_likelihood_model:.3f}; "
        f"one Poisson rate for all {one.log_likelihood_usual:.3f}"
    )
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("tenth", "customers", "expected", "actual"):
        table.add_column(name, justify="right")
    for number, part in enumerate(one.deciles, 1):
        table.add_row(
            str(number), str(part.customers), f"{part.expected:.2f}", f"{part.actual:.2f}"
        )
    console.print(table)


def _worth(console: Console, model: Model) -> None:
    margin = "unknown" if model.margin_share is None else f"{model.margin_share:.1%}"
    console.print(f"margin of a payment: {margin}")
    if model.clv_median_minor is not None:
        what = "revenue" if model.margin_share is None else "margin"
        value = money(model.clv_median_minor, model.currency)
        console.print(f"median customer lifetime value, {what} of the next 52 weeks: {value}")
    if model.one_time:
        at = {week: share for week, share in model.one_time if week in {1.0, 4.0, 12.0, 26.0}}
        listed = ", ".join(f"{share:.0%} after {week:.0f} weeks" for week, share in at.items())
        console.print(f"bought once, never came back: {listed}")
    if model.influence:
        first = ", ".join(clean(name) for name in list(model.influence)[:PAIRS_SHOWN])
        console.print(f"most listened to of {len(model.influence)}: {first}")


def _best(console: Console, fitted: Fitted) -> None:
    for name, customers in fitted.best.items():
        form = ",.0f" if UNITS[name] == MINOR_UNITS else ".3g"
        listed = ", ".join(f"{clean(subject)} {value:{form}}" for subject, value in customers)
        console.print(f"best by {name} ({UNITS[name]}): {listed}")


def _categories(model: Model) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD,
        title=f"largest of {len(model.categories)} categories",
        title_justify="left",
    )
    table.add_column("category", overflow="ellipsis", no_wrap=True, width=CATEGORY_WIDTH)
    for name in ("lines", "buyers", "promoted", "every", "varies", "dropped"):
        table.add_column(name, justify="right", no_wrap=True, min_width=len(name))
    table.add_column("goes with", overflow="ellipsis", no_wrap=True, max_width=PARTNERS_WIDTH)
    largest = sorted(model.categories.items(), key=lambda one: (-one[1].share, one[0]))
    for name, one in largest[:CATEGORIES_SHOWN]:
        partners = model.goes_with.get(name, {})
        table.add_row(
            clean(name),
            f"{one.share:.1%}",
            f"{one.buyers:.0%}",
            f"{one.promoted:.0%}",
            f"{one.interval_days:.0f} d",
            f"{one.interval_cv:.2f}",
            f"{one.dropout:.1%}",
            clean(", ".join(_lifts(partners))),
        )
    return table


def _lifts(partners: dict[str, float]) -> list[str]:
    return [f"{name} {lift:.1f}" for name, lift in list(partners.items())[:PAIRS_SHOWN]]


def _day(day: int) -> str:
    return f"{datetime.fromtimestamp(day * 86_400, UTC):%Y-%m-%d}"
