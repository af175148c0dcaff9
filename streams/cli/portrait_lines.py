"""The lines of a portrait: bars with their uncertainty, and the evidence behind each trait."""

from collections.abc import Iterable, Sequence

from streams.cli.words import age, clean
from streams.core.genome.tastes import TraitShown, WordShown

BAR_CELLS = 20
SURE, LIKELY, POSSIBLE, NOTHING = "█", "▓", "▒", "·"
LEGEND = f"{SURE} sure  {LIKELY} likely  {POSSIBLE} possible (90 % interval)  n observations"


def bar(low: float, value: float, high: float) -> str:
    """A share in `BAR_CELLS`: sure to the interval's low end, likely to the value, possible on."""
    ends = [round(min(max(one, 0.0), 1.0) * BAR_CELLS) for one in (low, value, high)]
    sure, likely, possible = ends[0], max(ends[0], ends[1]), max(ends)
    marks = SURE * sure + LIKELY * (likely - sure) + POSSIBLE * (possible - likely)
    return marks + NOTHING * (BAR_CELLS - possible)


def bars(traits: Sequence[TraitShown], now_ms: int) -> Iterable[str]:
    """A line for each share or rate: name, bar, value, interval, evidence."""
    longest = max((len(clean(one.name)) for one in traits), default=0)
    for one in traits:
        yield f"{clean(one.name).ljust(longest)}  {share(one)}  {evidence(one, now_ms)}"


def share(one: TraitShown) -> str:
    """A share with its bar; an unknown one has an empty bar, a corrected one no interval."""
    if one.value is None:
        return f"{NOTHING * BAR_CELLS} unknown"
    if one.low is None or one.high is None:
        word = "  (their word)" if one.origin == "said" else ""
        return f"{bar(one.value, one.value, one.value)} {one.value:6.1%}{word}"
    return f"{bar(one.low, one.value, one.high)} {one.value:6.1%} ({one.low:.0%}-{one.high:.0%})"


def numbers(traits: Sequence[TraitShown], now_ms: int, form: str = ".2f") -> Iterable[str]:
    """A line for each mean: name, value, interval, evidence."""
    longest = max((len(clean(one.name)) for one in traits), default=0)
    for one in traits:
        name = clean(one.name).ljust(longest)
        yield f"{name}  {number(one, form)}  {evidence(one, now_ms)}"


def number(one: TraitShown, form: str = ".2f", unit: str = "") -> str:
    """A mean with its interval, or that it is unknown."""
    if one.value is None:
        return "unknown"
    if one.low is None or one.high is None:
        return f"{one.value:{form}}{unit}"
    return f"{one.value:{form}}{unit} ({one.low:{form}} to {one.high:{form}})"


def evidence(one: TraitShown, now_ms: int) -> str:
    """Observations, when the last was, by which sources."""
    words = [f"n={one.count}"]
    if one.last_ms is not None:
        words.append(ago(now_ms, one.last_ms))
    if one.sources:
        words.append("by " + ", ".join(one.sources))
    return ", ".join(words)


def word(one: WordShown) -> str:
    """A word and why."""
    return f"{one.word}: {one.why}" if one.why else one.word


def ago(now_ms: int, at_ms: int) -> str:
    """How long before `now_ms`, in words."""
    since = age(now_ms - at_ms)
    return since if since == "now" else f"{since} ago"


def some(words: Iterable[str], shown_max: int) -> str:
    """The first `shown_max` of `words` and how many more there are."""
    every = [*words]
    more = f" and {len(every) - shown_max} more" if len(every) > shown_max else ""
    return ", ".join(every[:shown_max]) + more
