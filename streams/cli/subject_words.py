"""A profile in sentences, to the customer it is about: what we think, why, and what they can do.

Nothing here is hidden from them: special categories that they consented to are told as well.
"""

from collections.abc import Iterable, Sequence

from streams.cli.portrait_lines import ago
from streams.cli.words import clean, money, utc
from streams.core.genome.genome import Genome
from streams.core.genome.reached import ConsentShown
from streams.core.genome.tastes import TraitShown

TOLD_MAX = 5
SHARE_MIN = 0.05
"""A trait that is less of them than this is not worth a sentence."""
POINTED = 0.2
WORDS = {"corrected": "You corrected", "muted": "We do not use", "never": "We never offer"}


def in_words(genome: Genome) -> Iterable[str]:
    """The paragraphs, most of what there is to know about first."""
    subject, day = clean(genome.subject), utc(genome.as_of_ms)
    yield f"What we know about {subject} on {day[:10]}, and why."
    for title, sentences in (
        ("Where it comes from", _origin(genome)),
        ("What you buy", _buying(genome)),
        ("What you like", _likes(genome)),
        ("What seems to matter to you", _values(genome)),
        ("What you live for", _worlds(genome)),
        ("Where you are", _situation(genome)),
        ("How we may reach you", _contact(genome)),
        ("What you told us, and what wins over all of the above", _said(genome)),
        ("What you can do", _remedies(subject)),
    ):
        told = [clean(one) for one in sentences]
        if told:
            yield f"\n{title}"
            yield from (f"  {one}" for one in told)


def _origin(genome: Genome) -> Iterable[str]:
    if genome.first_seen_ms is None:
        yield "We have seen nothing of you yet."
        return
    kinds = sorted(genome.counts.items(), key=lambda one: (-one[1], one[0]))
    listed = ", ".join(f"{count} x {kind}" for kind, count in kinds)
    yield f"{genome.events} events since {utc(genome.first_seen_ms)[:10]}: {listed}."


def _buying(genome: Genome) -> Iterable[str]:
    held = genome.buying
    if not held.purchase_days:
        yield "You have not bought from us yet."
        return
    every = held.interval_days
    rhythm = ""
    if every.value is not None and every.low is not None and every.high is not None:
        rhythm = (
            f", about every {every.value:.1f} days (between {every.low:.1f} and {every.high:.1f})"
        )
    yield f"You bought on {_days(held.purchase_days)}{rhythm}."
    for spent in held.spend:
        value = spent.receipt.value
        usual = f"; a receipt is usually {money(value, spent.currency)}" if value else ""
        yield f"You spent {money(spent.lifetime_minor, spent.currency)}{usual}."
    for habit in held.habits[:TOLD_MAX]:
        when = f"; it is {habit.due}" if habit.due in {"due soon", "overdue"} else ""
        last = ago(genome.as_of_ms, habit.last_day_ms)
        yield f"You buy {habit.category}: on {habit.receipts} receipts, last {last}{when}."
    taken = held.price_sensitivity.value
    if taken is not None:
        yield (
            f"You take {taken:.1f} times the promotions that others take of the same things "
            f"({held.price_sensitivity.why})."
        )


def _likes(genome: Genome) -> Iterable[str]:
    taste = genome.taste
    for what, traits in (
        ("brand", taste.brands),
        ("kind of thing", taste.categories),
        ("property", taste.attributes),
    ):
        yield from _shares(f"A {what} you like", traits, genome.as_of_ms)
    for band in taste.bands:
        if band.name == "price" and band.value is not None:
            yield (
                f"In a shelf sorted by price you stand at {band.value:.0%} "
                f"from the cheapest end (n={band.count})."
            )
        if band.name == "private label" and band.value is not None:
            yield f"{band.value:.0%} of what you buy is our own label (n={band.count})."


