"""What a candidate policy beside the live one must have written, as the oracle folds it again."""

from collections.abc import Mapping
from dataclasses import replace

from streams.codec.outputs import SHADOW_TOPIC, encode_shadow
from streams.config import Settings
from streams.core.decide.record import DecisionRecord
from streams.core.decide.shadowing import shadow_of, shadowed
from streams.core.offers import Policy, with_products
from streams.worker.policies import published_policy
from streams.worker.shadowing import read_candidate
from tests.integration.kept import Output


class Shadows:
    """The candidate that a ledger names: of the settings, or one that was published."""

    def __init__(
        self, settings: Settings, live: Policy, published: Mapping[str, Mapping[str, str]]
    ) -> None:
        """Read the candidate as a worker with these settings does; `published`: version -> files.

        Whether a version was published as shadow, or to be in force, is not asked.
        """
        candidate = read_candidate(settings, live)
        self._live = live
        self._published = published
        self._share_percent = settings.shadow_share_percent
        self._candidates = {} if candidate is None else {candidate.policy_version: candidate}

    def of(
        self, decision: DecisionRecord, adopted: Mapping[str, str], live: Policy, key: bytes
    ) -> list[Output]:
        """The shadow of `decision` in a unit whose ledger names `adopted`; at most one."""
        named = adopted.get(SHADOW_TOPIC)
        if named is None or not shadowed(decision.subject, self._share_percent):
            return []
        version, _, share = named.rpartition("@")
        assert share == f"{self._share_percent}", f"the shadow is {named}, of another share"
        assert version != live.policy_version or version in self._candidates, f"{named} is live"
        candidate = self._candidates.get(version)
        if candidate is None:
            assert version in self._published, f"a shadow {named} without a candidate"
            candidate = published_policy(self._published[version], version, self._live)
            self._candidates[version] = candidate
        if candidate.fold.products is not live.fold.products:
            candidate = self._candidates[version] = with_products(candidate, live.fold.products)
        beside = replace(candidate, model=live.model, acceptance=live.acceptance)
        value, headers = encode_shadow(shadow_of(decision, beside))
        return [Output(key, value, tuple(headers))]
