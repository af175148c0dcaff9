"""The offer catalogue as it was published: its versions, and the policy each of them makes."""

from functools import partial
from typing import NamedTuple

import msgspec

from streams.cli.publishing import latest_rows
from streams.codec.offer_versions import SHADOW_KEY, TOPIC, OfferRows
from streams.codec.products import POINTER_KEY, Pointer
from streams.config import Settings
from streams.core.errors import ConfigError, DecodeError
from streams.core.offers import Policy
from streams.worker.policies import published_policy


class There(NamedTuple):
    """What the topic has of one version, and which versions it names."""

    files: dict[str, str] | None
    """Of the version, when it is whole."""
    rows: dict[bytes, bytes]
    """All rows of the version."""
    current: Pointer | None
    """The version in force."""
    shadow: Pointer | None
    """The version that decides beside it."""


def look(settings: Settings, version: str | None = None) -> There:
    """What there is of `version`; without, of the one that the pointer names.

    Raises:
        ConfigError: the topic does not exist.
        RestartError: the broker does not answer.
    """
    topic = settings.topic_prefix + TOPIC
    latest = latest_rows(settings, topic, partial(_wanted, version))
    current, shadow = (_pointer(latest.pop(key, None)) for key in (POINTER_KEY, SHADOW_KEY))
    if version is None:
        if current is None:
            return There(None, {}, None, shadow)
        return look(settings, current.version)
    found, rows = OfferRows(), {key: value for key, value in latest.items() if value is not None}
    for key, value in rows.items():
        try:
            found.add(key, value)
        except DecodeError:  # a worker refuses it too; without it the version is not whole
            continue
    return There(found.files(version), rows, current, shadow)


def policy_of(settings: Settings, version: str, like: Policy) -> Policy:
    """The policy that decisions of `version` were made with, with the words of `like`.

    Raises:
        ConfigError: the version is not there, or this release does not read it.
        RestartError: the broker does not answer.
    """
    files = look(settings, version).files
    if files is None:
        topic = settings.topic_prefix + TOPIC
        raise ConfigError(problems=[f"policy version {version}: not all of it is in {topic}"])
    return published_policy(files, version, like)


def _wanted(version: str | None, key: bytes) -> bool:
    """Whether `key` says which versions there are, or is a row of `version`."""
    if key in {POINTER_KEY, SHADOW_KEY}:
        return True
    return version is not None and key.endswith(f"@{version}".encode())


def _pointer(value: bytes | None) -> Pointer | None:
    if value is None:
        return None
    try:
        return msgspec.json.decode(value, type=Pointer)
    except msgspec.DecodeError:
        return None
