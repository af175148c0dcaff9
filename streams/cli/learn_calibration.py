"""The table of `streams learn --calibration`."""

from collections.abc import Iterable
from io import StringIO

from rich import box
from rich.console import Console
from rich.table import Table

from streams.core.calibration import BAND_ENDS, BANDS, HOLDOUT
from streams.fit.calibration import ALL, Calibrated

WIDTH = 110
NOTES = f"""\
expected: by catalogue and context; predicted: with what was learned, as decisions use it.
off: the 95 % interval of what was observed leaves the prediction out; one row in twenty may be off
by chance. {HOLDOUT}: bought without an offer, against the chance of buying anyway.
"""


def table(found: Iterable[Calibrated]) -> str:
    """Each channel with its bands of expected chance, and what the columns mean."""
    shown = Table(box=box.SIMPLE)
    shown.add_column("channel", no_wrap=True)
    for name in ("chance", "trials", "expected", "predicted", "observed", "95 % interval", ""):
        shown.add_column(name, justify="right", no_wrap=True)
    for one in found:
        shown.add_row(
            one.channel if one.band == ALL else "",
            _chance(one.band),
            f"{one.tried:,.1f}",
            _percent(one.expected),
            _percent(one.predicted),
            _percent(one.observed),
            f"{_percent(one.low)} to {_percent(one.high)}",
            "off" if one.off else "",
        )
    written = StringIO()
    console = Console(file=written, width=WIDTH, color_system=None, highlight=False, markup=False)
    if shown.row_count:
        console.print(shown)
        console.print(NOTES, end="")
    else:
        console.print("no trial has closed yet: offers count when they are answered or over")
    return written.getvalue()


def _chance(band: str) -> str:
    if band == ALL:
        return ALL
    place = BANDS.index(band)
    start = BAND_ENDS[place - 1] if place else 0.0
    return f"{100 * start:g} to {100 * BAND_ENDS[place]:g} %"


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"
