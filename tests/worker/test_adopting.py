"""Which versions a worker folds with: what is adopted, and that a unit keeps what it began with."""

import logging
import time
from dataclasses import dataclass
from typing import Any, cast

import pytest

from streams.codec import model as model_rows
from streams.codec import products as product_rows
from streams.codec.acceptance import encode_acceptance, versioned
from streams.codec.model import encode_model
from streams.codec.offer_versions import TOPIC as OFFERS
from streams.codec.offer_versions import encode_files
from streams.codec.products import ProductLine, Row, encode_pointers, encode_product
from streams.config import Settings
from streams.core.acceptance import NO_ACCEPTANCE, Acceptance, Node
from streams.core.model import NO_MODEL, Model
from streams.core.offers import Policy
from streams.kafka.chunks import Chunk
from streams.kafka.ledger import Ledger
from streams.kafka.rows import RowCodec
from streams.kafka.unit import OpenPartition, Unit
from streams.metrics import LEARNED_DRIFT_RATIO, REFERENCE_MISSING_ROWS, REFERENCE_RECORDS_TOTAL
from streams.worker.adopting import ACCEPTANCE, Adopted, Adopting, reference_topics
from streams.worker.agents import Folding
from streams.worker.shadowing import Shadow
from tests.codec.catalogue_files import OFFER, POLICY, load

CATALOGUE, MODEL = product_rows.TOPIC, model_rows.TOPIC
NOW_MS = time.time_ns() // 1_000_000
HOUR_MS = 3_600_000
CLICKS = "clickstream.event.v1"


@pytest.fixture(scope="module")
def policy() -> Policy:
    """A policy without products and model."""
    return load()


@pytest.fixture
def adopting(policy: Policy) -> Adopting:
    """What a worker with room for two products starts with."""
    return Adopting(policy, topic_prefix="t-", products_max=2)


def catalogue(version: str, items: int, *, valid_from_ms: int = NOW_MS) -> list[Row]:
    """A whole version of this many products."""
    rows = [
        encode_product(
            ProductLine(item_id=f"s{one}", name="", category=(), currency="EUR", price_minor=one),
            version=version,
            valid_from_ms=valid_from_ms,
        )
        for one in range(items)
    ]
    return rows + encode_pointers(version=version, valid_from_ms=valid_from_ms, rows_count=items)


def take(adopting: Adopting, rows: list[Any], topic: str = CATALOGUE) -> Adopted:
    """Hand over the rows and settle, as the reader does."""
    for row in rows:
        adopting.take(f"t-{topic}", row.key, row.value)
    adopting.settle()
    return adopting.adopted


def counted(outcome: str) -> float:
    """How many rows of the catalogue ended so, in this process."""
    return float(REFERENCE_RECORDS_TOTAL.labels(CATALOGUE, outcome)._value.get())


def test_topics_bear_the_prefix_of_the_deployment() -> None:
    """All four reference topics are read."""
    names = reference_topics(Settings(topic_prefix="t-"))

    assert names == [
        "t-product.catalogue.v1",
        "t-model.snapshot.v1",
        "t-offer.catalogue.v1",
        "t-stock.level.v1",
    ]


def test_nothing_is_adopted_from_empty_topics(adopting: Adopting, policy: Policy) -> None:
    """A worker folds without either."""
    assert take(adopting, []) == Adopted(versions={}, policy=policy)


def test_products_and_model_are_adopted_side_by_side(adopting: Adopting, policy: Policy) -> None:
    """Each has its version; the rest of the policy stays."""
    model = Model(version="m1", fitted_until_ms=NOW_MS, currency="EUR")

    first = take(adopting, catalogue("v1", 2))
    second = take(adopting, encode_model(model, valid_from_ms=NOW_MS), MODEL)

    assert (first.versions, first.policy.model) == ({CATALOGUE: "v1"}, NO_MODEL)
    assert second.versions == {CATALOGUE: "v1", MODEL: "m1"}
    assert second.policy.model.currency == "EUR"
    assert second.policy.fold.products.version == "v1"
    assert second.policy.offers is policy.offers


def test_what_was_adopted_never_changes(adopting: Adopting) -> None:
    """The fold holds on to it while the reader adopts the next."""
    first = take(adopting, catalogue("v1", 2))
    second = take(adopting, catalogue("v2", 1, valid_from_ms=NOW_MS + 1))
    time.sleep(0.002)
    third = take(adopting, [])

    assert (len(first.policy.fold.products), first.versions) == (2, {CATALOGUE: "v1"})
    assert CATALOGUE in second.versions
    assert (len(third.policy.fold.products), third.versions) == (1, {CATALOGUE: "v2"})


def test_a_version_waits_for_its_time(adopting: Adopting) -> None:
    """Nothing but the clock has to move."""
    later = catalogue("v1", 1, valid_from_ms=NOW_MS + HOUR_MS)
    model = encode_model(
        Model(version="m1", fitted_until_ms=NOW_MS), valid_from_ms=NOW_MS + HOUR_MS
    )

    take(adopting, model, MODEL)

    assert take(adopting, later).versions == {}


def test_an_incomplete_version_is_told_of_and_not_adopted(adopting: Adopting) -> None:
    """The gauge says how many rows are missing, and 0 once they are there."""
    first, *others = catalogue("v1", 2)
    gauge = REFERENCE_MISSING_ROWS.labels(CATALOGUE)

    without = take(adopting, others)
    lacking = gauge._value.get()
    whole = take(adopting, [first])

    assert (without.versions, lacking) == ({}, 1)
    assert (whole.versions, gauge._value.get()) == ({CATALOGUE: "v1"}, 0)


