"""Which versions of offers, products and model a worker folds with, and the swap to the next.

The reader of the reference topics fills `Adopting` in its own thread; the fold looks at `adopted`
once a unit, so all of a unit is folded with one set of versions, which its ledger rows name.
"""

import logging
import time
from dataclasses import dataclass, replace
from typing import TypeAlias

from streams.codec import acceptance, model, offer_versions, products, stock
from streams.codec.acceptance import AcceptanceRows
from streams.codec.model import ModelRows
from streams.codec.offer_versions import OfferRows
from streams.codec.outputs import SHADOW_TOPIC
from streams.codec.product_versions import ProductRows
from streams.codec.stock import StockRows
from streams.config import Settings
from streams.core.errors import ConfigError, DecodeError
from streams.core.offers import Policy, with_products
from streams.metrics import (
    ADOPTIONS_TOTAL,
    LEARNED_DRIFT_RATIO,
    REFERENCE_MISSING_ROWS,
    REFERENCE_RECORDS_TOTAL,
)
from streams.worker.policies import published_policy

log = logging.getLogger(__name__)

TOPICS = (products.TOPIC, model.TOPIC, offer_versions.TOPIC, stock.TOPIC)
"""The reference topics that are read, without a deployment's prefix."""
ACCEPTANCE = f"{model.TOPIC}#{acceptance.PART}"
"""Names the snapshot of what was learned from outcomes among the adopted versions."""
COMPLAINTS_MAX = 100
"""Kinds of refusals that are logged, each once; further ones are counted only."""


def reference_topics(settings: Settings) -> list[str]:
    """The names of `TOPICS` in this deployment."""
    return [settings.topic_prefix + topic for topic in TOPICS]


Rows: TypeAlias = ProductRows | ModelRows | OfferRows | AcceptanceRows
"""What takes in the rows of a topic, or of a part of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A published version that is to decide beside the live one; no policy if it cannot be read."""

    version: str
    policy: Policy | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """Topic, or `ACCEPTANCE` -> version, of those that have one, and the policy with them.

    The version of the stock is a position of its topic: all records before it are in. A candidate
    is none of the versions: only a shadow may look at it.
    """

    versions: dict[str, str]
    policy: Policy
    candidate: Candidate | None = None


