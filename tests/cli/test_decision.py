"""`streams decision repeat`: identical bytes, or the fields that differ."""

import binascii
import os
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from streams.cli.decision import Repeat, Verdict, lines, repeat
from streams.cli.decision_log import Policies
from streams.cli.main import main
from streams.cli.publishing import write_rows
from streams.cli.reading import Reader
from streams.codec import model, offer_versions
from streams.codec.acceptance import encode_acceptance, versioned
from streams.codec.outputs import encode_decision
from streams.codec.packed import pack, read_packed, unpack
from streams.config import Settings
from streams.core import events
from streams.core.acceptance import Acceptance, Node
from streams.core.decide.record import DecisionRecord
from streams.kafka.embedded import EmbeddedBroker
from tests.cli.decisions import (
    DEPLOY,
    SETTINGS,
    a_holdout,
    a_silence,
    an_offer,
    as_record,
    decided,
    shipped,
)
from tests.strategies_profiles import NOON, consent, item

OFFER_ID = "0123456789abcdef0123456789abcdef"
POLICIES = Policies(SETTINGS)


def tampered(decision: DecisionRecord, **changes: Any) -> bytes:
    """A copy of the record in the log whose view has `changes`."""
    document = msgspec.json.decode(encode_decision(decision)[0])
    document["view"] |= changes
    return msgspec.json.encode(document)


def a_large_one() -> DecisionRecord:
    """About a page of thirty coffees."""
    coffees = [
        item(f"bean-{n}", "COFFEE", item_name=f"Dark roast number {n}", price_minor=799)
        for n in range(30)
    ]
    looked = events.ViewItem(currency="USD", items=tuple(coffees))
    return decided(consent(granted=True, channel="email"), looked)


def shown(found: Repeat) -> str:
    """The lines of one repetition."""
    return "\n".join(lines(as_record(an_offer()), found))


@pytest.mark.parametrize("make", [an_offer, a_silence, a_holdout, a_large_one])
def test_a_logged_decision_comes_out_identical(make: Any) -> None:
    """An offer, a silence, a holdout and what had to be packed, from the bytes in the log."""
    found = repeat(as_record(make()).value or b"", POLICIES)

    assert found == Repeat(Verdict.IDENTICAL, [])
    assert shown(found).endswith("  decision.log.v1:1:7  identical")


def test_a_tampered_view_is_found() -> None:
    """One who looked at something else was offered something else: every field is named."""
    items = [{"item_id": "bean-1", "category": "COFFEE", "price_minor": 500, "currency": "USD"}]

    found = repeat(tampered(an_offer(), items=items), POLICIES)

    assert found.verdict is Verdict.DIFFERENT
    named = {one.field: one.logged for one in found.differences}
    assert named["chosen.price.regular_minor"] == 799


def test_a_large_decision_is_compared_as_it_is_inside() -> None:
    """Logged plain by a release before, and packed by another zlib."""
    decision = a_large_one()
    value, _ = encode_decision(decision)
    plain = unpack(value)
    packed = read_packed(value)
    assert packed is not None
    other = binascii.b2a_base64(zlib.compress(plain, 9), newline=False)

    another = value.replace(packed.deflated.encode(), other)

    assert another != value
    assert repeat(another, POLICIES) == Repeat(Verdict.IDENTICAL, [])
    assert repeat(plain, POLICIES) == Repeat(Verdict.IDENTICAL, [])


def test_what_was_tampered_with_inside_is_found() -> None:
    """Every field is named as if it had been plain."""
    decision = a_large_one()
    document = msgspec.json.decode(unpack(encode_decision(decision)[0]))
    document["draw"] = 0.5

    found = repeat(pack(decision, msgspec.json.encode(document)), POLICIES)

    assert [one.field for one in found.differences] == ["draw"]


def test_a_tampered_cause_is_found() -> None:
    """The id and the draw are hashes of it."""
    found = repeat(tampered(an_offer(), cause_id="another"), POLICIES)

    named = {one.field for one in found.differences}
    assert {"decision_id", "draw", "cause_id", "chosen.offer_id"} <= named


def test_a_field_of_another_release_is_a_difference() -> None:
    """What this release does not write cannot be the same bytes."""
    document = msgspec.json.decode(encode_decision(an_offer())[0]) | {"mood": "\x1b[31mred"}

    found = repeat(msgspec.json.encode(document), POLICIES)

    assert 'mood: logged "\\u001b[31mred", repeated nothing' in shown(found)


def test_other_bytes_of_the_same_fields_are_no_repetition() -> None:
    """A space is a difference."""
    value = (as_record(an_offer()).value or b"").replace(b'"main",', b'"main", ', 1)

    found = repeat(value, POLICIES)

    assert found.verdict is Verdict.DIFFERENT
    assert shown(found).endswith("different: the same fields in other bytes")