def test_a_catalogue_over_the_bound_leaves_the_one_before(
    adopting: Adopting, caplog: pytest.LogCaptureFixture
) -> None:
    """Rows that come too many are counted, logged once, and kept nowhere."""
    refused = counted("refused")
    take(adopting, catalogue("v1", 2))

    with caplog.at_level(logging.WARNING):
        after = take(adopting, catalogue("v2", 5))

    assert after.versions == {CATALOGUE: "v1"}
    assert counted("refused") - refused == 3
    assert caplog.text.count("reference row refused") == 1
    assert "at most 2 products" in caplog.text


def test_broken_and_removed_rows_are_counted(adopting: Adopting) -> None:
    """Each record ends as one of three things."""
    kept, removed, refused = counted("kept"), counted("removed"), counted("refused")
    good = catalogue("v1", 1)
    broken = [good[0]._replace(value=b"{"), good[0]._replace(key=b"s1")]

    adopted = take(adopting, [*good, *broken])
    adopting.take(f"t-{CATALOGUE}", b"s0@v1", None)

    assert adopted.versions == {CATALOGUE: "v1"}
    assert counted("kept") - kept == 3
    assert counted("refused") - refused == 2
    assert counted("removed") - removed == 1


@dataclass
class Keyless:
    """A record that every fold turns into a dead letter: no row, no step."""

    at: int

    def key(self) -> None:
        """None."""

    def value(self) -> bytes:
        """Nothing to decode."""
        return b""

    def headers(self) -> list[tuple[str, bytes]]:
        """None."""
        return []

    def timestamp(self) -> tuple[int, int]:
        """When it was appended."""
        return 1, NOW_MS

    def offset(self) -> int:
        """Where it is."""
        return self.at


def candidate(version: str, text: str = OFFER) -> list[Any]:
    """A version that is to decide beside the live one, whose offers are `text`."""
    files = {"offers.yaml": text, "policy.yaml": POLICY}
    return [*encode_files(files, version=version, valid_from_ms=NOW_MS, shadow=True)]


def test_versions_change_between_units_only(adopting: Adopting) -> None:
    """What is adopted while a unit is open counts from the next one on."""
    unit = Unit(cast("Any", None), cast("Any", None), cast("Any", None), lambda *_: None)
    codec = RowCodec(decode=bytes, encode=bytes)
    ledger = Ledger()
    unit.partitions[0] = OpenPartition(0, cast("Any", None), ledger, codec)
    folding = Folding(Settings(), adopting, unit, Shadow(Settings(), unit, None))
    named = []

    def fold(at: int) -> None:
        chunk = Chunk(CLICKS, 0, 1, at, cast("Any", [Keyless(at)]))
        folding.fold(chunk)
        named.append(dict(ledger.adopted))

    fold(0)
    take(adopting, catalogue("v1", 1))
    fold(1)
    unit.started_s = 0.0  # as a commit leaves it
    fold(2)
    take(adopting, catalogue("v2", 1))
    fold(3)
    take(adopting, candidate("c1"), OFFERS)
    fold(4)
    unit.started_s = 0.0
    fold(5)

    assert named[:4] == [{}, {}, {CATALOGUE: "v1"}, {CATALOGUE: "v1"}]
    assert named[4:] == [
        {CATALOGUE: "v1"},
        {CATALOGUE: "v2", "decision.shadow.v1": "c1@100"},
    ]


def test_what_outcomes_taught_is_adopted_beside_the_model(adopting: Adopting) -> None:
    """Two snapshots in one topic, each with its own version; the policy holds both."""
    learned = versioned(Acceptance(until_ms=NOW_MS, accepts=Node(1.5, 9.0)))
    fitted = Model(version="m1", fitted_until_ms=NOW_MS)

    take(adopting, encode_acceptance(learned, valid_from_ms=NOW_MS), MODEL)
    adopted = take(adopting, encode_model(fitted, valid_from_ms=NOW_MS), MODEL)

    assert adopted.versions == {ACCEPTANCE: learned.version, MODEL: "m1"}
    assert adopted.policy.acceptance == learned
    assert adopted.policy.model.version == "m1"


@pytest.mark.parametrize(("drift", "shown"), [(2.5, 2.5), (None, 1.0)])
def test_the_worker_that_adopts_a_snapshot_shows_its_drift(
    adopting: Adopting, drift: float | None, shown: float
) -> None:
    """The snapshot carries it, since a worker has but one; the first of all moved from nothing."""
    learned = versioned(Acceptance(until_ms=NOW_MS, accepts=Node(1.5, 9.0), drift=drift))
    LEARNED_DRIFT_RATIO.set(0)

    take(adopting, encode_acceptance(learned, valid_from_ms=NOW_MS), MODEL)

    assert LEARNED_DRIFT_RATIO._value.get() == shown


def test_a_named_snapshot_that_has_not_come_is_missing(adopting: Adopting) -> None:
    """The gauge tells; what was adopted before stays."""
    _, pointer = encode_acceptance(versioned(Acceptance(until_ms=NOW_MS)), valid_from_ms=NOW_MS)

    adopted = take(adopting, [pointer], MODEL)

    assert adopted.policy.acceptance is NO_ACCEPTANCE
    assert REFERENCE_MISSING_ROWS.labels(MODEL)._value.get() == 1
