"""An evaluation as a person would want it, and for machines."""

from collections import Counter
from collections.abc import Iterable
from io import StringIO

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table

from streams.cli.words import clean, money, utc
from streams.evaluate.differences import SILENCE, Change, Differences
from streams.evaluate.estimators import Estimate, Refusal
from streams.evaluate.evaluating import Evaluation
from streams.evaluate.lift import SUBJECTS_MIN, Lift
from streams.evaluate.uplift import Measured, Uplift

WIDTH = 110
SCALE = 1_000
CHANGES_SHOWN = 12
NOTES = """\
Each decision is judged alone, on the state the logged policy had brought about. Silence earns 0.
Measured: acceptances of delivered offers within their time. Not measured: P0, that the customer
buys anyway; it is the one that the logged decision was made on.
"""

MEASURED_NOTES = """\
Bought: a purchase of what the row is about, after the decision, until its end and the grace of
trials, not brought back in that time; it counts for every offer it concerns. Delivered offers are
compared with all that was held out, so a customer whom no channel reaches is in one arm alone.
"""
TOTAL = "all"


def as_text(found: Evaluation, currency: str) -> str:
    """Counts, estimates, refusals and catalogue rows."""
    console, written = _console()
    versions = ", ".join(f"{clean(name)} ({count})" for name, count in found.versions.items())
    console.print(
        f"decisions of {utc(found.first_ms)} to {utc(found.last_ms)}, taken by policy {versions}"
    )
    console.print(
        f"{found.decisions} decisions; {found.held_out} of held out customers; "
        f"{found.judged} judged, of {found.subjects} customers"
    )
    console.print(
        f"{found.sent} offers sent, {found.delivered} delivered, {found.accepted} accepted, "
        f"{found.still_open} still open"
    )
    console.print(f"this change moves {_percent(found.moved, found.decisions)} of decisions")
    console.print(_estimates(found, currency))
    if found.candidate is not None:
        weight = found.candidate.weight
        console.print(
            f"effective sample size {found.candidate.effective:.0f} of {found.judged}; weights "
            f"average {weight.value:.3f} [{weight.low:.3f} {weight.high:.3f}], expected 1"
        )
    _refusals(console, "left out", found.left_out, found.decisions)
    _refusals(console, "refused", found.refusals, found.decisions)
    console.print(_lifts(found.lifts, currency))
    for one in found.lifts:
        if one.retire:
            console.print(f"proposed for retirement, as it has no lift: {clean(one.offer)}")
    console.print(NOTES, end="")
    return written.getvalue()


def as_json(found: Evaluation, currency: str) -> str:
    """All figures, money in minor units, on one line."""
    return msgspec.json.encode({"currency": currency, "evaluation": found}).decode() + "\n"


def differences_text(found: Differences) -> str:
    """How decisions would differ by trigger, offer and channel."""
    console, written = _console()
    moved = _percent(found.moved, found.decisions)
    console.print(f"this change moves {moved} of {found.decisions} decisions")
    table = _table("trigger", "decisions", "moved", "share")
    for trigger, count in sorted(found.triggers.items()):
        changed = found.triggers_moved[trigger]
        table.add_row(clean(trigger), str(count), str(changed), _percent(changed, count))
    console.print(table)
    for what, changes in (("offer", found.offers), ("channel", found.channels)):
        console.print(_totals(what, changes))
        console.print(_changes(what, changes))
    return written.getvalue()


def differences_json(found: Differences, version: str = "") -> str:
    """The same counts on one line; a change is what the log has, what the candidate, how often.

    `version` is that of a candidate that decided beside the live policy.
    """
    shown: dict[str, object] = {"candidate": version} if version else {}
    shown |= {
        "decisions": found.decisions,
        "moved": found.moved,
        "triggers": found.triggers,
        "triggers_moved": found.triggers_moved,
        "offers": [(*change, count) for change, count in found.offers.items()],
        "channels": [(*change, count) for change, count in found.channels.items()],
    }
    return msgspec.json.encode(shown).decode() + "\n"


def measured_text(found: Measured, currency: str) -> str:
    """Shares bought and margin, offers against the holdout, or why not."""
    console, written = _console()
    left = found.left_out
    console.print(
        f"{found.decisions} decisions for an offer; {found.open} still open; left out: "
        f"{left.elsewhere} of a policy not at hand, {left.about_anything} about anything, "
        f"{left.queries} about a query, {left.worth} of unknown worth"
    )
    every = (*found.offers, found.total)
    console.print(_bought(every))
    console.print(_margins(every, currency))
    for one in every:
        if one.refusal is not None:
            name = clean(one.offer or TOTAL)
            console.print(f"{_refused(one)}, {name}: {one.refusal.sentence}")
    console.print(MEASURED_NOTES, end="")
    return written.getvalue()


