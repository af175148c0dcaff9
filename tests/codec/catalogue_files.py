"""A small catalogue as YAML, and ways to break it."""

import pytest

from streams.codec.catalogue import load_policy
from streams.core.errors import ConfigError
from streams.core.fold_policy import DAY_MS
from streams.core.offers import Policy

POLICY = """\
policy:
  currency: EUR
  experiment_salt: one
  holdout_salt: two
  contact:
    zone: Europe/Vienna
    open_offers_max: 4
    caps:
      - {purpose: marketing, max: 5, window: 7d}
    channels:
      email:
        contact_cost_minor: 2
        caps:
          - {max: 9, window: 2d}
        marketing:
          consent: required
          spacing: 6h
          quiet_hours: {from: "21:00", until: "08:30"}
          caps:
            - {max: 2, window: 1d}
        service: {consent: unless-withdrawn}
      web:
        contact_cost_minor: 0
        marketing: {consent: unless-withdrawn}
"""
OFFER = """\
offers:
  - offer: coffee
    purpose: marketing
    products: [0012, sku-2]
    triggers:
      - {on: view_item, age_max: 15m}
    channels: [email, web]
    ttl: 2d
    accepts: 0.2
    margin_minor: 100
    pitches:
      - {pitch: plain, text: "Coffee!"}
"""


def load(offers: str = OFFER, policy: str = POLICY) -> Policy:
    """The policy of both files."""
    files = {"offers.yaml": offers, "policy.yaml": policy}
    return load_policy(files, lateness_max_ms=DAY_MS)


def problems(offers: str = OFFER, policy: str = POLICY) -> list[str]:
    """What is wrong with both files."""
    with pytest.raises(ConfigError) as caught:
        load(offers, policy)
    return caught.value.problems


def changed(old: str, new: str, text: str = OFFER) -> str:
    """`text` with one change that must be possible."""
    assert text.count(old) == 1
    return text.replace(old, new)
