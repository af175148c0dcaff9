"""Values, situation, service, worth and contact of one customer, in lines for a terminal."""

from collections.abc import Iterable

from streams.cli.portrait_lines import ago, bars, evidence, number, share, some, word
from streams.cli.words import age, clean, money, utc
from streams.core.genome.genome import Genome, WorthShown
from streams.core.genome.reached import ReachShown
from streams.core.genome.tastes import ValueShown

LISTED_MAX = 8
FIFTHS = ("recency", "frequency", "money")


def values(genome: Genome) -> Iterable[str]:
    """What speaks for and against each of the eight values."""
    known = genome.values
    longest = max((len(one.name) for one in known), default=0)
    for one in known:
        yield f"{one.name.ljust(longest)}  {_value(one, genome.as_of_ms)}"


def _value(one: ValueShown, now_ms: int) -> str:
    if one.value is None:
        words = ["unknown"]
    elif one.origin == "said":
        words = [f"{one.value:+.2f} (their word)"]
    else:
        words = [f"{one.value:+.2f} ({one.low:+.2f} to {one.high:+.2f})"]
    if one.revealed is not None:
        words.append(f"{one.revealed.why}, {evidence(one.revealed, now_ms)}")
    if one.said is not None and one.said.value is not None:
        words.append(f"in words {number(one.said, '+.2f')}, n={one.said.count}")
    if one.contradiction is not None:
        words.append(f"contradicts itself: {one.contradiction}")
    return "; ".join(words)


def situation(genome: Genome) -> Iterable[str]:
    """The journey by category, signals, cart, devices and places."""
    held, now_ms = genome.situation, genome.as_of_ms
    longest = max((len(clean(one.category)) for one in held.journey), default=0)
    for one in held.journey:
        when = f", {ago(now_ms, one.last_ms)}" if one.last_ms is not None else ""
        yield f"{clean(one.category).ljust(longest)}  {one.stage}: {one.why}{when}"
    for signal in held.signals:
        yield f"{signal.kind}, {signal.about}: {signal.why}, {ago(now_ms, signal.at_ms)}"
    yield from bars(held.devices, now_ms)
    yield from bars(held.places, now_ms)


def cart(genome: Genome) -> Iterable[str]:
    """What lies in the cart, and what it comes to."""
    held = genome.situation
    for value in held.cart_values:
        unpriced = f", {value.unpriced} without a price" if value.unpriced else ""
        yield f"worth {money(value.value_minor, value.currency)}{unpriced}"
    for one in held.cart[:LISTED_MAX]:
        known = [one.item_id, one.category, one.brand]
        what = " / ".join(part for part in known if part)
        words = [f"{one.quantity} x {what}", ago(genome.as_of_ms, one.at_ms)]
        if one.price_minor is not None and one.currency is not None:
            words.insert(1, money(one.price_minor, one.currency))
        yield "  ".join(words)
    if len(held.cart) > LISTED_MAX:
        yield f"and {len(held.cart) - LISTED_MAX} more"


def service(genome: Genome) -> Iterable[str]:
    """Posts, complaints, what waits for an answer, and how things went."""
    held, now_ms = genome.service, genome.as_of_ms
    counts = {
        "posts": held.posts,
        "mentions": held.mentions,
        "complaints": held.complaints,
        "late deliveries": held.delays,
    }
    if any(counts.values()):
        yield ", ".join(f"{name} {count}" for name, count in counts.items() if count)
    for answer in held.answers:
        about = f" {answer.about}" if answer.about else ""
        said = f", sentiment {answer.sentiment:+.2f}" if answer.sentiment is not None else ""
        yield f"waits for an answer: {answer.kind}{about}, {ago(now_ms, answer.since_ms)}{said}"
    if held.last_answer_ms is not None:
        yield f"last answer {ago(now_ms, held.last_answer_ms)}"
    if held.untold.count:
        for what, one in (("good, of moments told", held.balance), ("untold", held.untold)):
            yield f"{what.ljust(21)}  {share(one)}  {evidence(one, now_ms)}"


def worth(genome: Genome) -> Iterable[str]:
    """Lifecycle, alive or not, what is to come, ranks and voice."""
    held = genome.worth
    yield word(held.lifecycle)
    alive = held.alive
    why = f", {alive.why}" if alive.why else ""
    value = "unknown" if alive.value is None else f"{alive.value:.1%}"
    yield f"still a customer: {value}{why}"
    if held.never_again is not None:
        yield f"bought once: {held.never_again:.0%} of such customers never come back"
    if held.expected_purchases is not None:
        weeks = f"{held.expected_weeks:.0f} weeks"
        yield f"days of purchase to expect in {weeks}: {held.expected_purchases:.1f}"
    yield from _money(held)
    for one in held.rankings:
        yield f"best by {one.ranking}: above {one.below:.0%} of customers ({one.why})"
    yield from _voice(held)


