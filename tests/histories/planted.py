"""Planted bugs: one change of a line of the product each, and the rule that must be seen broken.

A bug is planted by swapping the code of the function, so it is there however it was imported. Where
the product's text has changed, `planted` says so: the bug must then be planted anew.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import getsource
from textwrap import dedent
from typing import Any, NamedTuple

from streams.core import fold, step, timers
from streams.core.decide import (
    arbitration,
    candidates,
    contacting,
    decide,
    gates,
    life,
    quiet,
    rules,
    standing,
    value,
    viewing,
)
from streams.core.decide.record import Gate
from streams.core.decide.rules import RuleKind
from streams.core.identity import routing
from streams.core.profile import care, complaints, contact, profile, trials
from tests.histories.checker import (
    ANSWERED,
    BOUGHT,
    COMPLAINT,
    CONSENT,
    ERASED,
    LINKED,
    REPLACED,
    UNWANTED,
)
from tests.histories.rules import caps_of, name_of
from tests.histories.shop import shop


class Bug(NamedTuple):
    """In `function`, `right` becomes `wrong`; the checker must then say that `rule` is broken."""

    function: Callable[..., Any]
    right: str
    wrong: str
    rule: str

    @property
    def name(self) -> str:
        """For the report."""
        return f"{self.rule}: {self.function.__name__}: {self.right} -> {self.wrong}"


@contextmanager
def planted(bug: Bug) -> Iterator[None]:
    """The product with `bug` in it, for as long as this is entered."""
    function: Any = bug.function
    source = dedent(getsource(function))
    assert bug.right in source, f"{function.__name__} does not say {bug.right!r} any more"
    names: dict[str, Any] = dict(function.__globals__)
    wrong = compile(source.replace(bug.right, bug.wrong), "<planted>", "exec")
    exec(wrong, names)  # our own source
    right = function.__code__
    function.__code__ = names[function.__name__].__code__
    standing._kept.clear()
    try:
        yield
    finally:
        function.__code__ = right
        standing._kept.clear()


_GATES = (
    Bug(gates.eligibility, "now_ms < offer.valid_from_ms", "now_ms < 0", Gate.NOT_YET_VALID),
    Bug(gates.eligibility, "offer.valid_until_ms:", "2 * now_ms:", Gate.NO_LONGER_VALID),
    Bug(gates.eligibility, "view.outlet not in offer.outlets", "view.outlet is None", Gate.OUTLET),
    Bug(contacting.permitted, "is None else granted", "is None else True", Gate.CONSENT),
    Bug(contacting.permitted, "is Consented.UNLESS_WITHDRAWN", "is not None", Gate.CONSENT),
    Bug(contact.consent_to, "own.tie) >", "own.tie) <", Gate.CONSENT),
    Bug(gates.applicability, "if offer.once", "if not offer.once", Gate.OWNED),
    Bug(
        gates.is_just_bought,
        "- offer.again_after_ms",
        "- offer.again_after_ms // 2",
        Gate.JUST_BOUGHT,
    ),
    Bug(gates.applicability, "view.stage not in offer.stages", "view.stage == ''", Gate.STAGE),
    Bug(standing.prices_of, "if unknown or free", "if free", Gate.NO_PRICE),
    Bug(standing.prices_of, "if unknown or free", "if unknown", Gate.NO_PRICE),
    Bug(gates.suitability, "view.complaint_since_ms is not None", "False", Gate.OPEN_COMPLAINT),
    Bug(
        care.complaint_open_since,
        "- complaint_age_max_ms",
        "- complaint_age_max_ms // 2",
        Gate.OPEN_COMPLAINT,
    ),
    Bug(complaints.open_complaint_since, "STREAK_RETURNS * DAY_BYTES", "99", Gate.OPEN_COMPLAINT),
    Bug(
        gates.suitability, "- offer.rejected_for_ms", "- offer.rejected_for_ms // 4", Gate.REJECTED
    ),
    Bug(gates.is_suppressed, 'f"brand:{product.brand}" in never', "False", Gate.SUPPRESSED),
    Bug(gates.is_suppressed, 'f"product:{product.item_id}" in never', "False", Gate.SUPPRESSED),
    Bug(gates.is_suppressed, 'f"category:{name}" in never', "False", Gate.SUPPRESSED),
    Bug(gates.is_suppressed, "covered <= never", "False", Gate.SUPPRESSED),
    Bug(viewing._cart_item, "line.department", "None", Gate.SUPPRESSED),
    Bug(contacting._reached, "count >= cap.contacts_max", "count > cap.contacts_max", Gate.CAP),
    Bug(contacting._reached, "- cap.window_ms", "- cap.window_ms // 2", Gate.CAP),
    Bug(contact.add_contact, "now_ms - window_ms", "now_ms - window_ms // 20", Gate.CAP),
    Bug(contacting.contact_gate, "< rule.spacing_ms", "< rule.spacing_ms - 60_000", Gate.SPACING),
    Bug(contacting.is_quiet, "local_ms >= rule.quiet_from_ms or", "", Gate.QUIET_HOURS),
    Bug(contacting.is_quiet, "return rule.quiet_from_ms <=", "return 0 >", Gate.QUIET_HOURS),
    Bug(
        contacting.is_quiet,
        "zone.offsets[max(at - 1, 0)][1]",
        "zone.offsets[0][1]",
        Gate.QUIET_HOURS,
    ),
    Bug(contacting.contact_gate, "len(others) >= policy", "len(others) > policy", Gate.OPEN_OFFERS),
    Bug(arbitration.propensities, "value > bar_minor", "value > bar_minor - 2", Gate.BELOW_BAR),
)
_RULES = tuple(
    Bug(
        rules.first_failing,
        "rule.kind is kind",
        f"rule.kind is kind is not RuleKind.{one.name}",
        Gate.RULE,
    )
    for one in RuleKind
)
_CAPS = tuple(
    Bug(
        contacting._reached,
        "since_ms =",
        f"if {(one.channel, one.purpose)} == (cap.channel, cap.purpose): return False\n"
        "    since_ms =",
        Gate.CAP,
    )
    for one in sorted(caps_of(shop()), key=name_of)
)
_REASON = "ANSWERED[type(body)]"
_ENDS = (
    Bug(life._ends, "not permitted(", "held is None and permitted(", CONSENT),
    Bug(life._ends, "item_ids_of(body)", "set()", BOUGHT),
    Bug(life._bought, "held.item_id in items", "False", BOUGHT),
    Bug(life._bought, "not items.isdisjoint(offer.products)", "False", BOUGHT),
    Bug(life._ends, "if trigger in _COMPLAINING", "if trigger is None", COMPLAINT),
    Bug(life.withdraw, "body.offer_id in open_offers", "False", ANSWERED[0]),
    *[Bug(life.withdraw, _REASON, f"{_REASON}.removesuffix({one!r})", one) for one in ANSWERED],
    Bug(life._is_unwanted, 'held.purpose != "marketing"', "True", UNWANTED),
    Bug(life._is_unwanted, 'f"product:{item}" in never', "False", UNWANTED),
    Bug(life.carry_out, "if shadow:  #", "if False:  #", REPLACED),
    Bug(life.end_all, "dict.fromkeys(profile.contact.open_offers, reason)", "{}", LINKED),
    Bug(life.end_all, "dict.fromkeys(profile.contact.open_offers, reason)", "{}", ERASED),
    Bug(life.carry_out, "and held.slot == decision.slot", "", "supersede"),
    Bug(contact.drop_expired, "<= now_ms", "<= now_ms - 3_600_000", "timer expiry"),
)
_TIMERS = (
    Bug(timers._expires_ms, "held.expires_ms < due_ms", "False", "timer expiry"),
    Bug(timers._expires_ms, "trial.due_ms < due_ms", "False", "timer expiry"),
    Bug(timers.sooner_ms, "min(_expires_ms(profile), ", "min(", "timer expiry"),
    Bug(timers._left_ms, "<= profile.buying.last_purchase_ms", "< 0", "timer cart_abandoned"),
    Bug(
        timers._left_ms,
        "<= profile.timers.fired.get(CART_ABANDONED, -1)",
        "< 0",
        "timer cart_abandoned",
    ),
    Bug(
        timers._left_ms,
        "changed_ms = max(changed_ms, line.at_ms)",
        "changed_ms = line.at_ms",
        "timer cart_abandoned",
    ),
    Bug(timers.sooner_ms, "_left_ms(profile, policy), ", "", "timer cart_abandoned"),
    Bug(timers._lapses_ms, "<= profile.timers.fired.get(LAPSING, -1)", "< 0", "timer lapsing"),
    Bug(profile.lapses_ms, "profile.last_view_ms", "0", "timer lapsing"),
    Bug(timers.sooner_ms, "_lapses_ms(profile, policy)", "NEVER_MS", "timer lapsing"),
    Bug(quiet.wait_for_morning, "decision.chosen is not None or", "True or", "timer quiet_over"),
    Bug(quiet.wait_for_morning, "min([quiet", "max([quiet", "timer quiet_over"),
    Bug(quiet.quiet_until_ms, "- now_ms - offset_ms", "- now_ms", "timer quiet_over"),
    Bug(timers.sooner_ms, ", _quiet_ms(profile))", ")", "timer quiet_over"),
)
_OTHERS = (
    Bug(candidates.matching, "if age_ms <= ", "if 0 <= ", "too old"),
    Bug(candidates.product_of, "bought_ms <= since_ms and", "", "needless just_bought"),
    Bug(decide._held_out, "< decision.holdout_share", "< decision.holdout_share / 2", "holdout"),
    Bug(life.carry_out, "    add_contact(", "    shadow or add_contact(", Gate.SPACING),
    Bug(life._issue, "offer_sequence += 1", "offer_sequence += 0", "sequence"),
    Bug(life.end_offer, "offer_sequence += 1", "offer_sequence += 2", "sequence"),
    Bug(routing.Routed.linked, "self.ends.offer_sequence", "self.row.offer_sequence", "sequence"),
    Bug(fold.fold, "if seen(profile, digest)", "if False", "outcome"),
    Bug(fold.fold, "- policy.lateness_max_ms", "- 2 * policy.lateness_max_ms", "outcome"),
    Bug(life.takes, "type(body) is not events.Return", "True", "trials"),
    Bug(trials.close_due, "if trial.delivered or trial.shadow", "", "trials"),
    Bug(value.price_at, "/ PERCENT", "/ 99", "price"),
    Bug(value.is_another, "own is not None", "False", "price"),
    Bug(step._expire, "drop_expired(contact, due_ms)", "drop_expired(contact, 0)", "timer expiry"),
)
BUGS = (*_GATES, *_RULES, *_CAPS, *_ENDS, *_TIMERS, *_OTHERS)
