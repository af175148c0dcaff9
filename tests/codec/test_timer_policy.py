"""The policy file's `timers`: what it says, and what it refuses."""

import pytest

from streams.codec.catalogue import load_policy
from streams.core.care_policy import TimerPolicy
from streams.core.errors import ConfigError
from streams.core.fold_policy import DAY_MS
from streams.core.offers import Policy
from tests.codec.catalogue_files import OFFER, POLICY


def read(timers: str) -> Policy:
    """The policy with this line under `policy`."""
    policy = POLICY.replace("  contact:\n", f"  {timers}\n  contact:\n", 1)
    return load_policy({"policy.yaml": policy, "offers.yaml": OFFER}, lateness_max_ms=DAY_MS)


def test_a_cart_is_left_after_what_the_file_says() -> None:
    """And it is another policy than before."""
    usual, longer = read(""), read("timers: {cart_abandoned_after: 90m}")

    assert usual.timers == TimerPolicy(cart_abandoned_after_ms=3_600_000)
    assert longer.timers == TimerPolicy(cart_abandoned_after_ms=5_400_000)
    assert usual.policy_version != longer.policy_version


@pytest.mark.parametrize(
    ("timers", "problem"),
    [
        ("timers: {cart_abandoned_after: 31d}", "timers.cart_abandoned_after: expected a duration"),
        ("timers: {cart_abandoned_after: soon}", "expected a duration from 1s to 30d"),
        ("timers: {cart_left_after: 1h}", "timers.cart_left_after is unknown"),
        ("timers: 1h", "timers: expected fields"),
    ],
)
def test_what_cannot_be_is_refused_with_file_and_line(timers: str, problem: str) -> None:
    """The start stops, in one sentence."""
    line = POLICY[: POLICY.index("  contact:\n")].count("\n") + 1

    with pytest.raises(ConfigError) as caught:
        read(timers)

    assert problem in str(caught.value)
    assert f"policy.yaml:{line}: " in str(caught.value)
