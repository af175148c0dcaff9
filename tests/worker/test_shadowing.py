"""A candidate policy beside the live one: its records join the unit, and it can hurt nobody."""

import logging
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from streams.cli.main import main
from streams.codec.outputs import decode_decision
from streams.config import Settings
from streams.core.acceptance import Acceptance
from streams.core.decide.rules import Rule, RuleKind
from streams.core.errors import ConfigError
from streams.core.offers import Policy, with_products
from streams.core.products import NO_PRODUCTS
from streams.core.profile.profile import new_profile
from streams.core.step import StepResult
from streams.kafka.ledger import Ledger
from streams.kafka.rows import Identity
from streams.kafka.unit import OpenPartition, Unit
from streams.worker.adopting import Adopted, Candidate
from streams.worker.publishing import Publisher
from streams.worker.shadowing import Shadow, read_candidate
from tests.core.shelf import DEPLOY, world
from tests.strategies_profiles import NOON, event, offer, policy, run, view

ANN = b"customer:ann"
NOWHERE = Identity(cluster_id="", changelog_topic="", changelog_topic_id="", topic_ids={})
LIVE = policy(offer("a"))
OPENED = cast("OpenPartition", type("Opened", (), {"number": 3, "ledger": Ledger()}))


def unit_of() -> Unit:
    """A unit that is never sent."""
    return Unit(cast("Any", None), NOWHERE, cast("Any", None), lambda *_: None)


def published(candidate: Policy | None, **settings: Any) -> tuple[Unit, list[tuple[Any, ...]]]:
    """The unit after one live decision with `candidate` beside it, and what the unit sends."""
    unit, made = unit_of(), Settings(topic_prefix="trial-", **settings)
    shadow = None if candidate is None else Shadow(made, unit, candidate)
    if shadow is not None:
        shadow.follow(beside(LIVE))
    Publisher(made, unit, shadow).publish(decided(), ANN, OPENED, None)
    return unit, list(unit._outputs)


def beside(live: Policy, candidate: Candidate | None = None) -> Adopted:
    """What a worker has adopted: `live`, and a candidate if one was published."""
    return Adopted(versions={}, policy=live, candidate=candidate)


def decided() -> StepResult:
    """What the live policy makes of a view of coffee."""
    (result,) = run(new_profile("customer:ann"), [event("e", view(), NOON)], LIVE)
    assert result.decision is not None
    return result