def measured_json(found: Measured, currency: str) -> str:
    """All figures, money in minor units, on one line."""
    return msgspec.json.encode({"currency": currency, "measured": found}).decode() + "\n"


def _bought(every: Iterable[Uplift]) -> Table:
    table = _table(
        "offer", "delivered", "bought", "held out", "anyway", "model's P0",
        "uplift", "95 % interval",
    )  # fmt: skip
    for one in every:
        cells = (_refused(one), "")
        if one.uplift is not None:
            low, high = 100 * one.uplift.low, 100 * one.uplift.high
            cells = (f"{100 * one.uplift.value:+.1f} points", f"{low:+.1f} to {high:+.1f}")
        table.add_row(
            clean(one.offer or TOTAL),
            str(one.delivered),
            _share(one.delivered_bought, one.delivered),
            str(one.held_out),
            _share(one.anyway_bought, one.held_out),
            _share(one.anyway_model, one.held_out),
            *cells,
        )
    return table


def _margins(every: Iterable[Uplift], currency: str) -> Table:
    table = _table(
        "offer",
        "sent",
        "customers it got to",
        "held out customers",
        "margin gained",
        "95 % interval",
    )
    for one in every:
        cells = (_refused(one), "")
        if one.incremental_minor is not None:
            cells = _cells(one.incremental_minor, 1, currency)
        subjects = (str(one.delivered_subjects), str(one.held_out_subjects))
        table.add_row(clean(one.offer or TOTAL), str(one.sent), *subjects, *cells)
    return table


def _refused(one: Uplift) -> str:
    return "too few" if one.offer else "refused"


def _share(value: float, of: int) -> str:
    return f"{100 * value:.1f} %" if of else ""


def _estimates(found: Evaluation, currency: str) -> Table:
    table = _table(f"{currency} a {SCALE} decisions", "value", "95 % interval")
    rows: list[tuple[str, Estimate | None]] = [("logged policy", found.logged)]
    candidate = found.candidate
    if candidate is not None:
        rows += [
            ("candidate, IPS", candidate.ips),
            ("candidate, SNIPS", candidate.snips),
            ("candidate, doubly robust", candidate.dr),
            ("gain, doubly robust less logged, same decisions", candidate.gain),
        ]
    for name, one in rows:
        table.add_row(name, *_cells(one, SCALE, currency))
    return table


def _lifts(lifts: Iterable[Lift], currency: str) -> Table:
    table = _table("offer", "sent", "delivered", "accepted", "P0 x margin", "lift", "95 % interval")
    for one in lifts:
        cells = _cells(one.incremental_minor, 1, currency)
        if one.incremental_minor is None:
            cells = (f"{one.subjects} of {SUBJECTS_MIN} customers", "")
        table.add_row(
            clean(one.offer),
            str(one.sent),
            str(one.delivered),
            str(one.accepted),
            money(one.anyway_minor, currency),
            *cells,
        )
    return table


def _cells(one: Estimate | None, scale: int, currency: str) -> tuple[str, str]:
    if one is None:
        return "refused", ""
    low, high = money(scale * one.low, currency), money(scale * one.high, currency)
    return money(scale * one.value, currency), f"{low} to {high}"


def _refusals(console: Console, word: str, refusals: Iterable[Refusal], decisions: int) -> None:
    for one in refusals:
        share = _percent(one.decisions, decisions)
        console.print(f"{word}, {one.ground}: {one.decisions} decisions ({share}): {one.sentence}")


def _totals(what: str, changes: Counter[Change]) -> Table:
    before: Counter[str] = Counter()
    after: Counter[str] = Counter()
    for (logged, candidate), count in changes.items():
        before[logged] += count
        after[candidate] += count
    table = _table(what, "log", "candidate", "difference")
    for name in sorted({*before, *after}, key=lambda one: (one == SILENCE, one)):
        cells = (str(before[name]), str(after[name]), f"{after[name] - before[name]:+d}")
        table.add_row(clean(name), *cells)
    return table


def _changes(what: str, changes: Counter[Change]) -> Table:
    moved = [(change, count) for change, count in changes.items() if change[0] != change[1]]
    moved.sort(key=lambda one: (-one[1], one[0]))
    table = _table(f"{what} that was", "decisions", "would be")
    for (logged, candidate), count in moved[:CHANGES_SHOWN]:
        table.add_row(clean(logged), str(count), clean(candidate))
    if len(moved) > CHANGES_SHOWN:
        table.caption = f"and {len(moved) - CHANGES_SHOWN} more pairs"
    return table


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole if whole else 0:.1f} %"


def _table(first: str, *others: str) -> Table:
    table = Table(box=box.SIMPLE)
    table.add_column(first, no_wrap=True)
    for name in others:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _console() -> tuple[Console, StringIO]:
    written = StringIO()
    console = Console(file=written, width=WIDTH, color_system=None, highlight=False, markup=False)
    return console, written
