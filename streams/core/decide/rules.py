"""Rules of offers: conditions of the catalogue's own, asked beside the gates of their kind."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from streams.core.decide.facts import Facts, Own

Predicate: TypeAlias = Callable[[Facts, Own], bool | None]
"""Whether a rule holds; None when what it asks for is not known. Never raises."""


class RuleKind(Enum):
    """Which step of a decision asks the rule: may we, does it make sense, is it good for them."""

    ELIGIBILITY = "eligibility"
    APPLICABILITY = "applicability"
    SUITABILITY = "suitability"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A condition that must hold for the offer to pass the gates of `kind`.

    `when` is its text. `unless_known` is the answer when the condition is neither true nor false.
    """

    name: str
    kind: RuleKind
    when: str
    holds: Predicate = field(compare=False, repr=False)
    unless_known: bool = False


def first_failing(rules: tuple[Rule, ...], kind: RuleKind, facts: Facts, own: Own) -> str | None:
    """The name of the first rule of this kind that stops the offer; None when all let it pass."""
    for rule in rules:
        if rule.kind is kind:
            found = rule.holds(facts, own)
            if not (rule.unless_known if found is None else found):
                return rule.name
    return None
