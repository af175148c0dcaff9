"""A candidate policy beside the live one: it decides, and nothing is sent.

Right after a live decision, in its unit, the candidate decides on the same view, and its record
goes to `decision.shadow.v1`. It has the live model, lifts and products, and offers of its own: of
the version that was published as shadow, or else of a directory that the settings name.
"""

import logging
from dataclasses import replace
from pathlib import Path
from traceback import extract_tb

from streams.codec.outputs import SHADOW_TOPIC, encode_shadow
from streams.config import Settings
from streams.core.decide.record import DecisionRecord
from streams.core.decide.shadowing import alike, shadow_of, shadowed
from streams.core.errors import ConfigError
from streams.core.offers import Policy, with_products
from streams.core.products import Products
from streams.kafka.unit import Unit
from streams.worker.adopting import Adopted
from streams.worker.policies import read_directory

log = logging.getLogger(__name__)

SETTING = "STREAMS_SHADOW_OFFERS_DIR"


def read_candidate(settings: Settings, live: Policy) -> Policy | None:
    """The policy in the files of `shadow_offers_dir`, with the words of `live`; None without one.

    Raises:
        ConfigError: naming the setting, file and line of every problem.
    """
    if not settings.shadow_offers_dir:
        return None
    directory = Path(settings.shadow_offers_dir)
    if not any(directory.glob("*.yaml")):
        problem = (
            f"{SETTING} {directory}: expected a directory of offer files, found no *.yaml; "
            "name another one, or unset it to decide without a shadow"
        )
        raise ConfigError(problems=[problem])
    try:
        return read_directory(directory, settings, live.fold.lexicon)[1]
    except ConfigError as error:
        problems = [f"{SETTING} {directory}: {one}" for one in error.problems]
        raise ConfigError(problems=problems) from error


class Shadow:
    """Decides beside the live policy; the same for every partition of a worker."""

    def __init__(self, settings: Settings, unit: Unit, files: Policy | None) -> None:
        """Decide by `files` while nothing is published; None: by nothing."""
        self._unit = unit
        self._topic = settings.topic_prefix + SHADOW_TOPIC
        self._share_percent = settings.shadow_share_percent
        self._files = files
        self._candidate: Policy | None = None
        self._refused = False
        self._told = ""
        """The version of which it was told that it fails."""
        self.versions: dict[str, str] = {}
        """What the ledger says of a unit with shadows: the policy version @ the share."""

    def follow(self, adopted: Adopted) -> None:
        """Take the candidate, and the model, lifts and products of the live policy."""
        live, named = adopted.policy, adopted.candidate
        candidate = self._files if named is None else named.policy
        self._refused = named is not None and candidate is None
        if candidate is None:
            self._candidate, self.versions = None, {}
            return
        self.versions = {SHADOW_TOPIC: f"{candidate.policy_version}@{self._share_percent}"}
        self._candidate = replace(
            self._stocked(candidate, live.fold.products),
            model=live.model,
            acceptance=live.acceptance,
        )

    def _stocked(self, candidate: Policy, products: Products) -> Policy:
        """`candidate` with `products`, kept while neither changes: lifts change far more often."""
        kept = self._candidate
        if kept is not None and kept.offers is candidate.offers and kept.fold.products is products:
            return replace(candidate, fold=kept.fold, assortment=kept.assortment)
        return with_products(candidate, products)

    def decide(self, live: DecisionRecord, key: bytes, partition: int) -> None:
        """Decide on the view of `live`, if its subject has shadows; the unit takes the record.

        Whatever the candidate raises is counted, told once, and leaves the live decision alone. One
        that could not be read fails at each.
        """
        candidate = self._candidate
        if candidate is None and not self._refused:
            return
        if not shadowed(live.subject, self._share_percent):
            return
        totals = self._unit.totals
        if candidate is None:
            totals.count(1, "shadow", "raised")
            return
        try:
            made = shadow_of(live, candidate)
            value, headers = encode_shadow(made)
        except Exception as error:  # noqa: BLE001  # a candidate on trial must not end a worker
            totals.count(1, "shadow", "raised")
            if self._told != candidate.policy_version:
                self._told = candidate.policy_version
                what = "the shadow by version %s fails, live decisions go on: %s"
                log.warning(what, self._told, _where(error))
            return
        self._unit.send(self._topic, value=value, key=key, partition=partition, headers=headers)
        totals.count(1, "shadow", "same" if alike(live, made) else "different")


def _where(error: Exception) -> str:
    """What it was and where; its text might hold what is known of a customer."""
    frame = extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}"
