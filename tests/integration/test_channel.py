"""A channel answers which offer to show, on real Kafka; and any adapter can be checked."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from streams.codec.outputs import encode_offer
from streams.config import Settings
from streams.core.decide.record import OfferMessage
from tests.channel.messages import ANN, HOUR_MS, issue, offer_id, supersede, withdraw
from tests.integration.broker import Bootstrap
from tests.integration.commands import make_topics, printed, run, transactional
from tests.integration.feed import CLICK, Source, headers
from tests.integration.reading import read_topics
from tests.integration.scene import MakeScene, Scene
from tests.integration.subscribers import Subscriber
from tests.integration.workers import wait_until

pytestmark = pytest.mark.timeout(120)
WEB, OUTCOME = "offer.web.v1", "channel.outcome.v1"
SHOPPERS = 12
WITHDRAWN = "a withdrawn offer is not shown"
MakeSubscriber = Callable[..., Subscriber]


@pytest.fixture
def settings(kafka: Bootstrap, make_settings: Callable[..., Settings]) -> Settings:
    """Return settings of a deployment whose topics exist and are empty."""
    return make_topics(make_settings(kafka, partitions=2))


@pytest.fixture
def subscribe(tmp_path: Path) -> Iterator[MakeSubscriber]:
    """Return a function: settings and options -> running subscriber."""
    made: list[Subscriber] = []

    def make(settings: Settings, **options: Any) -> Subscriber:
        made.append(Subscriber(settings, tmp_path, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


def say(settings: Settings, *messages: OfferMessage, abort: bool = False) -> None:
    """Write offer messages as a worker does, in one transaction."""
    producer = transactional(settings)
    producer.begin_transaction()
    for one in messages:
        value, sent = encode_offer(one, one.issued_at_ms)
        producer.produce(settings.topic_prefix + WEB, value, one.subject.encode(), headers=[*sent])
    producer.flush()
    (producer.abort_transaction if abort else producer.commit_transaction)()


def now(**changes: Any) -> dict[str, Any]:
    """Return the times of an offer that was issued just now, for an hour."""
    now_ms = time.time_ns() // 1_000_000
    return {"issued_at_ms": now_ms, "expires_at_ms": now_ms + HOUR_MS, **changes}


def shopping(scene: Scene, kind: str, subject: str, **more: str) -> None:
    """Send one event about a sweater and wait until it is folded."""
    item = {"item_id": "sku-1", "item_category": "fashion", "quantity": 1, "price_minor": 4_999}
    body = {"event_name": kind, "currency": "USD", "value_minor": 4_999, "items": [item], **more}
    now_ms = time.time_ns() // 1_000_000
    sent = headers(CLICK, f"{kind}-{subject}", now_ms)
    source = Source(CLICK, subject.encode(), orjson.dumps(body), sent)
    scene.load(iter([source])).send(1)


def issued(scene: Scene) -> dict[str, str]:
    """Return subject -> offer, of all that were issued on the web."""
    found = read_topics(scene.bootstrap, [scene.full(WEB)])
    values = [json.loads(one.value or b"{}") for one in found]
    return {one["subject"]: one["offer_id"] for one in values if one["action"] == "issue"}


def outcomes(settings: Settings) -> list[tuple[str, str, str]]:
    """Return key, event id and outcome of each record that was reported, by event id."""
    found = read_topics(settings.bootstrap_servers, [settings.topic_prefix + OUTCOME])
    return sorted(
        (
            (one.key or b"").decode(),
            (dict(one.headers)["ce_id"] or b"").decode(),
            json.loads(one.value or b"{}")["outcome"],
        )
        for one in found
    )


def test_offer_is_shown_reported_on_and_gone_when_it_was_bought(
    kafka: Bootstrap, make_scene: MakeScene, subscribe: MakeSubscriber
) -> None:
    """From the cart to the web slot, back into the profile, and out of the slot."""
    scene = make_scene(kafka, partitions=2).create_topics()
    worker = scene.worker(supervised=False)
    settings = Settings.from_env(scene.env())
    subscriber = subscribe(settings).wait_ready()
    for number in range(SHOPPERS):
        shopping(scene, "add_to_cart", f"customer:{number}")
    scene.drain()
    subject, offer = next(iter(issued(scene).items()))

    subscriber.wait_shown(subject, offer)
    report = {"offer_id": offer, "subject": subject, "outcome": "viewed"}
    reported = [subscriber.page("outcome", report) for _ in range(2)]
    scene.drain()
    profile = json.loads(printed(run(settings, "profile", "show", subject, "--json")))
    shopping(scene, "purchase", subject, transaction_id="order-1")
    subscriber.wait_shown(subject, None)

    assert reported == [(202, {"event_id": f"{offer}:viewed"})] * 2
    assert [(one["offer_id"], one["state"]) for one in profile["contact"]["open_offers"]] == [
        (offer, "viewed")
    ]
    assert subscriber.terminate() == 0
    assert subject not in subscriber.log.read_text()
    assert scene.finish().outcomes["duplicate"] == 1
    assert worker.text().count("Traceback") == 0


def test_open_offers_are_rebuilt_from_the_log(
    settings: Settings, subscribe: MakeSubscriber
) -> None:
    """A start knows what is open, without a store; an aborted transaction leaves nothing."""
    say(settings, issue("a", 1, **now()), issue("b", 2, slot="care", **now()))
    say(settings, supersede("c", 5, **now()), withdraw("b", 6, slot="care", **now()))
    say(settings, issue("d", 1, subject="customer:bob", **now()), abort=True)

    subscriber = subscribe(settings).wait_ready()

    assert (subscriber.shown(ANN), subscriber.shown(ANN, slot="care")) == (offer_id("c"), None)
    assert subscriber.shown("customer:bob") is None


def test_delivered_offers_are_lines_and_outcomes(
    settings: Settings, subscribe: MakeSubscriber
) -> None:
    """Each that became open once in a run; again after a restart, as the same outcome."""
    say(settings, issue("a", 1, **now()), withdraw("a", 2, **now()), issue("b", 3, **now()))
    first = subscribe(settings, arguments=("--deliver", "log")).wait_ready()
    live = issue("c", 1, subject="customer:bob", **now())
    say(settings, live)
    say(settings, live)
    wait_until(lambda: len(outcomes(settings)) == 2, "two are reported", deadline_s=15)
    code = first.terminate()
    lines = [json.loads(line)["offer_id"] for line in first.out.read_text().splitlines()]

    subscribe(settings, arguments=("--deliver", "log")).wait_ready()

    wait_until(lambda: len(outcomes(settings)) == 4, "both are reported again", deadline_s=15)
    assert (code, lines) == (0, [offer_id("b"), offer_id("c")])
    assert outcomes(settings) == sorted(
        [
            (ANN, f"{offer_id('b')}:delivered", "delivered"),
            ("customer:bob", f"{offer_id('c')}:delivered", "delivered"),
        ]
        * 2
    )


def test_our_own_subscriber_keeps_every_rule(settings: Settings, subscribe: MakeSubscriber) -> None:
    """The check says so, rule by rule, and leaves nothing open."""
    subscriber = subscribe(settings).wait_ready()
    arguments = ("channel", "check", subscriber.url, "--channel", "web")

    planned = printed(run(settings, *arguments))
    before = read_topics(settings.bootstrap_servers, [settings.topic_prefix + WEB])
    checked = printed(run(settings, *arguments, "--apply"))

    subjects = {line.split()[0] for line in planned.splitlines()[:-1]}
    assert (before, len(subjects)) == ([], 11)
    assert [line.split()[0] for line in checked.splitlines()] == ["kept"] * 11
    assert sum(1 for _ in open_subjects(settings, subscriber)) == 0


def open_subjects(settings: Settings, subscriber: Subscriber) -> Iterator[str]:
    """Yield who is still shown an offer, of all that were ever said one."""
    found = read_topics(settings.bootstrap_servers, [settings.topic_prefix + WEB])
    for subject in {(one.key or b"").decode() for one in found}:
        if subscriber.shown(subject) is not None:
            yield subject


@pytest.mark.parametrize(
    ("fault", "rules"),
    [
        ("deaf", {WITHDRAWN, "an issue that comes again after its withdrawal opens nothing"}),
        (
            "forward",
            {
                "a message that comes again changes nothing",
                "an issue that comes again after its withdrawal opens nothing",
                "an older sequence that comes late is ignored",
            },
        ),
        ("late", {"an expired offer is not shown"}),
        ("dirty", {"an offer of an aborted transaction is not shown"}),
    ],
)
def test_broken_adapter_is_told_which_rule_it_breaks(
    settings: Settings, subscribe: MakeSubscriber, fault: str, rules: set[str]
) -> None:
    """Those that its fault breaks and no other, and exit code 1."""
    broken = subscribe(settings, fault=fault)
    url = broken.wait_ready().url

    done = run(settings, "channel", "check", url, "--channel", "web", "--wait-s", "5", "--apply")

    lines = done.stdout.decode().splitlines()
    broken_rules = {line[8:].split(": ")[0] for line in lines if line.startswith("broken")}
    assert (done.returncode, broken_rules) == (1, rules), done.stderr.decode()


def test_missing_topic_is_named(
    kafka: Bootstrap, make_settings: Callable[..., Settings], subscribe: MakeSubscriber
) -> None:
    """It does not exist, what makes it, exit code 2; asking does not make it."""
    subscriber = subscribe(make_settings(kafka))

    assert subscriber.process.wait(20) == 2
    said = [one for one in subscriber.log.read_text().splitlines() if one.startswith("streams: ")]
    assert len(said) == 1
    assert f"{WEB} does not exist; run: streams topics create --apply" in said[0]
