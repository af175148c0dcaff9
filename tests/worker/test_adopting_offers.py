"""Offers that a worker adopts: beside products and model, refused whole, named by their version."""

import logging
from typing import Any

import pytest

from streams.codec import model as model_rows
from streams.codec import products as product_rows
from streams.codec.model import encode_model
from streams.codec.offer_versions import SHADOW_ENDS, TOPIC, encode_files
from streams.core.model import Model
from streams.core.offers import Policy
from streams.worker.adopting import COMPLAINTS_MAX, Adopted, Adopting, Candidate
from tests.codec.catalogue_files import OFFER, POLICY, changed, load
from tests.worker.test_adopting import HOUR_MS, NOW_MS, candidate, catalogue

DEARER = changed("margin_minor: 100", "margin_minor: 900")


@pytest.fixture
def policy() -> Policy:
    """The policy of a worker's own files."""
    return load()


@pytest.fixture
def adopting(policy: Policy) -> Adopting:
    """What a worker starts with."""
    return Adopting(policy, products_max=9)


def offers(version: str, text: str = DEARER, *, valid_from_ms: int = NOW_MS) -> list[Any]:
    """A version whose offers are `text`."""
    files = {"offers.yaml": text, "policy.yaml": POLICY}
    return [*encode_files(files, version=version, valid_from_ms=valid_from_ms)]


def take(adopting: Adopting, rows: list[Any], topic: str = TOPIC) -> Adopted:
    """Hand over the rows and settle, as the reader does."""
    for row in rows:
        adopting.take(topic, row.key, row.value)
    adopting.settle()
    return adopting.adopted


def test_offers_are_adopted_under_the_name_they_were_published_with(
    adopting: Adopting, policy: Policy
) -> None:
    """Read locally, the same files have the same version."""
    version = load(DEARER).policy_version

    adopted = take(adopting, offers(version))

    assert adopted.versions == {TOPIC: version}
    assert adopted.policy.offers["coffee"].margin_minor == 900
    assert adopted.policy == load(DEARER)
    assert policy.offers["coffee"].margin_minor == 100


def test_each_topic_replaces_its_part_alone(adopting: Adopting) -> None:
    """Offers before products and model, and offers after them."""
    model = Model(version="m1", fitted_until_ms=NOW_MS, currency="EUR")

    take(adopting, offers("o1"))
    take(adopting, catalogue("p1", 2), product_rows.TOPIC)
    middle = take(adopting, encode_model(model, valid_from_ms=NOW_MS), model_rows.TOPIC).policy
    last = take(adopting, offers("o2", OFFER))

    assert (middle.policy_version, middle.offers["coffee"].margin_minor) == ("o1", 900)
    assert (last.policy.policy_version, last.policy.offers["coffee"].margin_minor) == ("o2", 100)
    assert last.policy.fold.products.version == "p1"
    assert last.policy.model is middle.model
    assert set(last.versions.values()) == {"o2", "p1", "m1"}


def test_offers_that_do_not_load_are_refused_with_one_line(
    adopting: Adopting, caplog: pytest.LogCaptureFixture
) -> None:
    """The version that runs stays, and the next good one is adopted."""
    unknown = f"{OFFER}    from_a_newer_release: 1\n    and_another: 2\n"
    take(adopting, offers("o1"))

    with caplog.at_level(logging.WARNING):
        during = take(adopting, offers("o2", unknown, valid_from_ms=NOW_MS - 1))
        take(adopting, [])
    after = take(adopting, offers("o3", OFFER))

    assert during.versions == {TOPIC: "o1"}
    assert after.versions == {TOPIC: "o3"}
    (record,) = [one for one in caplog.records if one.levelno >= logging.WARNING]
    assert record.getMessage().startswith("offers of version o2 are refused, the version before")
    assert "offers.yaml:13: offers[1].from_a_newer_release is unknown" in record.getMessage()
    assert record.getMessage().endswith(" (and 1 more)")


def test_a_worker_that_starts_takes_the_last_offers_it_can_read(adopting: Adopting) -> None:
    """Not its own files, which nobody decides by any more."""
    rows = [*offers("o1", valid_from_ms=NOW_MS - 1), *offers("o2", "offers: []\n")]

    take(adopting, rows)

    assert take(adopting, []).versions == {TOPIC: "o1"}


def test_refused_versions_are_remembered_up_to_a_bound(adopting: Adopting) -> None:
    """Beyond it they are tried again."""
    for number in range(COMPLAINTS_MAX + 1):
        at_ms = NOW_MS - HOUR_MS + number
        take(adopting, offers(f"o{number}", "offers: []\n", valid_from_ms=at_ms))

    assert adopting._unread == {f"o{COMPLAINTS_MAX}"}


def test_offers_wait_for_their_time(adopting: Adopting) -> None:
    """As products and models do."""
    assert take(adopting, offers("o1", valid_from_ms=NOW_MS + HOUR_MS)).versions == {}


def test_a_candidate_is_adopted_beside_what_is_live(adopting: Adopting, policy: Policy) -> None:
    """Not instead, whoever has no published version; the next one takes its place."""
    first = take(adopting, candidate("c1", DEARER))
    second = take(adopting, candidate("c2", OFFER))

    assert (first.versions, first.policy) == ({}, policy)
    assert first.candidate is not None
    assert first.candidate.policy is not None
    assert first.candidate.policy.policy_version == first.candidate.version == "c1"
    assert first.candidate.policy.offers["coffee"].margin_minor == 900
    assert second.candidate is not None
    assert second.candidate.version == "c2"
    assert second.policy is policy


def test_a_candidate_stays_whatever_else_is_adopted(adopting: Adopting) -> None:
    """And ends with its row, or as it is put in force."""
    before = take(adopting, candidate("c1")).candidate
    beside = take(adopting, offers("o1", OFFER))
    live = take(adopting, offers("c1"))
    back = take(adopting, offers("o1", OFFER)[-2:])
    ended = take(adopting, [SHADOW_ENDS])

    assert beside.candidate is before
    assert (live.versions, live.candidate) == ({TOPIC: "c1"}, None)
    assert (back.versions[TOPIC], back.candidate) == ("o1", before)
    assert (ended.versions[TOPIC], ended.candidate) == ("o1", None)


def test_a_candidate_that_does_not_load_is_told_of_once(
    adopting: Adopting, policy: Policy, caplog: pytest.LogCaptureFixture
) -> None:
    """What is live goes on; that the candidate is none is known to the shadow."""
    with caplog.at_level(logging.WARNING):
        adopted = take(adopting, candidate("c1", f"{OFFER}    from_a_newer_release: 1\n"))
        take(adopting, [])

    assert adopted.candidate == Candidate(version="c1", policy=None)
    assert adopted.policy is policy
    (record,) = [one for one in caplog.records if one.levelno >= logging.WARNING]
    assert record.getMessage().startswith("the shadow by version c1 is refused, live decisions go")
    assert "offers.yaml:13: offers[1].from_a_newer_release is unknown" in record.getMessage()


def test_a_bug_met_in_a_candidate_ends_no_worker(
    adopting: Adopting, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It would, were the version to be in force."""

    def load(*_: object) -> Policy:
        raise ZeroDivisionError

    monkeypatch.setattr("streams.worker.adopting.published_policy", load)

    adopted = take(adopting, candidate("c1"))

    assert adopted.candidate == Candidate(version="c1", policy=None)
    assert "live decisions go on: ZeroDivisionError" in caplog.text
