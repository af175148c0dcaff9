"""`streams subject`: what a customer says, planned first, and published as an event."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from confluent_kafka import Consumer, Message, TopicPartition

from streams.cli.main import main
from streams.codec.sources import Limits, decode
from streams.core.events import ConsentChanged, Event, Suppressed, TraitCorrected, TraitMuted
from streams.core.identity.links import Link
from streams.core.profile.profile import Profile, new_profile
from streams.core.words.lexicon import Lexicon, Special
from streams.kafka.embedded import EmbeddedBroker
from streams.kafka.partitioner import partition_for
from tests.cli.stores import make_store
from tests.core.genomes import ANN as RICH_ANN
from tests.core.genomes import KNOWING as VALUING
from tests.core.genomes import Happened, chose, known, rich, said
from tests.strategies_profiles import FOLD, OURS, consent, post

Capture = pytest.CaptureFixture[str]
ANN = "customer:ann"
TOPIC = "channel.outcome.v1"
PARTITIONS = 4
NOWHERE = ["--broker", "kafka://127.0.0.1:1"]


SPECIAL = Lexicon(special={"asthma": Special(purpose="health", topic="illness")})
HEARING = replace(FOLD, lexicon=SPECIAL)
GIVEN = consent(granted=True, purpose="health")


def show(directory: Path, subject: str, **rows: Profile | Link) -> int:
    """Exit code of `subject show`, where a stopped worker left `rows` by subject."""
    named = {name.replace("_", ":"): row for name, row in rows.items()}
    make_store(directory / "streams", named, PARTITIONS)
    return main(["subject", "show", subject, "--store", str(directory)])


@pytest.fixture
def _four(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of a deployment of four partitions."""
    monkeypatch.setenv("STREAMS_PARTITIONS", str(PARTITIONS))
    monkeypatch.setenv("STREAMS_APPLICATION_ID", "streams")


@pytest.fixture(scope="module")
def broker() -> Iterator[EmbeddedBroker]:
    """One embedded broker for this module."""
    with EmbeddedBroker() as started:
        yield started


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            ["correct", ANN, "--trait", "topic/gardening", "--share", "0.8"],
            {"outcome": "trait_corrected", "trait": "topic/gardening", "share": 0.8},
        ),
        (
            ["correct", ANN, "--trait", "topic/gardening", "--undo"],
            {
                "outcome": "trait_corrected",
                "trait": "topic/gardening",
                "share": 0.0,
                "withdrawn": True,
            },
        ),
        (
            ["mute", ANN, "--trait", "topic/*"],
            {"outcome": "trait_muted", "trait": "topic/*", "muted": True},
        ),
        (
            ["mute", ANN, "--trait", "brand/Acme", "--undo"],
            {"outcome": "trait_muted", "trait": "brand/Acme", "muted": False},
        ),
        (
            ["suppress", ANN, "--product", "sku-1"],
            {"outcome": "suppressed", "scope": "product", "name": "sku-1", "suppressed": True},
        ),
        (
            ["suppress", ANN, "--attribute", "size=M", "--undo"],
            {"outcome": "suppressed", "scope": "attribute", "name": "size=M", "suppressed": False},
        ),
    ],
)
def test_without_apply_the_plan_is_printed_and_nothing_sent(
    arguments: list[str], expected: dict[str, object], capsys: Capture
) -> None:
    """No broker is asked: there is none."""
    code = main(["subject", *arguments, "--source", "phone", *NOWHERE])

    shown = capsys.readouterr()
    topic, subject, value = shown.out.split("  ")
    assert code == 0
    assert (topic, subject) == (TOPIC, ANN)
    assert json.loads(value) == {**expected, "source": "phone"}
    assert shown.err == "nothing was sent; send it with --apply\n"


