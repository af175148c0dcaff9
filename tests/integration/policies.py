"""The policy that a unit was folded with, made again of what its ledger names."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from streams.codec.sources import Limits
from streams.config import Settings
from streams.core.offers import Policy, with_products
from streams.worker.adopting import ACCEPTANCE
from streams.worker.policies import published_policy, read_policy
from tests.integration.reading import Logged
from tests.integration.shadows import Shadows
from tests.integration.sweeps import stock_at
from tests.integration.versions import TOPICS, learned_of, models_of, offers_of, products_of


class Policies:
    """The policy, limits and clock of an application, as of any unit."""

    def __init__(self, settings: Settings, reference: Sequence[Logged]) -> None:
        """Read the policy as a worker with these settings does, and all reference records."""
        self.limits = Limits(
            record_bytes_max=settings.record_bytes_max, future_max_ms=settings.future_max_ms
        )
        self.policy = read_policy(settings)
        self.partitions = settings.partitions
        self.by_event_time = settings.decision_clock == "event"
        self._products = products_of(reference, settings.products_max, self.policy)
        self._models = models_of(reference)
        self._learned = learned_of(reference)
        self._offers = offers_of(reference)
        self.shadows = Shadows(settings, self.policy, self._offers)
        self._stock = partial(stock_at, reference, rows_max=settings.products_max)
        self._policies: dict[tuple[str, ...], Policy] = {}

    def policy_of(self, adopted: Mapping[str, str]) -> Policy:
        """The policy of a unit whose ledger names these versions; one of them is never unknown."""
        versions = tuple(adopted.get(name, "") for name in (*TOPICS, ACCEPTANCE))
        found = self._policies.get(versions)
        if found is None:
            product, model, offers, stock, learned = versions
            found = replace(
                with_products(self.policy, self._products[product]),
                model=self._models[model],
                acceptance=self._learned[learned],
                stock=self._stock(position=stock),
            )
            if offers:
                found = published_policy(self._offers[offers], offers, found)
            self._policies[versions] = found
        return found
