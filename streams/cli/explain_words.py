"""An explanation in sentences, for care staff: what happened, what we did, why, and what if."""

from collections.abc import Iterable, Sequence

from streams.cli.answer_words import answer_lines
from streams.cli.factor_words import factor_lines
from streams.cli.gate_words import gate_words
from streams.cli.words import age, apart, clean, gap, money, utc
from streams.core.decide.claiming import Counterfactual
from streams.core.decide.counterfactual import Change, Fate, Kind
from streams.core.decide.explaining import Explanation
from streams.core.decide.record import Candidate, Chosen, Price, Result

SHOWN_MAX = 12
MINUTE_MS = 60_000
RESULTS = {
    Result.OFFER: "An offer was made.",
    Result.HOLDOUT: "An offer was chosen and not sent: the customer is in the comparison group.",
    Result.SILENCE: "Nothing was offered.",
}
SHADOW_RESULTS = {
    Result.OFFER: "An offer would have been made. It was not: nothing of a shadow is sent.",
    Result.HOLDOUT: "An offer would have been chosen, and kept back for the comparison group.",
    Result.SILENCE: "Nothing would have been offered.",
}


def in_words(one: Explanation) -> Iterable[str]:
    """The paragraphs; safe to print, whatever is in it."""
    yield clean(
        f"{'Shadow decision' if one.shadow else 'Decision'} {one.decision_id} about {one.subject}"
    )
    if one.shadow:
        yield clean(
            f"Policy {one.policy_version} decided this beside the live one. It was never sent, and "
            "the customer's profile knows nothing of it."
        )
    for title, sentences in (
        ("What happened", _happened(one)),
        ("What was decided", _decided(one)),
        ("Why", _why(one)),
        ("Why nothing else", _others(one)),
        ("The draw", _draw(one)),
        ("What would have changed it", _changing(one)),
    ):
        yield f"\n{title}"
        yield from (f"  {clean(sentence)}" for sentence in sentences)


def _happened(one: Explanation) -> Iterable[str]:
    yield f"{one.trigger}, told by {one.cause_topic}, at {utc(one.event_time_ms)}."
    old = _span(one.decision_time_ms - one.event_time_ms)
    yield f"Decided at {utc(one.decision_time_ms)}, {old} after it happened."
    for query, items in one.queried.items():
        yield f"The product catalogue has {', '.join(items)} under: {query}."


def _decided(one: Explanation) -> Iterable[str]:
    yield (SHADOW_RESULTS if one.shadow else RESULTS)[one.result]
    chosen = one.chosen
    if chosen is None:
        return
    tone = f", {chosen.pitch.tone}" if chosen.pitch.tone else ""
    yield f"{chosen.offer} ({chosen.purpose}) by {chosen.channel}."
    yield f'In these words ({chosen.pitch.treatment}{tone}): "{chosen.pitch.text}"'
    if chosen.product is not None:
        yield f"About {chosen.product.name or chosen.product.item_id}."
    if chosen.price is not None:
        yield _price(chosen.price)
    holds = "It would have held" if one.shadow else "It holds"
    yield f"{holds} until {utc(chosen.expires_at_ms)}."
    if chosen.answer is not None:
        yield from answer_lines(chosen.answer, one.decision_time_ms)


def _price(price: Price) -> str:
    if price.amount_minor is None or price.regular_minor is None:
        if not price.discount_minor:
            return f"At price level {price.level}: nothing off, whatever it costs at the till."
        return (
            f"At price level {price.level}: {money(price.discount_minor, price.currency)} off "
            "at the till."
        )
    paid = money(price.amount_minor, price.currency)
    if not price.discount_minor:
        return f"At price level {price.level}: {paid}."
    regular = money(price.regular_minor, price.currency)
    return f"At price level {price.level}: {paid} instead of {regular}."


