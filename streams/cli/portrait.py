"""One customer in a terminal: every trait with its evidence, nothing passed off as knowledge."""

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from streams.cli.portrait_taste import habits, taste, ways
from streams.cli.words import age, clean, money, utc
from streams.worker.genome import CareShown, Genome, Interest

WIDTH = 100
BAR_CELLS = 20
LISTED_MAX = 8
DAY_MS = 86_400_000
NOTHING = "nothing known"
# Without these, their absence is a message too.
ALWAYS = {"Recency", "Buying behaviour", "Categories", "Cart", "Contact history", "Open offers"}


def portrait(genome: Genome) -> RenderableType:
    """Return the genome in sections, from recency to service; safe to print, whatever is in it."""
    sections = {
        "Recency": _recency(genome),
        "Buying behaviour": _buying(genome),
        "Habits": habits(genome),
        "How they shop": ways(genome),
        "Categories": _affinity(genome.categories, genome.as_of_ms),
        "Brands": _affinity(genome.brands, genome.as_of_ms),
        "What it is like": _affinity(genome.attributes, genome.as_of_ms),
        "Price and pack": taste(genome.bands),
        "Values, by what was bought": _affinity(genome.values, genome.as_of_ms),
        "Values, by what was said": taste(genome.said_values),
        "Topics": _affinity(genome.topics, genome.as_of_ms),
        "People and places": _affinity(genome.entities, genome.as_of_ms),
        "Opinions of brands": taste(genome.opinions),
        "Moved by": _affinity(genome.influences, genome.as_of_ms),
        "Moments": _affinity(genome.moments, genome.as_of_ms),
        "Outlets": _affinity(genome.outlets, genome.as_of_ms),
        "Channels": _affinity(genome.channels, genome.as_of_ms),
        "Cart": _cart(genome),
        "Contact history": _contact(genome),
        "Open offers": _open_offers(genome),
        "Earlier offers": _tried(genome),
        "Posts and service": _care(genome.care, genome.as_of_ms),
    }
    told = {title: [*lines] for title, lines in sections.items()}
    body = Text("\n").join(
        _section(title, lines) for title, lines in told.items() if lines or title in ALWAYS
    )
    title = Text(f" {clean(genome.subject)}: {genome.stage} ", style="bold")
    footer = Text(f" as of {utc(genome.as_of_ms)} ")
    return Group(Panel(body, title=title, subtitle=footer, title_align="left", width=WIDTH))


def _section(title: str, lines: Iterable[str]) -> Text:
    shown = "".join(f"\n  {clean(line)}" for line in [*lines] or [NOTHING])
    return Text(title, style="bold cyan").append(Text(shown, style="not bold default"))


def _recency(genome: Genome) -> Iterable[str]:
    kinds = sorted(genome.counts.items(), key=lambda pair: (-pair[1], pair[0]))
    listed = ", ".join(f"{kind} {count}" for kind, count in kinds)
    yield f"{genome.events} events" + (f": {listed}" if listed else "")
    if genome.first_seen_ms is not None and genome.last_seen_ms is not None:
        ago = _ago(genome.as_of_ms, genome.last_seen_ms)
        yield f"first seen {utc(genome.first_seen_ms)}, last {utc(genome.last_seen_ms)}, {ago}"


def _buying(genome: Genome) -> Iterable[str]:
    buying = genome.buying
    for one in buying.spend:
        days = one.half_life_ms // DAY_MS
        yield (
            f"{money(one.lifetime_minor, one.currency)} over the lifetime, "
            f"{money(one.recent_minor, one.currency)} recently (half-life {days} d), "
            f"n={one.purchases}"
        )
    if buying.last_purchase_ms is not None:
        yield f"last purchase {_ago(genome.as_of_ms, buying.last_purchase_ms)}"
    if buying.purchases:
        yield "last bought " + _listed(
            f"{one.item_id} ({_ago(genome.as_of_ms, one.at_ms)})" for one in buying.purchases
        )
    if buying.returns or buying.voids:
        yield f"{buying.returns} returns, {buying.voids} voids"