class Adopting:
    """Rows of the reference topics in, the set of adopted versions out.

    `take` and `settle` belong to one thread. `adopted` may be read from any: it is replaced, never
    changed.
    """

    def __init__(self, policy: Policy, *, topic_prefix: str = "", products_max: int) -> None:
        """Fold with `policy` alone until a version was adopted."""
        self.adopted = Adopted(versions={}, policy=policy)
        self._prefix = topic_prefix
        self._products = ProductRows(products_max)
        self._model = ModelRows()
        self._acceptance = AcceptanceRows()
        self._offers = OfferRows()
        self._stock = StockRows(products_max)
        self._unread: set[str] = set()
        """Versions of the offers that this release does not read."""
        self._rows: dict[str, Rows] = {
            products.TOPIC: self._products,
            model.TOPIC: self._model,
            offer_versions.TOPIC: self._offers,
        }
        self._complaints: set[tuple[str, str, bytes]] = set()
        self._changed = True

    def take(self, topic: str, key: bytes | None, value: bytes | None, offset: int = 0) -> None:
        """Take in one record; a bad one is counted, logged once, and changes nothing."""
        name = topic.removeprefix(self._prefix)
        outcome = "kept" if value is not None else "removed"
        try:
            if name == stock.TOPIC:
                self._stock.add(key, value, offset)
            else:
                self._kept(name, key).add(key, value)
        except DecodeError as error:
            outcome = "refused"
            self._complain(name, key, error)
        self._changed = True
        REFERENCE_RECORDS_TOTAL.labels(name, outcome).inc()

    def settle(self) -> None:
        """Adopt the versions that are whole and valid by now; what is not leaves things alone."""
        now_ms = time.time_ns() // 1_000_000
        self._settle_products(now_ms)
        self._settle_model(now_ms)
        self._settle_acceptance(now_ms)
        self._settle_offers(now_ms)
        self._settle_candidate()
        self._settle_stock()
        if self._changed:
            for name, rows in self._rows.items():
                also = self._acceptance.missing() if name == model.TOPIC else 0
                REFERENCE_MISSING_ROWS.labels(name).set(rows.missing() + also)
        self._changed = False

    def _settle_products(self, now_ms: int) -> None:
        adopted = self.adopted.versions.get(products.TOPIC, "")
        version = self._products.choose(now_ms, adopted)
        if version == adopted:
            return
        policy = self.adopted.policy
        found = self._products.products(version, policy.fold.lexicon.values_of)
        self._adopt(products.TOPIC, version, with_products(policy, found), count=len(found))

    def _settle_model(self, now_ms: int) -> None:
        version = self._model.valid(now_ms)
        if version in {"", self.adopted.versions.get(model.TOPIC, "")}:
            return
        found = self._model.current(now_ms)
        assert found is not None, "a valid version makes a model"
        policy = replace(self.adopted.policy, model=found)
        self._adopt(model.TOPIC, version, policy, count=len(found.categories))

    def _settle_acceptance(self, now_ms: int) -> None:
        found = self._acceptance.current(now_ms)
        if found is None or found.version == self.adopted.versions.get(ACCEPTANCE, ""):
            return
        policy = replace(self.adopted.policy, acceptance=found)
        self._adopt(ACCEPTANCE, found.version, policy, count=len(found.accepts.children))
        LEARNED_DRIFT_RATIO.set(1.0 if found.drift is None else found.drift)

    def _settle_stock(self) -> None:
        """Take over what is out of stock; levels that end or begin no lack are no news."""
        if self._stock.changed:
            found = self._stock.stock()
            policy = replace(self.adopted.policy, stock=found)
            self._swap(stock.TOPIC, str(found.position), policy)

    def _kept(self, name: str, key: bytes | None) -> Rows:
        """What takes in a row; one topic holds the population's model and what outcomes taught."""
        if name == model.TOPIC and (key or b"").startswith(acceptance.KEY_START):
            return self._acceptance
        return self._rows[name]

    def _settle_offers(self, now_ms: int) -> None:
        adopted = self.adopted.versions.get(offer_versions.TOPIC, "")
        version = self._offers.choose(now_ms, adopted, self._unread)
        if version == adopted:
            return
        files = self._offers.files(version)
        assert files is not None, "a chosen version is whole"
        try:
            policy = published_policy(files, version, self.adopted.policy)
        except ConfigError as error:
            self._refuse(version, error)
            return
        self._adopt(offer_versions.TOPIC, version, policy, count=len(policy.offers))

    def _settle_candidate(self) -> None:
        """Take over which version decides beside; the live one beside itself would tell nothing."""
        version = self._offers.candidate()
        if version == self.adopted.policy.policy_version:
            version = ""
        before = self.adopted.candidate
        if version == (before.version if before is not None else ""):
            return
        found = self._candidate(version) if version else None
        self.adopted = replace(self.adopted, candidate=found)
        log.info("shadow", extra={"version": version or "none"})
        ADOPTIONS_TOTAL.labels(SHADOW_TOPIC).inc()

    def _candidate(self, version: str) -> Candidate:
        files = self._offers.files(version)
        assert files is not None, "a named candidate is whole"
        try:
            policy = published_policy(files, version, self.adopted.policy)
        except Exception as error:  # noqa: BLE001  # a candidate on trial must not end a worker
            why = error.problems[0] if isinstance(error, ConfigError) else type(error).__name__
            what = "the shadow by version %s is refused, live decisions go on: %s"
            log.warning(what, version, why)
            return Candidate(version=version, policy=None)
        return Candidate(version=version, policy=policy)

    def _refuse(self, version: str, error: ConfigError) -> None:
        if len(self._unread) >= COMPLAINTS_MAX:
            self._unread.clear()  # they are tried, and told of, once more
        self._unread.add(version)
        first, *others = error.problems
        more = f" (and {len(others)} more)" if others else ""
        what = "offers of version %s are refused, the version before stays in force: %s%s"
        log.warning(what, version, first, more)

    def _adopt(self, topic: str, version: str, policy: Policy, *, count: int) -> None:
        self._swap(topic, version, policy)
        log.info("adopted", extra={"topic": topic, "version": version, "entries": count})

    def _swap(self, topic: str, version: str, policy: Policy) -> None:
        versions = {**self.adopted.versions, topic: version}
        self.adopted = replace(self.adopted, versions=versions, policy=policy)
        ADOPTIONS_TOTAL.labels(topic.partition("#")[0]).inc()

    def _complain(self, topic: str, key: bytes | None, error: DecodeError) -> None:
        complaint = (topic, error.reason, (key or b"").rpartition(b"@")[2][:64])
        if complaint not in self._complaints and len(self._complaints) < COMPLAINTS_MAX:
            self._complaints.add(complaint)
            log.warning("reference row refused, as may be others like it: %s", error)