def _why(one: Explanation) -> Iterable[str]:
    chosen = one.chosen
    if chosen is None:
        yield from _why_silent(one)
        return
    yield f"Because {chosen.reason}."
    gain = money(chosen.value_minor, one.currency)
    yield f"It was expected to earn {gain} more than saying nothing."
    if one.factors is not None:
        selling = chosen.purpose != "service"
        yield from factor_lines(one.factors, one.own_goods, one.near, one.currency, selling=selling)
    yield _margin(one, chosen)


def _why_silent(one: Explanation) -> Iterable[str]:
    bar = money(one.bar_minor, one.currency)
    rival = one.rival
    if not one.candidates_count:
        yield "No offer of this policy is about what happened."
    elif rival is None or rival.value_minor is None or one.margin_minor is None:
        yield "Every candidate was stopped by a rule before anything was compared."
    elif one.margin_minor >= 0:
        worth, short = money(rival.value_minor, one.currency), gap(one.margin_minor, one.currency)
        yield f"The best, {_name(rival)}, was worth {worth}; a contact must earn over {bar}."
        yield f"It lacked {short}."
    else:
        yield f"The draw fell on silence, which had a chance of {one.silence_propensity:.1%}."


def _margin(one: Explanation, chosen: Chosen) -> str:
    gap_minor = one.margin_minor or 0.0
    told = gap(gap_minor, one.currency)
    if one.rival is None:
        return f"That is {told} over what a contact must earn; nothing else could be compared."
    if not gap_minor:
        return f"The next, {_name(one.rival)}, was worth as much: the draw decided."
    if gap_minor < 0:
        return (
            f"That is {told} less than the best, {_name(one.rival)}: it was tried, to learn "
            f"(chance {chosen.propensity:.1%})."
        )
    return f"That is {told} more than the next, {_name(one.rival)}."


def _others(one: Explanation) -> Iterable[str]:
    yield f"{one.candidates_count} candidates were looked at."
    valued = [each for each in one.others if each.value_minor is not None]
    yield from (_lost(each, one) for each in valued[:SHOWN_MAX])
    # Of two ways past one gate the more valuable comes first, and is told.
    told = {(each.offer, each.channel): each for each in reversed(one.alternatives)}
    stopped = [*reversed(told.values())]
    yield from (_stopped(each, one) for each in stopped[:SHOWN_MAX])
    hidden = len(valued[SHOWN_MAX:]) + len(stopped[SHOWN_MAX:]) + one.unexamined
    if hidden:
        yield f"{hidden} more are not told one by one."
    if one.gates:
        counts = sorted(one.gates.items(), key=lambda pair: (-pair[1], pair[0]))
        yield (
            "Stopped in all: " + ", ".join(f"{gate_words(gate)} ({n})" for gate, n in counts) + "."
        )


def _lost(each: Candidate, one: Explanation) -> str:
    worth_minor = each.value_minor or 0.0
    worth = money(worth_minor, one.currency)
    than_minor = one.bar_minor if one.chosen is None else one.chosen.value_minor
    told = gap(than_minor - worth_minor, one.currency)
    way = "less" if worth_minor <= than_minor else "more"
    what = "what a contact must earn" if one.chosen is None else "what was taken"
    likely = f"a chance of {each.propensity:.1%}" if each.propensity else "no chance"
    gate = f"; {gate_words(each.gate)}" if each.gate else ""
    return f"{_name(each)}: worth {worth}, {told} {way} than {what}{gate}; {likely} in the draw."


def _stopped(each: Counterfactual, one: Explanation) -> str:
    start = f"{each.offer} by {each.channel}: {gate_words(each.gate)}"
    if not each.changes:
        return f"{start}."
    what_if = _changes(each.changes, one)
    worth = "unknown" if each.value_minor is None else money(each.value_minor, one.currency)
    if each.value_minor is not None and each.value_minor <= one.bar_minor:
        return f"{start}; {what_if}, it would still have been worth too little, {worth}."
    return f"{start}; {what_if}, it could have been taken, worth {worth}."