def _affinity(interests: list[Interest], now_ms: int) -> Iterable[str]:
    longest = max((len(clean(one.name)) for one in interests), default=0)
    for one in interests:
        cells = round((one.share or 0.0) * BAR_CELLS)
        bar = "█" * cells + "·" * (BAR_CELLS - cells)
        share = "unknown" if one.share is None else f"{one.share:7.1%}"
        if one.share is not None:
            share += " (you said)" if one.origin == "said" else f" ({one.low:.0%}-{one.high:.0%})"
        name = clean(one.name).ljust(longest)
        yield f"{name}  {bar} {share}  n={one.count}, {_ago(now_ms, one.last_ms)}{_by(one)}"


def _by(one: Interest) -> str:
    return f", by {' and '.join(one.sources)}" if one.sources else ""


def _cart(genome: Genome) -> Iterable[str]:
    for one in genome.cart[:LISTED_MAX]:
        known = [one.item_id, one.category, one.brand]
        what = " / ".join(word for word in known if word)
        words = [f"{one.quantity} x {what}", _ago(genome.as_of_ms, one.at_ms)]
        if one.price_minor is not None and one.currency is not None:
            words.insert(1, money(one.price_minor, one.currency))
        yield "  ".join(words)
    if len(genome.cart) > LISTED_MAX:
        yield f"and {len(genome.cart) - LISTED_MAX} more"


def _contact(genome: Genome) -> Iterable[str]:
    for consent in genome.consents:
        word = "granted" if consent.granted else "denied"
        channel = "every channel" if consent.channel == "*" else consent.channel
        yield f"consent {channel}, {consent.purpose}: {word} {utc(consent.at_ms)}"
    for one in genome.contacts:
        last = _ago(genome.as_of_ms, max(one.times_ms)) if one.times_ms else "never"
        yield f"contacts {one.channel}, {one.purpose}: n={len(one.times_ms)}, last {last}"


def _open_offers(genome: Genome) -> Iterable[str]:
    for one in genome.open_offers:
        about = f" for {one.item_id}" if one.item_id else ""
        left = age(one.expires_ms - genome.as_of_ms)
        yield f"{one.offer}{about} by {one.channel}, {one.state}, {left} left, {one.offer_id}"


def _tried(genome: Genome) -> Iterable[str]:
    for one in genome.tried[:LISTED_MAX]:
        outcomes = ", ".join(f"{word} {count}" for word, count in one.outcomes.items())
        yield f"{one.offer}: {outcomes or 'no word yet'}, {_ago(genome.as_of_ms, one.last_ms)}"
    if len(genome.tried) > LISTED_MAX:
        yield f"and {len(genome.tried) - LISTED_MAX} more"


def _care(care: CareShown, now_ms: int) -> Iterable[str]:
    counts = {
        "posts": care.posts,
        "complaints": care.complaints,
        "mentions": care.mentions,
        "late deliveries": care.delays,
    }
    if any(counts.values()):
        yield ", ".join(f"{word} {count}" for word, count in counts.items() if count)
    if care.last_complaint_ms is not None:
        yield f"last complaint {_ago(now_ms, care.last_complaint_ms)}"
    if care.last_answer_ms is not None:
        yield f"last answer {_ago(now_ms, care.last_answer_ms)}"
    for opened_ms in care.cases_open_since_ms:
        yield f"a case is open since {utc(opened_ms)}"


def _listed(words: Iterable[str]) -> str:
    shown = [*words]
    more = f" and {len(shown) - LISTED_MAX} more" if len(shown) > LISTED_MAX else ""
    return ", ".join(shown[:LISTED_MAX]) + more


def _ago(now_ms: int, at_ms: int) -> str:
    since = age(now_ms - at_ms)
    return since if since == "now" else f"{since} ago"
