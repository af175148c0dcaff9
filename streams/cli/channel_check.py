"""`streams channel check`: whether an adapter of a channel keeps the contract, rule by rule."""

import argparse
import http.client
import sys
import time
import uuid
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec
from confluent_kafka import KafkaException, Producer

from streams.channel.conformance import (
    FENCE,
    Ask,
    Rule,
    Say,
    Send,
    Step,
    Wait,
    endings,
    fence,
    rules,
)
from streams.cli.environment import read_settings
from streams.cli.reading import Reader
from streams.cli.words import clean
from streams.codec.outputs import encode_offer, offer_topic
from streams.config import Settings
from streams.core.decide.record import OfferMessage
from streams.core.errors import ConfigError, StreamsError
from streams.core.events import Channel
from streams.kafka.quiet import Complaints, connect, no_answer

ANSWER_MAX_S = 5.0
TRANSACTION_S = 10.0
POLL_S = 0.02
NO_CONTENT, OK, BAD_REQUEST = 204, 200, 400


def run(args: argparse.Namespace) -> int:
    """Print the plan or, with --apply, one line a rule; return 0 when all are kept."""
    adapter = _Adapter(args.url)
    settings = read_settings(args)
    channel: Channel = args.channel
    script = uuid.uuid4().hex[:16]
    topic = settings.topic_prefix + offer_topic(channel)
    if not args.apply:
        return _print_plan(rules(channel, script, now_ms=_now_ms()), topic, args.url)
    with Reader(settings) as reader:
        if topic not in reader.partitions():
            problem = f"topic {topic} does not exist; run: streams topics create --apply"
            raise ConfigError(problems=[problem])
    adapter.post({"subject": "customer:conformance"})  # nothing is said to nobody
    check = _Check(settings, adapter, channel, script, wait_s=args.wait_s)
    broken = check.all_rules()
    if broken:
        print(f"{broken} rules are broken", file=sys.stderr)
    return 1 if broken else 0


class _Answer(NamedTuple):
    """What an adapter said."""

    status: int
    body: bytes

    def shows(self, offer_id: str | None) -> bool:
        """Whether it is this offer, or no offer for None."""
        if offer_id is None:
            return self.status == NO_CONTENT
        return self.status == OK and _field(self.body, "offer_id") == offer_id

    def words(self) -> str:
        """What it was, for the line of a broken rule."""
        shown = _field(self.body, "offer_id") or _field(self.body, "error")
        return f"{self.status} {clean(shown)}".strip()


