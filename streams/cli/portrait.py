"""One customer in a terminal: every trait with its evidence, nothing passed off as knowledge."""

from collections.abc import Iterable

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from streams.cli import portrait_buying as buying
from streams.cli import portrait_now as now
from streams.cli.portrait_lines import LEGEND, bars
from streams.cli.words import clean, utc
from streams.core.genome.genome import BackgroundShown, Genome

WIDTH = 120
FRAME = 4  # of the panel: a line and a space on either side
INDENT = 2
_MEASURE = Console(width=WIDTH)
NOTHING = "nothing known"
# Without these, their absence is a message too.
ALWAYS = {"Evidence", "Buying behaviour", "Interests", "Cart", "Contact", "Offers"}


def portrait(genome: Genome) -> RenderableType:
    """Return the genome in sections, from evidence to contact; safe to print, whatever is in it."""
    now_ms = genome.as_of_ms
    sections = {
        "Evidence": now.events(genome),
        "Buying behaviour": buying.buying(genome),
        "Habits": buying.habits(genome),
        "May be bought next": buying.coming(genome),
        "How they buy": buying.ways(genome),
        "Interests": bars(genome.taste.categories, now_ms),
        "Brands": bars(genome.taste.brands, now_ms),
        "What it is like": buying.taste(genome),
        "Values, -1 against to +1 for": now.values(genome),
        "Topics": bars(genome.worlds.topics, now_ms),
        "People, places, travel": bars(genome.worlds.entities, now_ms),
        "Opinions of brands, -1 to +1": buying.opinions(genome),
        "Moved by": bars(genome.worlds.influences, now_ms),
        "Situation": now.situation(genome),
        "Cart": now.cart(genome),
        "Posts and service": now.service(genome),
        "Worth": now.worth(genome),
        "Outlets": bars(genome.buying.outlets, now_ms),
        "Channels": bars(genome.buying.channels, now_ms),
        "Contact": now.contact(genome),
        "Offers": now.offers(genome),
        "Their own word": now.said(genome),
        "One person": now.identity(genome),
    }
    told = {title: [*lines] for title, lines in sections.items()}
    parts = [
        part
        for title, lines in told.items()
        if lines or title in ALWAYS
        for part in _section(title, lines)
    ]
    body = Group(*parts, Text(LEGEND, style="dim"))
    word = f"{genome.situation.stage}, {genome.worth.lifecycle.word}"
    title = Text(f" {clean(genome.subject)}: {word} ", style="bold")
    footer = Text(f" as of {utc(now_ms)}; {_against(genome.background)} ")
    return Group(Panel(body, title=title, subtitle=footer, title_align="left", width=WIDTH))


def _section(title: str, lines: Iterable[str]) -> Iterable[RenderableType]:
    """The title, and each line set in; what does not fit goes on deeper still."""
    yield Text(title, style="bold cyan")
    for line in [*lines] or [NOTHING]:
        yield Padding(_hanging(clean(line)), (0, 0, 0, INDENT))


def _hanging(line: str) -> Text:
    """`line`, with the words that go on to a second one set in."""
    words = Text(line)
    wrapped = words.wrap(_MEASURE, WIDTH - FRAME - INDENT)
    if len(wrapped) < 2:  # noqa: PLR2004  # it fits
        return words
    rest = Text(line[len(wrapped[0].plain) :].lstrip())
    lines = [wrapped[0], *rest.wrap(_MEASURE, WIDTH - FRAME - 3 * INDENT)]
    return Text(f"\n{' ' * 2 * INDENT}").join(lines)


def _against(background: BackgroundShown) -> str:
    model = background.model_version or "none fitted"
    products = background.products_version or "none"
    return f"population {clean(model)}, products {clean(products)}"