def test_an_erasure_says_first_what_stays_in_kafka(capsys: Capture) -> None:
    """Nobody is told that records are gone which only retention deletes."""
    code = main(["subject", "erase", ANN, "--source", "phone", *NOWHERE])

    shown = capsys.readouterr()
    assert code == 0
    assert shown.out == f'{TOPIC}  {ANN}  {{"outcome":"erased","source":"phone"}}\n'
    assert shown.err.startswith(f"{ANN}: the profile of the person whom it belongs to goes")
    assert "records stay in Kafka" in shown.err
    assert shown.err.endswith("nothing was sent; send it with --apply\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["correct", ANN, "--trait", "gardening", "--share", "1"], "expected GROUP/NAME"),
        (["correct", ANN, "--trait", "mood/good", "--share", "1"], "groups are category, brand"),
        (["correct", ANN, "--trait", "topic/*", "--share", "1"], "expected GROUP/NAME"),
        (["correct", ANN, "--trait", "topic/a\x1b[2J", "--share", "1"], "topic/a\\x1b"),
        (["correct", ANN, "--trait", "topic/gardening"], "expected 0 to 1, got nothing"),
        (["correct", ANN, "--trait", "topic/gardening", "--share", "1.1"], "got 1.1"),
        (["correct", ANN, "--trait", "topic/gardening", "--share", "nan"], "got nan"),
        (["mute", ANN, "--trait", "*"], "expected GROUP/NAME or GROUP/*"),
        (["mute", "ann", "--trait", "topic/*"], "expected kind:value, such as customer:1"),
        (["suppress", ANN], "one of the arguments"),
        (["suppress", ANN, "--brand", "a", "--product", "b"], "not allowed with"),
        (["suppress", ANN, "--brand", ""], "expected 1 to 200 characters, got 0"),
        (["suppress", ANN, "--brand", "a", "--source", "x" * 65], "got 65 characters"),
    ],
)
def test_wrong_usage_exits_2_with_what_was_expected(
    arguments: list[str], said: str, capsys: Capture
) -> None:
    """What the worker would refuse never reaches the topic."""
    code = main(["subject", *arguments, "--apply", *NOWHERE])

    shown = capsys.readouterr()
    assert code == 2
    assert said in shown.err
    assert shown.out == ""


def test_with_apply_the_event_is_in_the_partition_of_its_subject(
    broker: EmbeddedBroker, capsys: Capture
) -> None:
    """A worker decodes what was sent, three words in the order in which they were said."""
    broker.create({TOPIC: PARTITIONS})
    words = [
        ["correct", ANN, "--trait", "topic/gardening", "--share", "0.8"],
        ["mute", ANN, "--trait", "topic/*"],
        ["suppress", ANN, "--brand", "Acme"],
    ]
    where = ["--apply", "--broker", f"kafka://{broker.bootstrap}"]

    codes = [main(["subject", *word, *where]) for word in words]

    events = [_decoded(one) for one in _read(broker, len(words))]
    assert codes == [0, 0, 0]
    assert [event.subject for event in events] == [ANN] * 3
    assert [event.body for event in events] == [
        TraitCorrected(trait="topic/gardening", share=0.8, source="command-line"),
        TraitMuted(trait="topic/*", muted=True, source="command-line"),
        Suppressed(scope="brand", name="Acme", suppressed=True, source="command-line"),
    ]
    assert len({event.event_id for event in events}) == 3
    assert capsys.readouterr().out.count(f"sent to {TOPIC}") == 3