def _money(held: WorthShown) -> Iterable[str]:
    one, scored = held.lifetime, held.rfm
    if one is not None:
        profit = (
            "margin unknown"
            if one.profit_minor is None
            else f"{money(one.profit_minor, one.currency)} of it profit"
        )
        yield (
            f"lifetime value {money(one.revenue_minor, one.currency)}, {profit}: "
            f"{one.purchases:.1f} days of purchase at {money(one.spend_minor, one.currency)} in "
            f"{one.horizon_weeks:.0f} weeks, discounted at {one.discount_yearly:.0%} a year"
        )
    if scored is not None and any(scored.scores):
        fifths = zip(FIFTHS, scored.scores, strict=True)
        words = [f"{name} {score}" for name, score in fifths if score is not None]
        yield f"fifths of the population, 5 the best: {', '.join(words)}"


def _voice(held: WorthShown) -> Iterable[str]:
    one = held.voice
    if one.audience is None and not one.frequency and not one.referral_minor:
        return
    audience = "unknown" if one.audience is None else f"{one.audience:,}"
    yield (
        f"voice: audience {audience}, reach {one.reach:.2f}, frequency {one.frequency:.2f}, "
        f"impact {one.impact:.2f}, engagement {one.engagement:.2f}"
    )
    if one.referral_minor and one.referral_currency:
        margin = money(one.referral_minor, one.referral_currency)
        yield f"others bought through them: margin {margin}"
    if one.total_minor is not None and one.currency is not None:
        yield f"lifetime value with their voice: {money(one.total_minor, one.currency)}"


def contact(genome: Genome) -> Iterable[str]:
    """Permissions, contacts, how channels are answered."""
    held, now_ms = genome.contact, genome.as_of_ms
    for consent in held.consents:
        given = "granted" if consent.granted else "denied"
        channel = "every channel" if consent.channel == "*" else consent.channel
        source = f" by {consent.source}" if consent.source else ""
        yield f"consent {channel}, {consent.purpose}: {given} {utc(consent.at_ms)}{source}"
    for one in held.contacts:
        last = ago(now_ms, max(one.times_ms)) if one.times_ms else "never"
        yield f"contacts {one.channel}, {one.purpose}: n={len(one.times_ms)}, last {last}"
    longest = max((len(one.channel) for one in held.reach), default=0)
    for reach in held.reach:
        yield f"{reach.channel.ljust(longest)}  answered {_reach(reach, now_ms)}"
    for tone in held.tones:
        yield f"tone {tone.name}  answered {share(tone)}  {evidence(tone, now_ms)}"
    if held.tone is not None:
        yield f"prefers the tone {word(held.tone)}"


def _reach(one: ReachShown, now_ms: int) -> str:
    words = f"{share(one.response)}  {evidence(one.response, now_ms)}"
    best = one.best_hour_share
    if one.best_hour is None or best is None or best.value is None:
        return words
    return f"{words}; best at {one.best_hour} h ({best.value:.0%})"


def offers(genome: Genome) -> Iterable[str]:
    """Offers that wait for their answer, then earlier ones."""
    held, now_ms = genome.contact, genome.as_of_ms
    for one in held.open_offers:
        about = f" for {one.item_id}" if one.item_id else ""
        left = age(one.expires_ms - now_ms)
        yield f"{one.offer}{about} by {one.channel}, {one.state}, {left} left, {one.offer_id}"
    for tried in held.tried[:LISTED_MAX]:
        outcomes = ", ".join(f"{name} {count}" for name, count in tried.outcomes.items())
        yield f"{tried.offer}: {outcomes or 'no word yet'}, {ago(now_ms, tried.last_ms)}"
    if len(held.tried) > LISTED_MAX:
        yield f"and {len(held.tried) - LISTED_MAX} more"


def said(genome: Genome) -> Iterable[str]:
    """What the customer said of themselves; it wins over everything above."""
    for one in genome.stated:
        share_said = f" {one.share:.0%}" if one.share is not None else ""
        source = f", by {one.source}" if one.source else ""
        yield f"{one.kind} {one.name}{share_said}, {ago(genome.as_of_ms, one.at_ms)}{source}"


def identity(genome: Genome) -> Iterable[str]:
    """What else this person is, how that is known, and how much came of it."""
    held, now_ms = genome.identity, genome.as_of_ms
    if held.shared:
        yield "several people use it: linked to nobody"
    for one in held.members:
        count = "compacted" if one.events is None else f"{one.events} events"
        why = "their own" if one.own else f"by {one.source}, {ago(now_ms, one.since_ms)}"
        via = f", came along with {one.via}" if one.via else ""
        yield f"{one.subject}: {why}, {count}{via}"


def events(genome: Genome) -> Iterable[str]:
    """How much is known, and since when."""
    kinds = sorted(genome.counts.items(), key=lambda pair: (-pair[1], pair[0]))
    listed = some((f"{kind} {count}" for kind, count in kinds), LISTED_MAX)
    yield f"{genome.events} events" + (f": {listed}" if listed else "")
    if genome.first_seen_ms is not None and genome.last_seen_ms is not None:
        last = ago(genome.as_of_ms, genome.last_seen_ms)
        yield f"first seen {utc(genome.first_seen_ms)}, last {utc(genome.last_seen_ms)}, {last}"