def test_many_differences_are_counted() -> None:
    """Ten are shown."""
    items = [{"item_id": "tea", "category": "TEA"}]

    found = repeat(tampered(an_offer(), items=items, trigger="purchase", stage="bought"), POLICIES)

    more = len(found.differences) - 10
    assert more > 0
    assert f"and {more} fields more" in shown(found)


def test_a_view_that_no_row_matches_any_more_says_so() -> None:
    """Decided then, and not now."""
    found = repeat(tampered(an_offer(), trigger="nothing"), POLICIES)

    assert shown(found).endswith("different: repeated, no catalogue row matches: no decision")


def test_bytes_that_are_no_decision_say_so() -> None:
    """Somebody else wrote to the log."""
    assert "the log's record is no decision" in shown(repeat(b"{", POLICIES))


def test_another_policy_version_is_named_with_ours() -> None:
    """Which one the log names, which one the files are, and what to do."""
    document = msgspec.json.decode(encode_decision(an_offer())[0])

    found = repeat(msgspec.json.encode(document | {"policy_version": "older"}), POLICIES)

    assert found.verdict is Verdict.UNKNOWN_POLICY
    assert found.why.startswith(
        f"the log names policy version older, and the files in {DEPLOY / 'offers'} are version "
    )
    assert "--offers" in found.why


def test_a_directory_of_offers_is_read_instead_of_the_settings(tmp_path: Path) -> None:
    """Another bar is another version."""
    for path in (DEPLOY / "offers").glob("*.yaml"):
        text = path.read_text().replace("bar_minor: 3", "bar_minor: 4")
        (tmp_path / path.name).write_text(text)

    policies = Policies(SETTINGS, tmp_path)

    assert policies.of(an_offer()) is None
    assert f"the files in {tmp_path} are version" in policies.missing(an_offer())


def test_a_decision_of_a_published_version_is_repeated_with_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Although the files at hand are another version by now."""
    for path in (DEPLOY / "offers").glob("*.yaml"):
        text = path.read_text().replace("bar_minor: 3", "bar_minor: 4")
        (tmp_path / path.name).write_text(text)
    with EmbeddedBroker() as broker:
        broker.create({model.TOPIC: 1, offer_versions.TOPIC: 1})
        monkeypatch.setenv("STREAMS_BROKER_URLS", f"kafka://{broker.bootstrap}")
        monkeypatch.setenv("STREAMS_OFFERS_DIR", str(DEPLOY / "offers"))
        monkeypatch.setenv("STREAMS_LEXICON_DIR", str(DEPLOY / "lexicon"))
        assert main(["offers", "publish", "--apply"]) == 0
        settings = Settings.from_env(os.environ)
        policies = Policies(SETTINGS, tmp_path)
        with Reader(settings) as reader:
            policies.connect(reader, settings)
        found = repeat(as_record(an_offer()).value or b"", policies)

    assert found == Repeat(Verdict.IDENTICAL, [])


def test_a_decision_is_repeated_with_what_had_been_learned_by_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The topic of models holds that version; where it does not, a sentence says so."""
    learned = versioned(Acceptance(until_ms=NOON, accepts=Node(1.2, 9.0)))
    taught = an_offer(replace(shipped(), acceptance=learned))
    value, _ = encode_decision(taught)
    with EmbeddedBroker() as broker:
        broker.create({model.TOPIC: 1})
        monkeypatch.setenv("STREAMS_BROKER_URLS", f"kafka://{broker.bootstrap}")
        settings = Settings.from_env(os.environ)
        write_rows(settings, model.TOPIC, encode_acceptance(learned, valid_from_ms=NOON))
        policies = Policies(SETTINGS)
        with Reader(settings) as reader:
            before = repeat(value, policies)
            policies.connect(reader, settings)

    assert before.verdict is Verdict.UNKNOWN_POLICY
    assert f"what was learned by version {learned.version}" in before.why
    assert repeat(value, policies).verdict is Verdict.IDENTICAL


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "name one OFFER_ID, or give --all"),
        ([OFFER_ID, "--all"], "name one OFFER_ID, or give --all"),
        ([OFFER_ID, "--count", "1"], "name one OFFER_ID, or give --all"),
        (["--all", "--count", "0"], "with a --count of 1 or more"),
        (["coffee"], "offer id 'coffee': expected 32 hex digits"),
        ([OFFER_ID, "--offers", "nowhere"], "found none"),
        ([OFFER_ID, "--from", "yesterday"], "--from: expected a time such as"),
        (["--all", "--until", "2025-01-31"], "--until: expected a time such as"),
        ([OFFER_ID, "--subject", "ann"], "subject 'ann': expected kind:value"),
    ],
)
def test_wrong_usage_exits_2_without_asking_a_broker(
    arguments: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence; no traceback."""
    code = main(["decision", "repeat", *arguments, "--broker", "kafka://127.0.0.1:1"])

    said = capsys.readouterr().err
    assert code == 2
    assert problem in said
    assert said.count("\n") == 1
