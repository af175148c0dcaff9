"""The sheet of the matching study: every trial as text, so that a person can be tested blind."""

from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from string import ascii_uppercase
from textwrap import wrap

from rich.console import Console

from streams.cli.portrait import WIDTH, portrait
from streams.cli.words import clean, money, utc
from streams.core.genome.genome import Genome
from streams.core.genome.shopping import WEEKDAYS
from streams.core.local import hour_of, weekday_of
from streams.worker.simulation.matching import Material, Trial
from streams.worker.simulation.matching_reader import Line, Seen, hour_name
from streams.worker.simulation.receipts import CURRENCY

RECEIPTS_MAX = 6
LINES_MAX = 24
INTRODUCTION = """\
Each trial shows the portrait of one customer and then, as lists A to D, later receipts of four
customers, all from the same weeks: at most {receipts} of each, spread evenly over what there is.
One of the four is the customer of the portrait. Which one? Write one letter a trial, one a line.
Times are those of {zone}; outlets are left out. A line is category / brand / amount.
"""


def sheet(trials: Sequence[Trial], material: Material, zone: str) -> str:
    """All `trials` as text, without a name or an answer; times are those of `zone`."""
    parts = [INTRODUCTION.format(receipts=RECEIPTS_MAX, zone=zone)]
    for number, trial in enumerate(trials, 1):
        parts.append(f"{f' Trial {number} of {len(trials)} ':=^{WIDTH}}\n")
        parts.append(_portrait(material.genomes[trial.subject]))
        parts += [
            "\n".join(_list(letter, material.later[household])) + "\n"
            for letter, household in zip(ascii_uppercase, trial.households, strict=False)
        ]
    return "\n".join(parts)


def answers(trials: Iterable[Trial]) -> str:
    """The right letter of each trial, one a line."""
    return "".join(f"{ascii_uppercase[trial.answer]}\n" for trial in trials)


def spread(receipts: Sequence[Seen]) -> list[Seen]:
    """At most `RECEIPTS_MAX` of `receipts`, the first, the last, and evenly between them."""
    last = len(receipts) - 1
    if last < RECEIPTS_MAX:
        return [*receipts]
    return [receipts[place * last // (RECEIPTS_MAX - 1)] for place in range(RECEIPTS_MAX)]


def _portrait(genome: Genome) -> str:
    text = StringIO()
    Console(file=text, width=WIDTH, color_system=None, highlight=False).print(portrait(genome))
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"


def _list(letter: str, receipts: Sequence[Seen]) -> Iterator[str]:
    shown = spread(receipts)
    yield f"List {letter}: {len(shown)} of {len(receipts)} receipts"
    for one in shown:
        day = f"{utc(one.local_ms)[:10]} {WEEKDAYS[weekday_of(one.local_ms)]}"
        hour = hour_name(hour_of(one.local_ms))
        count = f"{len(one.lines)} line{'' if len(one.lines) == 1 else 's'}"
        yield f"  {day}, {hour}, {money(one.amount_minor, CURRENCY)}, {count}"
        words = [_line(line) for line in one.lines[:LINES_MAX]]
        if len(one.lines) > LINES_MAX:
            words.append(f"and {len(one.lines) - LINES_MAX} more")
        yield from wrap("; ".join(words), WIDTH, initial_indent="    ", subsequent_indent="    ")


def _line(line: Line) -> str:
    words = [line.category or "?", line.brand or "?", f"{line.amount_minor / 100:.2f}"]
    return clean(" / ".join(words))
