"""Scenarios beside the offers: a customer's history, an event, and what must come of it.

A file `*.scenario.yaml` is a mapping with `scenarios`, a list. An event is `{at: -3d, click: {}}`:
the word says the topic, the fields are those of its schema. A receipt's store, till, day and number
and the currency may be left out; `offer` in an outcome stands for the last offer of that name. The
event that is decided on may be a timer: `{timer: lapsing}`. A file may have `products`, a list of
what the product catalogue knows in its stories, with the fields of `streams catalogue publish`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from streams.cli.scenario_products import read_products
from streams.codec.yaml_tree import Fields, fields_of, parse
from streams.core.decide.record import Gate
from streams.core.errors import ConfigError
from streams.core.events import CHANNELS
from streams.core.fold_policy import DAY_MS
from streams.core.products import NO_PRODUCTS, Products
from streams.core.timers import TIMER_TOPIC, TIMER_WORDS
from streams.worker.policies import SCENARIOS, text_of

AGO_MAX_MS = 3_650 * DAY_MS
AT_MS = 1_749_567_600_000
"""When a scenario plays unless it says: Tuesday 2025-06-10T15:00:00Z."""
WORDS = {
    "click": "clickstream.event.v1",
    "till": "pos.transaction.v1",
    "social": "social.activity.v1",
    "service": "service.interaction.v1",
    "outcome": "channel.outcome.v1",
}
"""Word -> topic."""
_GATES = tuple(one.value for one in Gate)
_NUMBER = re.compile(r"^-?(0|[1-9]\d*)(\.\d+)?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One event, `ago_ms` before the scenario's time."""

    ago_ms: int
    topic: str
    data: dict[str, Any]
    place: str
    """File and line, for messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What must come of it: silence when `offer` is None; `gate` set: it must be stopped by it."""

    offer: str | None = None
    channel: str | None = None
    chance_min: float | None = None
    gate: str | None = None
    rule: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One story and its end."""

    name: str
    subject: str
    at_ms: int
    history: tuple[Happening, ...]
    event: Happening
    expected: Expected
    products: Products = NO_PRODUCTS


def read_scenarios(directory: Path) -> list[Scenario]:
    """The scenarios of all files in `directory`, in the order of files and lines.

    Raises:
        ConfigError: naming file and line of every problem; or there are no such files.
    """
    problems: list[str] = []
    found: list[Scenario] = []
    named: dict[str, str] = {}
    paths = sorted(directory.glob(f"*{SCENARIOS}"))
    for path in paths:
        text = text_of(path, problems)
        root = None if text is None else parse(path.name, text, problems, "scenarios")
        if root is not None:
            products = read_products(root, plain)
            for one in root.mappings("scenarios"):
                found.append(_scenario(one, products))
                _name_once(one, found[-1].name, named)
            root.close()
    if not found and not problems:
        problems.append(f"{directory}: expected scenarios in files *{SCENARIOS}, found none")
    if problems:
        raise ConfigError(problems=problems)
    return found


def _name_once(fields: Fields, name: str, named: dict[str, str]) -> None:
    """Report a name that another scenario has, in this file or in one before."""
    place = f"{fields.place.file}:{fields.node.start_mark.line + 1}"
    first = named.setdefault(name, place) if name else place
    if first != place:
        what = f"{name!r} is there twice, first at {first}; give each scenario a name of its own"
        fields.report("name", what)


def _scenario(fields: Fields, products: Products) -> Scenario:
    name = fields.text("name", length_max=200)
    subject = fields.text("subject") if fields.take("subject") else "customer:scenario"
    at_ms = fields.moment_ms("at")
    history = tuple(_happening(one) for one in fields.mappings("history"))
    event = fields.mapping("event")
    if event is None:
        fields.report("event", "is missing")
    happening = Happening(ago_ms=0, topic="", data={}, place="")
    scenario = Scenario(
        name=name,
        subject=subject,
        at_ms=AT_MS if at_ms is None else at_ms,
        history=tuple(sorted(history, key=lambda one: -one.ago_ms)),
        event=happening if event is None else _happening(event),
        expected=_expected(fields),
        products=products,
    )
    fields.close()
    return scenario


def _happening(fields: Fields) -> Happening:
    if TIMER_TOPIC in fields.known:
        return _timer(fields)
    ago_ms = fields.ago_ms("at", AGO_MAX_MS)
    words = [word for word in WORDS if word in fields.known]
    place = f"{fields.place.file}:{fields.node.start_mark.line + 1}"
    if len(words) != 1:
        known = ", ".join((*WORDS, TIMER_TOPIC))
        came = " and ".join(words) or "none"
        what = f"{fields.path.rstrip('.')}: expected one of {known}, got {came}"
        fields.place.report(fields.node, what)
        return Happening(ago_ms=ago_ms, topic="", data={}, place=place)
    fields.take(words[0])
    data = plain(fields.known[words[0]])
    if not isinstance(data, dict):
        fields.report(words[0], "expected the fields of an event")
        data = {}
    fields.close()
    return Happening(ago_ms=ago_ms, topic=WORDS[words[0]], data=data, place=place)


def _timer(fields: Fields) -> Happening:
    """A timer that fires, of a kind that offers may have as a trigger."""
    place = f"{fields.place.file}:{fields.node.start_mark.line + 1}"
    kind = fields.text(TIMER_TOPIC, choices=tuple(sorted(TIMER_WORDS)))
    if not fields.path.endswith("event."):
        fields.report(TIMER_TOPIC, "expected as the event alone; those of the history fire by it")
    fields.close()
    return Happening(ago_ms=0, topic=TIMER_TOPIC, data={"kind": kind}, place=place)


def _expected(fields: Fields) -> Expected:
    node = fields.known.get("expect")
    fields.take("expect")
    if isinstance(node, yaml.ScalarNode) and node.value == "silence":
        return Expected()
    found = None if node is None else fields_of(fields.place, node, f"{fields.path}expect.")
    if found is None:
        fields.report("expect", "expected silence, an offer, or stopped")
        return Expected()
    stopped = found.mapping("stopped")
    said = stopped or found
    expected = Expected(
        offer=said.text("offer"),
        channel=said.text("channel", choices=CHANNELS) if said.take("channel") else None,
        chance_min=None
        if stopped or not said.take("chance_min")
        else said.number("chance_min", 0.0, 1.0),
        gate=said.text("gate", choices=_GATES) if stopped else None,
        rule=said.text_or_none("rule") if stopped else None,
    )
    said.close()
    if stopped:
        found.close()
    return expected


def data_of(
    one: Happening, number: int, at_ms: int, currency: str, offers: dict[str, str]
) -> dict[str, Any]:
    """The event's fields, with those that a story may leave out; `offers` are name -> offer id."""
    data = dict(one.data)
    if one.topic == WORDS["till"]:
        day = datetime.fromtimestamp(at_ms / 1_000, UTC).date().isoformat()
        data = {
            "store_id": "1",
            "workstation_id": "1",
            "business_day": day,
            "sequence_number": number,
            **data,
        }
    if "line_items" in data or "items" in data:
        data.setdefault("currency", currency)
    if one.topic == WORDS["outcome"] and "offer" in data:
        data["offer_id"] = offers.get(data.pop("offer"), "")
    return data


def plain(node: yaml.Node) -> Any:
    """What was written, as JSON has it: dates and numbers with leading zeros are texts."""
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [plain(one) for one in node.value]
    text = str(node.value)
    if not getattr(node, "style", None):  # the C loader says "" where nothing is quoted
        if text in {"true", "false"}:
            return text == "true"
        if text in {"", "null", "~"}:
            return None
        if _NUMBER.match(text):
            return float(text) if "." in text else int(text)
    return text


def gates_in_words(gates: dict[str, int], rules: dict[str, int]) -> Iterator[str]:
    """What stopped how many candidates, the most frequent first."""
    for gate, count in sorted(gates.items(), key=lambda one: (-one[1], one[0])):
        named = f" ({', '.join(sorted(rules))})" if gate == Gate.RULE and rules else ""
        yield f"{gate}{named} {count}"
