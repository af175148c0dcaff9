"""Texts of rules -> predicates: Google's Common Expression Language, checked when it is read.

A rule sees the variables of `core/decide/facts.py` and nothing else. The library bounds what one
evaluation may cost: 10,000 steps of loops, 32 levels of nesting; a rule that exceeds them, or
that needs what is not known, is neither true nor false.

Source: https://github.com/google/cel-spec/blob/master/doc/langdef.md
"""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from cel_expr_python import cel

from streams.codec.rule_words import in_words
from streams.codec.yaml_tree import Fields
from streams.core.decide.facts import OWN_VARIABLES, VARIABLES, Facts, Kind, Own, Value
from streams.core.decide.rules import Predicate, Rule, RuleKind

RULES_MAX = 16
"""Rules of one offer: what needs more of them is more than one offer."""
LENGTH_MAX = 500
"""Characters of one rule: what is longer belongs in two."""
_TYPES: dict[Kind, Any] = {
    Kind.BOOL: cel.Type.BOOL,
    Kind.INT: cel.Type.INT,
    Kind.STRING: cel.Type.STRING,
    Kind.STRINGS: cel.Type.List(cel.Type.STRING),
    Kind.COUNTS: cel.Type.Map(cel.Type.STRING, cel.Type.INT),
    Kind.SHARES: cel.Type.Map(cel.Type.STRING, cel.Type.DOUBLE),
}
_SHARED = {one.name: one for one in VARIABLES}
_OWN = {one.name: one for one in OWN_VARIABLES}
_KINDS = tuple(one.value for one in RuleKind)
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DEEP = re.compile(r".*recursion limit exceeded\. limit: (\d+).*", re.DOTALL)
_TROUBLE = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)")
# The pattern of `matches`, a member or a function, where it is written out.
_PATTERN = re.compile(
    r"""\bmatches\s*\((?:[^()'"]*,)?\s*(r?(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'))\s*\)"""
)
_WRONG = "INVALID_ARGUMENT: "
_CONTAINER = " (in container '')"
_VALUES, _ACTIVATION = "values", "activation"
_NEVER: Predicate = lambda *_: None  # noqa: E731  # stands in for a rule that was reported


class RuleReader:
    """Reads the rules of one catalogue, whose decisions share one set of values.

    A decision looks up the variables that some rule of the catalogue names, once.
    """

    def __init__(self) -> None:
        """Start with no rule."""
        self._asked: dict[str, Callable[[Facts], Value | None]] = {}

    def read(self, fields: Fields) -> tuple[Rule, ...]:
        """The rules of an offer; problems are reported at their lines and read over."""
        rules: dict[str, Rule] = {}
        for one in fields.mappings("rules"):
            name = one.text("name", length_max=48)
            kind = one.text("gate", choices=_KINDS)
            when = one.text("when", length_max=LENGTH_MAX)
            known = one.take("unless_known")
            answer = one.text("unless_known", choices=("stop", "pass")) if known else "stop"
            one.close()
            if name in rules:
                one.report("name", f"{name!r} is there twice")
            holds = self.predicate(when) if when else _NEVER
            if isinstance(holds, str):
                one.report("when", holds)
                holds = _NEVER
            rules[name] = Rule(
                name=name,
                kind=RuleKind(kind or _KINDS[0]),
                when=when,
                holds=holds,
                unless_known=answer == "pass",
            )
        if len(rules) > RULES_MAX:
            fields.report("rules", f"expected at most {RULES_MAX}, got {len(rules)}")
        return tuple(rules.values())

    def predicate(self, when: str) -> Predicate | str:
        """What the text asks, compiled; or what is wrong with it, and where."""
        language = _language()
        try:
            expression = language.compile(when)
        except RuntimeError as error:
            return _trouble(str(error))
        if expression.return_type() != cel.Type.BOOL:
            found = expression.return_type().name().lower()
            return f"expected a condition that is true or false, got one of type {found}"
        never = _never(when)
        if never is not None:
            return f"expected a condition that can be true or false, got one with: {never}"
        words = set(_WORD.findall(when))
        self._asked |= {
            name: one.read for name, one in _SHARED.items() if words.issuperset(name.split("."))
        }
        own = any(words.issuperset(one.split(".")) for one in _OWN)
        return self._of_offer(expression) if own else self._of_decision(expression)

    def _of_decision(self, expression: Any) -> Predicate:
        """A predicate that has one answer for all offers of a decision."""
        evaluate = expression.eval

        def holds(facts: Facts, own: Own) -> bool | None:
            del own
            kept = facts.kept
            try:
                activation = kept.get(_ACTIVATION)
                if activation is None:
                    activation = _language().Activation(self._values(facts))
                    kept[_ACTIVATION] = activation
                found = evaluate(activation).value()
            except RuntimeError:  # too many steps, or a text that is none
                return None
            return found if type(found) is bool else None

        return holds

    def _of_offer(self, expression: Any) -> Predicate:
        """A predicate that asks for what is the offer's own."""
        evaluate = expression.eval

        def holds(facts: Facts, own: Own) -> bool | None:
            key = f"{_ACTIVATION}:{own.offer}"
            kept = facts.kept
            try:
                activation = kept.get(key)
                if activation is None:
                    values = {name: one.read(own) for name, one in _OWN.items()}
                    known = {name: value for name, value in values.items() if value is not None}
                    activation = _language().Activation(self._values(facts) | known)
                    kept[key] = activation
                found = evaluate(activation).value()
            except RuntimeError:
                return None
            return found if type(found) is bool else None

        return holds

    def _values(self, facts: Facts) -> dict[str, Any]:
        values: Any = facts.kept.get(_VALUES)
        if values is None:
            values = facts.kept[_VALUES] = {}
            for name, read in self._asked.items():
                value = read(facts)
                if value is not None:
                    values[name] = value
        known: dict[str, Any] = values
        return known


@cache
def _language() -> Any:
    """The one environment: its variables and their types."""
    variables = {name: _TYPES[one.kind] for name, one in (_SHARED | _OWN).items()}
    return cel.NewEnv(variables=variables)


def _never(when: str) -> str | None:
    """What is wrong with constants of the condition, which would be neither true nor false."""
    language = _language()
    nothing = language.Activation({})
    for text in (when, *(f"''.matches({one})" for one in _PATTERN.findall(when))):
        try:
            found = language.compile(text).eval(nothing).value()
        except RuntimeError:  # a pattern inside another text need not be one
            continue
        if isinstance(found, str) and found.startswith(_WRONG):
            return found.removeprefix(_WRONG)
    return None


def _trouble(text: str) -> str:
    """The library's first complaint in one line, with what may help."""
    found = _TROUBLE.search(text)
    if found is None:
        return _DEEP.sub(r"expected a condition of at most \1 brackets inside one another", text)
    line, column, what = found.groups()
    where = f"column {column}" if line == "1" else f"its line {line}, column {column}"
    return f"{where}: {in_words(what.removesuffix(_CONTAINER))}{_help(what)}"


def _help(what: str) -> str:
    if what.startswith("undeclared reference"):
        return f"; known names are {', '.join([*_SHARED, *_OWN])}"
    return ""
