"""The versions of what outcomes taught, as decisions name them."""

from contextlib import suppress

from streams.cli.reading import Reader
from streams.codec import model
from streams.codec.acceptance import (
    KEY_START,
    POINTER_KEY,
    AcceptanceRows,
    decode_acceptance,
)
from streams.config import Settings
from streams.core.acceptance import Acceptance
from streams.core.errors import DecodeError


def in_force(reader: Reader, settings: Settings, now_ms: int) -> Acceptance | None:
    """The snapshot that workers have adopted by `now_ms`; None while there is none.

    Rows that no worker would read change nothing.
    """
    rows = AcceptanceRows()
    for one in reader.records(reader.bounds([settings.topic_prefix + model.TOPIC])):
        if (one.key or b"").startswith(KEY_START):
            with suppress(DecodeError):
                rows.add(one.key, one.value)
    return rows.current(now_ms)


class Learned:
    """What the topic of models holds; a version is decoded when it is asked for."""

    def __init__(self) -> None:
        """Nothing was read."""
        self._rows: dict[str, bytes] = {}
        self._made: dict[str, Acceptance] = {}

    def read(self, reader: Reader, settings: Settings) -> None:
        """Read all versions there are; none if the topic does not exist."""
        topic = settings.topic_prefix + model.TOPIC
        for one in reader.records(reader.bounds([topic])):
            key = one.key or b""
            if one.value is not None and key.startswith(KEY_START) and key != POINTER_KEY:
                self._rows[key.removeprefix(KEY_START).decode(errors="replace")] = one.value

    def get(self, version: str) -> Acceptance | None:
        """Return `version`; None when it is not there any more."""
        if version not in self._made and version in self._rows:
            self._made[version] = decode_acceptance(version, self._rows[version])
        return self._made.get(version)