class _Adapter:
    """The adapter, by its address."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            port = 0
        if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
            problem = f"adapter {url!r}: expected its address, such as http://localhost:6066"
            raise ConfigError(problems=[problem])
        self._url = url
        self._path = parts.path.rstrip("/") + "/best-offer"
        self._secure = parts.scheme == "https"
        self._host, self._port = parts.hostname, port

    def post(self, body: dict[str, str] | bytes) -> _Answer:
        """Return the answer to POST /best-offer.

        Raises:
            StreamsError: there is none.
        """
        make = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        connection = make(self._host, self._port, timeout=ANSWER_MAX_S)
        data = body if isinstance(body, bytes) else msgspec.json.encode(body)
        headers = {"Content-Type": "application/json"}
        try:
            connection.request("POST", self._path, data, headers)
            answer = connection.getresponse()
            return _Answer(answer.status, answer.read())
        except (OSError, http.client.HTTPException) as error:
            what = f"asking the adapter at {self._url}: {error or type(error).__name__}"
            raise StreamsError(what) from error
        finally:
            connection.close()


class _Check:
    """One run against one adapter."""

    def __init__(
        self, settings: Settings, adapter: _Adapter, channel: Channel, run: str, *, wait_s: float
    ) -> None:
        self._settings = settings
        self._adapter = adapter
        self._channel = channel
        self._run = run
        self._wait_s = wait_s
        self._topic = settings.topic_prefix + offer_topic(channel)
        self._complaints = Complaints()
        properties = {
            "transactional.id": f"{settings.application_id}-conformance-{run}",
            "partitioner": "murmur2_random",
            "transaction.timeout.ms": int(TRANSACTION_S * 1_000),
            "linger.ms": 0,
        }
        self._producer = connect(Producer, settings, self._complaints, properties)

    def all_rules(self) -> int:
        """Print a line for each rule and return how many are broken."""
        self._transact("registering a producer", self._producer.init_transactions, TRANSACTION_S)
        broken = 0
        for number in range(len(rules(self._channel, self._run, now_ms=0))):
            rule = rules(self._channel, self._run, now_ms=_now_ms())[number]
            why = self._broken(rule)
            broken += why is not None
            print(f"kept    {rule.name}" if why is None else f"broken  {rule.name}: {why}")
            sys.stdout.flush()
        return broken

    def _broken(self, rule: Rule) -> str | None:
        """Why `rule` is broken, None when it is kept; what it said is taken back."""
        fences = 0
        try:
            for step in rule.steps:
                fences += isinstance(step, Say) and not step.abort
                why = self._do(rule, step, fences)
                if why is not None:
                    return why
            return None
        finally:
            if rule.messages():
                ended = endings(rule, self._channel, self._run, now_ms=_now_ms())
                self._say(ended, abort=False)

    def _do(self, rule: Rule, step: Step, fences: int) -> str | None:
        match step:
            case Say(messages=messages, abort=True):
                self._say(messages, abort=True)
                return None
            case Say(messages=messages):
                last = fence(rule, fences, self._channel, self._run, now_ms=_now_ms())
                self._say((*messages, last), abort=False)
                return self._await_fence(last)
            case Wait(until_ms=until_ms):
                time.sleep(max(0, until_ms - _now_ms()) / 1_000)
                return None
            case Ask(subject=subject, slot=slot, expected=expected):
                answer = self._adapter.post(_question(subject, slot))
                wanted = "204" if expected is None else f"200 {expected}"
                where = "any slot" if slot is None else f"slot {slot}"
                kept = answer.shows(expected)
                return None if kept else f"{where}: expected {wanted}, got {answer.words()}"
            case Send(body=body):
                answer = self._adapter.post(body)
                kept = answer.status == BAD_REQUEST and _is_sentence(_field(answer.body, "error"))
                wanted = '400 with {"error": one sentence}'
                return None if kept else f"{body!r}: expected {wanted}, got {answer.words()}"

    def _await_fence(self, last: OfferMessage) -> str | None:
        until_s = time.monotonic() + self._wait_s
        while True:
            answer = self._adapter.post(_question(last.subject, FENCE))
            if answer.shows(last.offer_id):
                return None
            if time.monotonic() > until_s:
                wanted = f"200 {last.offer_id} within {self._wait_s:g} s"
                return f"slot {FENCE}: expected {wanted}, got {answer.words()}"
            time.sleep(POLL_S)

    def _say(self, messages: tuple[OfferMessage, ...], *, abort: bool) -> None:
        self._transact("beginning a transaction", self._producer.begin_transaction)
        for one in messages:
            value, headers = encode_offer(one, _now_ms())
            sent: list[tuple[str, str | bytes | None]] = [*headers]
            self._producer.produce(self._topic, value, one.subject.encode(), headers=sent)
        if abort:  # only what has reached the broker can be read by who should not
            self._producer.flush(TRANSACTION_S)
            self._transact(
                "aborting a transaction", self._producer.abort_transaction, TRANSACTION_S
            )
        else:
            self._transact(
                "committing a transaction", self._producer.commit_transaction, TRANSACTION_S
            )

    def _transact(self, doing: str, function: Callable[..., None], *arguments: float) -> None:
        try:
            function(*arguments)
        except KafkaException as error:
            what = f"{doing} on {self._topic}"
            raise no_answer(self._settings, what, error, self._complaints.last) from error


def _question(subject: str, slot: str | None) -> dict[str, str]:
    return {"subject": subject} if slot is None else {"subject": subject, "slot": slot}


def _field(body: bytes, name: str) -> str:
    """A text in a JSON object; empty when there is none."""
    try:
        found = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return ""
    value = found.get(name) if isinstance(found, dict) else None
    return value if isinstance(value, str) else ""


def _is_sentence(text: str) -> bool:
    return len(text.splitlines()) == 1


def _print_plan(script: tuple[Rule, ...], topic: str, url: str) -> int:
    count = sum(len(one.messages()) for one in script)
    for one in script:
        print(f"{one.subject}  {one.name}")
    print(
        f"{len(script)} rules would be checked at {url} by some {count} messages to these "
        f"subjects in {topic}, withdrawn at the end; an adapter that delivers would deliver them; "
        "nothing was written, do it with --apply"
    )
    return 0


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
