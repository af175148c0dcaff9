"""YAML text as a tree that knows its lines: typed reads that collect problems and go on.

Scalars are read as they are written: an id like 0012 keeps its zeros, whatever YAML would make of
it. Only the safe loader's syntax; anchors work, tags of one's own are refused.
"""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

import yaml

from streams.codec.yaml_tags import tagged

_T = TypeVar("_T")
# The C loader composes a list of 60,000 product ids in a second, the Python one in ten.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DURATION = re.compile(r"^(\d{1,6})(ms|s|m|h|d)$")
_UNIT_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_TIME_OF_DAY = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)$")
_SHOWN_MAX = 60
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # but for tabs and line feeds


@dataclass(frozen=True, slots=True)
class Place:
    """Where in which file, and the problems found so far in all of them."""

    file: str
    problems: list[str]

    def report(self, node: yaml.Node, what: str) -> None:
        """Add a problem at the line of `node`."""
        self.problems.append(f"{self.file}:{node.start_mark.line + 1}: {what}")


@dataclass(slots=True)
class Fields:
    """One mapping: each read takes its field, `close` reports those that nobody took."""

    place: Place
    node: yaml.Node
    path: str
    known: dict[str, yaml.Node] = field(default_factory=dict)
    keys: dict[str, yaml.Node] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    def text(self, name: str, *, choices: tuple[str, ...] = (), length_max: int = 2_000) -> str:
        """A required text, not empty; "" after a problem was reported."""
        return self._one(name, lambda node: self._text(node, name, choices, length_max), "")

    def text_or_none(self, name: str, *, length_max: int = 2_000) -> str | None:
        """A text that may be missing."""
        return self.text(name, length_max=length_max) if self.take(name) else None

    def whole(self, name: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number from `low` to `high`; required without a default."""
        expected = f"a whole number from {low} to {high}"
        return int(self._number(name, (low, high), expected, default, int))

    def number(self, name: str, low: float, high: float, default: float | None = None) -> float:
        """A number from `low` to `high`; required without a default."""
        return self._number(name, (low, high), f"a number from {low} to {high}", default, float)

    def duration_ms(self, name: str, low_ms: int, high_ms: int, default: int | None = None) -> int:
        """A duration such as 30s, 15m, 2h or 7d, in ms; required without a default."""
        expected = f"a duration from {_days(low_ms)} to {_days(high_ms)}, such as 15m, 2h or 7d"
        return int(self._number(name, (low_ms, high_ms), expected, default, _duration))

    def ago_ms(self, name: str, high_ms: int) -> int:
        """How long before, written as -3d or -30m, in ms; 0 when missing."""
        expected = f"a time before, from -{_days(high_ms)} to -0s, such as -3d or -30m"
        return int(self._number(name, (0, high_ms), expected, 0, _ago))

    def time_of_day_ms(self, name: str) -> int:
        """A local time HH:MM in quotes, as ms of the day; 0 after a problem was reported."""
        limits = (0, _UNIT_MS["d"])
        return int(self._number(name, limits, 'a time of day such as "21:00"', None, _time_of_day))

    def moment_ms(self, name: str) -> int | None:
        """A date or date and time, UTC unless it names an offset; None when missing."""
        if not self.take(name):
            return None
        expected = "a date such as 2025-01-31, or a time such as 2025-01-31T10:00:00Z"
        return int(self._number(name, (0, 1 << 53), expected, None, _moment))

    def flag(self, name: str) -> bool:
        """Whether it says true; false when missing."""
        return self.take(name) and self.text(name, choices=("true", "false")) == "true"

    def texts(self, name: str, *, length_max: int = 64) -> list[str]:
        """A list of texts, each once; empty when missing."""
        found: dict[str, None] = {}
        for node in self._items(name):
            text = self._text(node, name, (), length_max)
            if text in found:
                self.place.report(node, f"{self.path}{name}: {text!r} is listed twice")
            if text:
                found[text] = None
        return list(found)

    def mapping(self, name: str) -> "Fields | None":
        """A nested mapping; None when missing or not one, the latter reported."""
        self.taken.add(name)
        node = self.known.get(name)
        return None if node is None else fields_of(self.place, node, f"{self.path}{name}.")

    def mappings(self, name: str) -> Iterator["Fields"]:
        """The mappings of a list; those that are none are reported and left out."""
        for number, node in enumerate(self._items(name), 1):
            found = fields_of(self.place, node, f"{self.path}{name}[{number}].")
            if found is not None:
                yield found

    def entries(self) -> Iterator[tuple[str, yaml.Node]]:
        """All fields with their nodes, for a mapping whose names are data; takes them."""
        self.taken.update(self.known)
        yield from self.known.items()

    def take(self, name: str) -> bool:
        """Whether the field was written; counts it as read."""
        self.taken.add(name)
        return name in self.known

    def report(self, name: str, what: str) -> None:
        """Report a problem with the field `name`, at its line."""
        self.place.report(self.keys.get(name, self.node), f"{self.path}{name}: {what}")

    def close(self) -> None:
        """Report the fields that nobody asked for."""
        for name, node in self.keys.items():
            if name not in self.taken:
                known = ", ".join(sorted(self.taken))
                self.place.report(node, f"{self.path}{name} is unknown; known here are {known}")

    def _one(self, name: str, read: Callable[[yaml.Node], _T], otherwise: _T) -> _T:
        self.taken.add(name)
        node = self.known.get(name)
        if node is None:
            self.place.report(self.node, f"{self.path}{name} is missing")
            return otherwise
        return read(node)

    def _text(self, node: yaml.Node, name: str, choices: tuple[str, ...], length_max: int) -> str:
        value = node.value if isinstance(node, yaml.ScalarNode) else None
        if value is None or not value.strip() or (choices and value not in choices):
            expected = f"one of {', '.join(choices)}" if choices else "a text"
            self.place.report(node, f"{self.path}{name}: expected {expected}, got {shown(node)}")
            return ""
        if len(value) > length_max:
            what = f"expected at most {length_max} characters, got {len(value)}"
            self.place.report(node, f"{self.path}{name}: {what}")
        control = _CONTROL.search(value)
        if control is not None:
            what = f"expected no control characters, got {control[0]!r}; take it out"
            self.place.report(node, f"{self.path}{name}: {what}")
        return str(value)

    def _number(
        self,
        name: str,
        limits: tuple[float, float],
        expected: str,
        default: float | None,
        read: Callable[[str], float],
    ) -> float:
        if default is not None and not self.take(name):
            return default
        otherwise: float = 0
        return self._one(
            name, lambda node: self._bounded(node, name, limits, expected, read), otherwise
        )

    def _bounded(
        self,
        node: yaml.Node,
        name: str,
        limits: tuple[float, float],
        expected: str,
        read: Callable[[str], float],
    ) -> float:
        try:
            value = read(node.value) if isinstance(node, yaml.ScalarNode) else math.nan
        except ValueError:
            value = math.nan
        if limits[0] <= value <= limits[1]:
            return value
        self.place.report(node, f"{self.path}{name}: expected {expected}, got {shown(node)}")
        return limits[0]

    def _items(self, name: str) -> list[yaml.Node]:
        self.taken.add(name)
        node = self.known.get(name)
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            self.place.report(node, f"{self.path}{name}: expected a list, got {shown(node)}")
            return []
        return list(node.value)


def parse(
    file: str, text: str, problems: list[str], expected: str = "offers or a policy"
) -> Fields | None:
    """The mapping that the file holds, of what is `expected`; None after a problem was reported."""
    place = Place(file, problems)
    try:
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        problems.append(f"{file}:{_trouble(error, text)}")
        return None
    if node is None:
        problems.append(f"{file}:1: is empty, expected {expected}")
        return None
    for one in tagged(node):
        what = f"expected no tag, got {one.tag[:_SHOWN_MAX]}; take it out, or quote the text"
        place.report(one, what)
    return fields_of(place, node, "")


def _trouble(error: yaml.YAMLError, text: str) -> str:
    """The line and what is wrong there; only a character that YAML does not allow has no mark."""
    if isinstance(error, yaml.reader.ReaderError):
        line = text.count("\n", 0, text.find(chr(error.character))) + 1
        return f"{line}: is not YAML: the character #x{error.character:04x} is not allowed in it"
    mark = getattr(error, "problem_mark", None)
    line = 1 if mark is None else mark.line + 1
    return f"{line}: is not YAML: {getattr(error, 'problem', error)}"


def fields_of(place: Place, node: yaml.Node, path: str) -> Fields | None:
    """The fields of a mapping; None after it was reported not to be one."""
    if not isinstance(node, yaml.MappingNode):
        what = f"{path.rstrip('.') or 'the file'}: expected fields, got {shown(node)}"
        place.report(node, what)
        return None
    found = Fields(place, node, path)
    for key, value in node.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else shown(key)
        if name in found.known:
            place.report(key, f"{path}{name} is there twice")
        found.known[name] = value
        found.keys[name] = key
    return found


def shown(node: yaml.Node) -> str:
    """What was written, for a message: short."""
    if isinstance(node, yaml.ScalarNode):
        value = node.value
        return repr(value if len(value) <= _SHOWN_MAX else value[:_SHOWN_MAX] + "...")
    return "a list" if isinstance(node, yaml.SequenceNode) else "fields"


def _duration(text: str) -> float:
    found = _DURATION.match(text)
    if found is None:
        raise ValueError(text)
    return int(found[1]) * _UNIT_MS[found[2]]


def _ago(text: str) -> float:
    if not text.startswith("-"):
        raise ValueError(text)
    return _duration(text[1:])


def _time_of_day(text: str) -> float:
    found = _TIME_OF_DAY.match(text)
    if found is None:
        raise ValueError(text)
    return int(found[1]) * _UNIT_MS["h"] + int(found[2]) * _UNIT_MS["m"]


def _moment(text: str) -> float:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1_000)


def _days(duration_ms: int) -> str:
    for unit in ("d", "h", "m", "s"):
        if duration_ms and duration_ms % _UNIT_MS[unit] == 0:
            return f"{duration_ms // _UNIT_MS[unit]}{unit}"
    return f"{duration_ms}ms"