def test_a_topic_that_does_not_exist_is_not_made(
    broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """It would get the broker's partition count."""
    monkeypatch.setenv("STREAMS_TOPIC_PREFIX", "other-")

    where = ["--apply", "--broker", f"kafka://{broker.bootstrap}"]
    code = main(["subject", "mute", ANN, "--trait", "topic/*", *where])

    assert code == 2
    assert f"topic other-{TOPIC} does not exist" in capsys.readouterr().err


@pytest.mark.usefixtures("_four")
def test_a_customer_is_told_in_sentences_what_is_known(tmp_path: Path, capsys: Capture) -> None:
    """Paragraph by paragraph, with what they can do about it."""
    code = show(tmp_path, RICH_ANN, customer_1=known(*rich()))

    shown = capsys.readouterr().out
    assert code == 0
    assert shown.startswith("What we know about customer:1 on ")
    assert "\nWhat you buy\n  You bought on 8 days" in shown
    assert "  You spent 31.98 EUR" in shown
    assert "  You buy coffee: on 8 receipts, last " in shown
    assert "  A kind of thing you like: milk, 40% as you told us." in shown
    assert "  We may not use any channel for marketing, since 2025-08-10." in shown
    assert "  By email you answer " in shown
    assert "  We never offer brand:Bolt (since 2025-08-10)." in shown
    assert "  We do not use topic/* (since 2025-08-10)." in shown
    assert "  You corrected category/milk to 40% (since 2025-08-10, phone)." in shown
    assert "streams subject correct customer:1 --trait topic/NAME --share 0" in shown


@pytest.mark.usefixtures("_four")
def test_values_are_told_with_what_contradicts_them(tmp_path: Path, capsys: Capture) -> None:
    """What seems to matter, why, and where words and purchases differ."""
    happened = [*chose("plastic", "plastic", "plastic"), *said("green", 3), *said("fancy", 3)]
    told = (0.6, TraitCorrected(trait="value/tradition", share=0.4))

    show(tmp_path, RICH_ANN, customer_1=known(*happened, told, rules=VALUING))

    shown = capsys.readouterr().out
    assert (
        "  sustainability seems to be something that does not matter to you "
        "(articles for it 0, against it 3)."
    ) in shown
    assert "About sustainability your words and your purchases differ: says +1.00" in shown
    assert "  status seems to be something that matters to you (you said so in words)." in shown
    assert "  tradition: 40%, as you told us." in shown


@pytest.mark.usefixtures("_four")
@pytest.mark.parametrize(("consents", "count"), [([GIVEN], 1), ([], 0)])
def test_special_topics_are_told_under_their_consent(
    consents: list[ConsentChanged], count: int, tmp_path: Path, capsys: Capture
) -> None:
    """Nothing that we keep is hidden from whom it is about."""
    given: list[Happened] = [(0, one) for one in consents]
    posts: list[Happened] = [(1 + 0.1 * n, post("asthma", OURS)) for n in range(3)]

    code = show(tmp_path, RICH_ANN, customer_1=known(*given, *posts, rules=HEARING))

    shown = capsys.readouterr().out
    assert code == 0
    assert shown.count("  With your consent (health) we keep: illness (n=3).") == count
    assert shown.count("illness") == count


@pytest.mark.usefixtures("_four")
def test_of_a_stranger_little_is_told(tmp_path: Path, capsys: Capture) -> None:
    """What is missing is said as well."""
    code = show(tmp_path, RICH_ANN, customer_1=new_profile(RICH_ANN))

    shown = capsys.readouterr().out
    assert code == 0
    assert "  We have seen nothing of you yet." in shown
    assert "  You have not bought from us yet." in shown
    assert "  You gave no permission for any channel." in shown
    assert "  We would call you prospect: 0 events and no purchase." in shown
    assert "What you like" not in shown


@pytest.mark.usefixtures("_four")
def test_a_device_is_told_of_its_owner(tmp_path: Path, capsys: Capture) -> None:
    """The link is followed, and named beside."""
    link = Link(target=RICH_ANN, since_ms=5, source="login")

    code = show(tmp_path, "device:1", customer_1=known(*rich()), device_1=link)

    shown = capsys.readouterr()
    assert code == 0
    assert shown.out.startswith("What we know about customer:1 on ")
    assert "device:1 is linked to customer:1" in shown.err


@pytest.mark.usefixtures("_four")
def test_without_a_profile_one_sentence_says_so(tmp_path: Path, capsys: Capture) -> None:
    """On stderr, and the command ends with 1."""
    code = show(tmp_path, "customer:nobody")

    assert code == 1
    assert capsys.readouterr() == ("", "no profile of customer:nobody\n")


def _read(broker: EmbeddedBroker, count: int) -> list[Message]:
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "t", "log_level": 0})
    consumer.assign([TopicPartition(TOPIC, partition_for(ANN.encode(), PARTITIONS), 0)])
    found = consumer.consume(count, 10)
    consumer.close()
    return found


def _decoded(message: Message) -> Event:
    limits = Limits(record_bytes_max=10_000, future_max_ms=60_000)
    _, append_time_ms = message.timestamp()
    headers = cast("list[tuple[str, bytes | None]]", message.headers())
    return decode(TOPIC, message.key(), message.value(), headers, append_time_ms, limits)