def raising(*_: object) -> bool:
    """A rule with a bug."""
    return bool(1 // 0)


BROKEN = policy(
    offer(
        rules=(Rule(name="bug", kind=RuleKind.SUITABILITY, when="1 / 0 > 0", holds=raising),),
    )
)


def test_the_shadow_of_a_decision_follows_it_in_its_unit() -> None:
    """Same key and partition, on a topic of its own; all the rest is as without a shadow."""
    candidate = replace(policy(offer("b")), policy_version="candidate")

    unit, sent = published(candidate)

    *live, (topic, value, key, partition, headers) = sent
    assert live == published(None)[1]
    assert (topic, key, partition) == ("trial-decision.shadow.v1", ANN, 3)
    made = decode_decision(value)
    assert made.chosen is not None
    assert (made.policy_version, made.chosen.offer) == ("candidate", "b")
    assert dict(headers)["ce_type"] == b"decision.shadow.v1"
    assert unit.totals.counts["shadow", "different"] == 1


def test_the_live_policy_beside_itself_is_the_same() -> None:
    """And is counted so."""
    assert published(LIVE)[0].totals.counts["shadow", "same"] == 1


def test_a_candidate_that_raises_is_counted_and_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The live decision and the totals of everything else are as without it."""
    with caplog.at_level(logging.WARNING):
        unit, sent = published(BROKEN)

    alone, without = published(None)
    counts = unit.totals.counts
    assert counts.pop(("shadow", "raised")) == 1
    assert (sent, counts) == (without, alone.totals.counts)
    assert "live decisions go on: ZeroDivisionError at test_shadowing.py:" in caplog.text


def test_it_is_told_once_however_often_it_raises(caplog: pytest.LogCaptureFixture) -> None:
    """A worker that decides a thousand times a second must not fill a disk."""
    unit = unit_of()
    shadow, live = Shadow(Settings(), unit, BROKEN), decided().decision
    shadow.follow(beside(LIVE))
    assert live is not None
    with caplog.at_level(logging.WARNING):
        shadow.decide(live, ANN, 0)
        shadow.decide(live, ANN, 0)

    assert unit.totals.counts == {("shadow", "raised"): 2}
    assert caplog.text.count("live decisions go on") == 1


def test_candidates_that_a_rule_stopped_are_counted_by_its_name() -> None:
    """Beside the gate that all rules share."""
    rule = Rule(name="never", kind=RuleKind.SUITABILITY, when="false", holds=lambda *_: False)
    (result,) = run(
        new_profile("customer:ann"), [event("e", view(), NOON)], policy(offer(rules=(rule,)))
    )
    unit = unit_of()

    Publisher(Settings(), unit).publish(result, ANN, OPENED, None)

    counts = unit.totals.counts
    assert counts["rule", "never"] == counts["gate", "rule"] > 0


def test_a_share_bounds_what_it_costs() -> None:
    """Of one percent of the subjects, this one is none."""
    unit, sent = published(LIVE, shadow_share_percent=1)

    assert (sent, unit.totals.counts) == (published(None)[1], published(None)[0].totals.counts)


def test_it_decides_with_what_the_live_policy_adopted() -> None:
    """Model, lifts and products; its offers are its own."""
    learned = Acceptance(version="l1")
    live = replace(world().policy, acceptance=learned)
    unit = unit_of()
    shadow = Shadow(Settings(), unit, policy(offer("b")))

    shadow.follow(beside(live))

    assert shadow._candidate is not None
    assert shadow._candidate.acceptance is learned
    assert shadow._candidate.fold.products is live.fold.products
    assert set(shadow._candidate.offers) == {"b"}
    assert shadow.versions == {"decision.shadow.v1": f"{shadow._candidate.policy_version}@100"}


def test_its_goods_are_looked_up_once_for_a_product_catalogue() -> None:
    """Not again when lifts come; again when another catalogue does."""
    live = world().policy
    item = next(iter(live.fold.products.newest()))
    shadow = Shadow(Settings(), unit_of(), policy(offer("b", products=frozenset({item}))))

    found = []
    for adopted in (
        live,
        replace(live, acceptance=Acceptance(version="l2")),
        with_products(live, NO_PRODUCTS),
    ):
        shadow.follow(beside(adopted))
        assert shadow._candidate is not None
        found.append(shadow._candidate)

    first, second, third = found
    assert first.assortment
    assert second.assortment is first.assortment
    assert (second.acceptance.version, third.assortment) == ("l2", {})


def test_what_was_published_as_shadow_goes_before_the_directory() -> None:
    """And when it ends the directory decides again, or nothing does."""
    one, other = (replace(policy(offer(name)), policy_version=name) for name in ("a", "b"))
    named = beside(LIVE, Candidate(version="b", policy=other))
    with_directory, alone = Shadow(Settings(), unit_of(), one), Shadow(Settings(), unit_of(), None)

    told = []
    for adopted in (beside(LIVE), named, beside(LIVE)):
        for shadow in (with_directory, alone):
            shadow.follow(adopted)
            told.append(shadow.versions.get("decision.shadow.v1"))

    assert told == ["a@100", None, "b@100", "b@100", "a@100", None]


def test_without_a_candidate_nothing_is_decided_beside() -> None:
    """Nor counted."""
    unit = unit_of()
    shadow, live = Shadow(Settings(), unit, None), decided().decision
    shadow.follow(beside(LIVE))
    assert live is not None

    shadow.decide(live, ANN, 0)

    assert (unit.totals.counts, list(unit._outputs)) == ({}, [])


def test_a_published_candidate_that_cannot_be_read_fails_at_each_decision() -> None:
    """So the alert stands as long as it is the shadow; a directory does not decide in its place."""
    unit = unit_of()
    shadow, live = Shadow(Settings(), unit, LIVE), decided().decision
    shadow.follow(beside(LIVE, Candidate(version="b", policy=None)))
    assert live is not None

    shadow.decide(live, ANN, 0)
    shadow.decide(live, ANN, 0)

    assert (unit.totals.counts, list(unit._outputs)) == ({("shadow", "raised"): 2}, [])
    assert shadow.versions == {}


def with_files(tmp_path: Path, *, break_it: bool = False) -> Settings:
    """Settings whose shadow is a copy of the shipped offers."""
    directory = tmp_path / "candidate"
    shutil.copytree(DEPLOY / "offers", directory)
    if break_it:
        (directory / "care.yaml").write_text("offers:\n- {offer: x}\n")
    return Settings(offers_dir=DEPLOY / "offers", shadow_offers_dir=str(directory))


def test_the_candidate_is_read_from_its_directory(tmp_path: Path) -> None:
    """The same files make the same version; without the setting there is none."""
    found = read_candidate(with_files(tmp_path), world().policy)

    assert found is not None
    assert found.policy_version == world().policy.policy_version
    assert read_candidate(Settings(), world().policy) is None


def test_a_broken_candidate_names_the_setting_file_and_line(tmp_path: Path) -> None:
    """It is refused before anything is folded."""
    with pytest.raises(ConfigError, match=r"STREAMS_SHADOW_OFFERS_DIR \S+: .*care\.yaml:2"):
        read_candidate(with_files(tmp_path, break_it=True), world().policy)


def test_a_shadow_without_files_stops_the_start_with_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2: do not start again."""
    monkeypatch.setenv("STREAMS_OFFERS_DIR", str(DEPLOY / "offers"))
    monkeypatch.setenv("STREAMS_LEXICON_DIR", str(DEPLOY / "lexicon"))
    monkeypatch.setenv("STREAMS_SHADOW_OFFERS_DIR", str(tmp_path / "nothing"))

    code = main(["worker"])

    said = capsys.readouterr().err
    assert code == 2
    assert "expected a directory of offer files, found no *.yaml; name another one" in said