def _draw(one: Explanation) -> Iterable[str]:
    taken = "silence" if one.chosen is None else "what was taken"
    if one.propensity >= 1.0:
        yield f"{one.draw:.6f}; {taken} was certain, whatever was drawn."
        return
    where = f"the part from {one.interval[0]:.6f} to {one.interval[1]:.6f}"
    yield f"{one.draw:.6f}; {taken} had a chance of {one.propensity:.1%}: {where}."
    yield f"Silence had a chance of {one.silence_propensity:.1%}."


def _changing(one: Explanation) -> Iterable[str]:
    if not one.counterfactuals:
        yield "Nothing that was tried: no single rule, chance or discount."
    for each in one.counterfactuals:
        what_if = _changes(each.changes, one, each)
        yield f"{what_if[0].upper()}{what_if[1:]}: {_fate(each.then)}{_because(each)}."


def _because(claim: Counterfactual) -> str:
    """Why it was stopped, of one that would have been taken itself."""
    if claim.gate is None or claim.then is None or claim.then.offer != claim.offer:
        return ""
    return f"; {gate_words(claim.gate)}"


def _fate(fate: Fate | None) -> str:
    if fate is None or fate.result is Result.SILENCE:
        return "silence"
    level = f" at {fate.price_level}" if fate.price_level else ""
    kept = ", not sent" if fate.result is Result.HOLDOUT else ""
    return f"{fate.offer} ({fate.treatment}){level} by {fate.channel}{kept}"


def _changes(
    changes: Sequence[Change], one: Explanation, claim: Counterfactual | None = None
) -> str:
    return " and ".join(_change(change, one, claim) for change in changes)


def _change(change: Change, one: Explanation, claim: Counterfactual | None) -> str:
    names = " or ".join(change.names)
    match change.kind:
        case Kind.LATER:
            wait = _span(change.at_ms - one.decision_time_ms)
            return f"had it happened {wait} later ({utc(change.at_ms)})"
        case Kind.ACCEPTS:
            return _chance(change, claim)
        case Kind.DISCOUNT:
            less, before = (money(each, one.currency) for each in (change.number, change.before))
            return f"had {change.offer} at {names} taken {less} off instead of {before}"
        case Kind.FEWER_OPEN:
            offers = "offer" if change.number == 1 else "offers"
            return f"with {change.number:.0f} open {offers} less"
        case _:
            return _FACTS[change.kind].format(
                channel=change.channel, offer=change.offer, names=names
            )


_FACTS: dict[Kind, str] = {
    Kind.CONSENT: "had the consent for {channel} been given",
    Kind.STILL_VALID: "had {offer} not ended",
    Kind.OUTLET: "had it happened in outlet {names}",
    Kind.IN_STOCK: "had {names} been in stock",
    Kind.NOT_OWNED: "had they not bought what {offer} is about",
    Kind.STAGE: "had they been at the stage {names}",
    Kind.NO_COMPLAINT: "without the open complaint",
    Kind.NEVER_REFUSED: "had they never refused {offer}",
    Kind.LEFT: "had {names} not been used up",
    Kind.NOT_SCARCE: "had contacts by {channel} not been scarce",
    Kind.NEVER_SAID: "had they not said that they never want {names}",
}


def _chance(change: Change, claim: Counterfactual | None) -> str:
    if claim is None or claim.accepts is None or claim.accepts_before is None:
        then, before = apart(change.number, change.before)
        return f"had {then} of customers accepted {change.offer}, not {before}"
    then, before = apart(claim.accepts, claim.accepts_before)
    return f"had their chance of accepting {change.offer} been {then} instead of {before}"


def _name(one: Candidate) -> str:
    return f"{one.offer} ({one.treatment}) at {one.price_level} by {one.channel}"


def _span(duration_ms: int) -> str:
    return age(duration_ms) if duration_ms >= MINUTE_MS else f"{max(duration_ms, 0) / 1_000:g} s"
