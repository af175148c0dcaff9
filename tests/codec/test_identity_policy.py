"""The policy file's `identity`: what it says, and what it refuses."""

import pytest

from streams.codec.catalogue import load_policy
from streams.core.errors import ConfigError
from streams.core.identity.policy import DAY_MS, NO_LINKS, IdentityPolicy, LinkRule
from tests.codec.catalogue_files import OFFER, POLICY


def identity(text: str) -> IdentityPolicy:
    """What a policy with these lines under `identity` says."""
    lines = "".join(f"    {line}\n" for line in text.splitlines())
    policy = POLICY.replace("  contact:\n", f"  identity:\n{lines}  contact:\n", 1)
    files = {"policy.yaml": policy, "offers.yaml": OFFER}
    return load_policy(files, lateness_max_ms=DAY_MS).identity


def test_kinds_have_their_rules() -> None:
    """How many a person may have, and when one changes hands."""
    read = identity("parts_max: 4\nkinds:\n  device: {members_max: 3, switch_after: 30d}")

    assert read == IdentityPolicy(
        rules={"device": LinkRule(members_max=3, switch_after_ms=30 * DAY_MS)}, parts_max=4
    )


def test_nothing_is_linked_without_it() -> None:
    """A policy that says nothing of identity has no rules."""
    files = {"policy.yaml": POLICY, "offers.yaml": OFFER}

    assert load_policy(files, lateness_max_ms=DAY_MS).identity == NO_LINKS


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("kinds:\n  fax: {members_max: 3}", "fax: is no kind of subject; kinds are customer"),
        ("kinds:\n  device: {members_max: 0}", "identity.kinds.device.members_max: expected"),
        ("kinds:\n  device: 3", "identity.kinds.device"),
        ("parts_max: 4", "identity.kinds: is missing"),
        ("kinds: {}\nglue: true", "identity.glue"),
    ],
)
def test_what_cannot_be_is_refused_with_file_and_line(text: str, problem: str) -> None:
    """The start stops, in one sentence."""
    with pytest.raises(ConfigError) as caught:
        identity(text)

    assert problem in str(caught.value)
    assert "policy.yaml:" in str(caught.value)