def _values(genome: Genome) -> Iterable[str]:
    for one in genome.values:
        if one.value is None or abs(one.value) < POINTED:
            continue
        if one.origin == "said":
            yield f"{one.name}: {one.value:.0%}, as you told us."
            continue
        way = "matters to you" if one.value > 0 else "does not matter to you"
        because = one.revealed.why if one.revealed is not None else "you said so in words"
        yield f"{one.name} seems to be something that {way} ({because})."
        if one.contradiction is not None:
            yield f"About {one.name} your words and your purchases differ: {one.contradiction}."


def _worlds(genome: Genome) -> Iterable[str]:
    worlds, now_ms = genome.worlds, genome.as_of_ms
    yield from _shares("A topic of yours", worlds.topics, now_ms)
    yield from _shares("Someone or somewhere you follow", worlds.entities, now_ms)
    yield from _shares("Someone whose word you pass on", worlds.influences, now_ms)
    for one in worlds.opinions:
        if one.value is not None:
            word = "well" if one.value > 0 else "badly"
            yield f"You speak {word} of {one.name} ({one.value:+.2f}, n={one.count})."
    for special in worlds.special:
        purpose, _, topic = special.name.partition("|")
        yield f"With your consent ({purpose}) we keep: {topic} (n={special.count})."


def _situation(genome: Genome) -> Iterable[str]:
    held, now_ms = genome.situation, genome.as_of_ms
    for one in held.journey[:TOLD_MAX]:
        if one.stage in {"intending", "comparing", "exploring"} and one.last_ms is not None:
            yield f"You are {one.stage} in {one.category}: {one.why}, {ago(now_ms, one.last_ms)}."
    if held.cart:
        yield f"{len(held.cart)} articles lie in your cart."
    for answer in genome.service.answers:
        yield f"You wait for our answer to a {answer.kind}, {ago(now_ms, answer.since_ms)}."
    lifecycle = genome.worth.lifecycle
    yield f"We would call you {lifecycle.word}: {lifecycle.why}."


def _contact(genome: Genome) -> Iterable[str]:
    if not genome.contact.consents:
        yield "You gave no permission for any channel."
    for one in genome.contact.consents:
        yield _consent(one)
    for reach in genome.contact.reach:
        rate = reach.response.value
        if rate is not None:
            best = f", mostly around {reach.best_hour} h" if reach.best_hour is not None else ""
            yield (
                f"By {reach.channel} you answer {rate:.0%} of the time{best} "
                f"(n={reach.response.count})."
            )


def _consent(one: ConsentShown) -> str:
    word = "may" if one.granted else "may not"
    channel = "any channel" if one.channel == "*" else one.channel
    source = f", said at the {one.source}" if one.source else ""
    return f"We {word} use {channel} for {one.purpose}, since {utc(one.at_ms)[:10]}{source}."


def _said(genome: Genome) -> Iterable[str]:
    for one in genome.stated:
        share = f" to {one.share:.0%}" if one.share is not None else ""
        source = f", {one.source}" if one.source else ""
        yield f"{WORDS[one.kind]} {one.name}{share} (since {utc(one.at_ms)[:10]}{source})."


def _remedies(subject: str) -> Iterable[str]:
    yield f"Put something right:  streams subject correct {subject} --trait topic/NAME --share 0"
    yield f"Have it not used:     streams subject mute {subject} --trait topic/NAME"
    yield f"Never be offered it:  streams subject suppress {subject} --product SKU"


def _shares(what: str, traits: Sequence[TraitShown], now_ms: int) -> Iterable[str]:
    known = [one for one in traits if one.value is not None and one.value >= SHARE_MIN]
    for one in known[:TOLD_MAX]:
        if one.origin == "said":
            yield f"{what}: {one.name}, {one.value:.0%} as you told us."
            continue
        by = f", from {' and '.join(one.sources)}" if one.sources else ""
        last = f", last {ago(now_ms, one.last_ms)}" if one.last_ms is not None else ""
        yield f"{what}: {one.name}, {one.value:.0%} (n={one.count}{last}{by})."


def _days(count: int) -> str:
    return "one day" if count == 1 else f"{count} days"
