"""What a candidate policy beside the live one must have written, as the oracle folds it again."""

from collections.abc import Mapping
from dataclasses import replace

from streams.codec.outputs import SHADOW_TOPIC, encode_shadow
from streams.config import Settings
from streams.core.decide.record import DecisionRecord
from streams.core.decide.shadowing import shadow_of, shadowed
from streams.core.offers import Policy
from streams.worker.shadowing import read_candidate
from tests.integration.kept import Output


class Shadows:
    """The candidate of the settings, which must be the one that the ledgers name."""

    def __init__(self, settings: Settings, live: Policy) -> None:
        """Read the candidate as a worker with these settings does."""
        self._candidate = read_candidate(settings, live)
        self._share_percent = settings.shadow_share_percent

    def of(
        self, decision: DecisionRecord, adopted: Mapping[str, str], live: Policy, key: bytes
    ) -> list[Output]:
        """The shadow of `decision` in a unit whose ledger names `adopted`; at most one."""
        named = adopted.get(SHADOW_TOPIC)
        if named is None or not shadowed(decision.subject, self._share_percent):
            return []
        candidate = self._candidate
        assert candidate is not None, f"a shadow {named} without a candidate"
        share = f"{candidate.policy_version}@{self._share_percent}"
        assert named == share, f"the shadow is {named}, the settings name {share}"
        fold = replace(candidate.fold, products=live.fold.products)
        beside = replace(candidate, fold=fold, model=live.model, acceptance=live.acceptance)
        value, headers = encode_shadow(shadow_of(decision, beside))
        return [Output(key, value, tuple(headers))]
