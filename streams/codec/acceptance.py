"""Rows of `model.snapshot.v1` that hold what was learned from outcomes <-> the acceptance snapshot.

A version is one row, `acceptance@<version>`, never changed; `acceptance@current` names the one in
force. They live beside the rows of the population's model, which has a pointer of its own: the
lifts change every hour, the population every week.
"""

from typing import Annotated

import msgspec
import xxhash
from msgspec import UNSET, Meta, Struct, UnsetType

from streams.codec.envelope import format_time
from streams.codec.model import Row, decode_pointer, make_row, read_part_of, time_of
from streams.codec.model_parts import Part, Pointer
from streams.codec.reasons import Reason, refuse_value
from streams.core.acceptance import Acceptance, Node
from streams.core.errors import DecodeError

PART = "acceptance"
KEY_START = b"acceptance@"
POINTER_KEY = b"acceptance@current"
VERSIONS_MAX = 4  # kept while reading
LEVELS_MAX = 4  # offer, channel, price level, stage


class Content(Struct, frozen=True):
    """Part `acceptance`: lifts in their hierarchies, and how sharply to look at value."""

    accepts: Node
    anyway: Node
    gamma: Annotated[float, Meta(ge=0)] | None = None
    drift: Annotated[float, Meta(ge=1)] | UnsetType = UNSET
    """Stays out of the bytes where there was no snapshot to have moved from."""
    campaigns: dict[str, Node] | UnsetType = UNSET
    """Stays out where there are none."""


_CONTENT = msgspec.json.Decoder(Content)


def versioned(learned: Acceptance) -> Acceptance:
    """`learned`, named by what it says: a version is never changed."""
    said: list[object] = [learned.accepts, learned.anyway, learned.gamma]
    if learned.drift is not None:
        said.append(learned.drift)
    if learned.campaigns:
        said.append(learned.campaigns)
    content = msgspec.json.encode(said)
    until = format_time(learned.until_ms)
    return msgspec.structs.replace(learned, version=xxhash.xxh3_128_hexdigest(content + until)[:16])


def encode_acceptance(learned: Acceptance, *, valid_from_ms: int) -> list[Row]:
    """The row of `learned` and the pointer to it, in this order; equal snapshots, equal bytes."""
    valid_from = format_time(valid_from_ms).decode()
    part = Part(
        version=learned.version,
        valid_from=valid_from,
        part=PART,
        fitted_until=format_time(learned.until_ms).decode(),
        content=msgspec.Raw(
            msgspec.json.encode(
                Content(
                    learned.accepts,
                    learned.anyway,
                    learned.gamma,
                    UNSET if learned.drift is None else learned.drift,
                    learned.campaigns or UNSET,
                )
            )
        ),
    )
    pointer = Pointer(version=learned.version, valid_from=valid_from, rows_count=1)
    return [
        make_row(f"{PART}@{learned.version}", learned.version, valid_from_ms, part),
        make_row(POINTER_KEY.decode(), learned.version, valid_from_ms, pointer),
    ]


class AcceptanceRows:
    """Rows as they come, and the snapshot in force; the last `VERSIONS_MAX` are kept."""

    def __init__(self) -> None:
        """Start with no row."""
        self._versions: dict[str, Acceptance] = {}
        self._pointer: Pointer | None = None

    def add(self, key: bytes | None, value: bytes | None) -> None:
        """Take one row in, or out when its value is None.

        Raises:
            DecodeError: the row is not as the schema says; what was there before stays.
        """
        if key == POINTER_KEY:
            self._pointer = None if value is None else decode_pointer(value)
            return
        version = (key or b"").decode(errors="replace").rpartition("@")[2]
        if value is None:
            self._versions.pop(version, None)
            return
        self._versions[version] = decode_acceptance(version, value)
        current = self._pointer.version if self._pointer else version
        for old in [one for one in self._versions if one != current][:-VERSIONS_MAX]:
            del self._versions[old]

    def missing(self) -> int:
        """1 while the version that was named last has not come, else 0."""
        return int(self._pointer is not None and self._pointer.version not in self._versions)

    def current(self, now_ms: int) -> Acceptance | None:
        """The snapshot in force at `now_ms`; None while there is none."""
        pointer = self._pointer
        if pointer is None or time_of(pointer.valid_from) > now_ms:
            return None
        return self._versions.get(pointer.version)


def decode_acceptance(version: str, value: bytes) -> Acceptance:
    """The snapshot in the row `acceptance@version`.

    Raises:
        DecodeError: it is none, or another one.
    """
    part = read_part_of(PART, version, value)
    try:
        content = _CONTENT.decode(part.content)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise refuse_value("model.snapshot.v1", bytes(part.content), error) from None
    campaigns = {} if content.campaigns is UNSET else content.campaigns
    for node in (content.accepts, content.anyway):
        _check(node, LEVELS_MAX)
    for node in campaigns.values():
        _check(node, 0)
    return Acceptance(
        version=version,
        until_ms=time_of(part.fitted_until),
        gamma=content.gamma,
        accepts=content.accepts,
        anyway=content.anyway,
        drift=None if content.drift is UNSET else content.drift,
        campaigns=campaigns,
    )


def _check(node: Node, levels: int) -> None:
    """Lifts are above 0, tries not below, and nothing lies deeper than decisions look."""
    if node.lift <= 0.0 or node.tried < 0.0:  # JSON knows no infinity
        raise _refuse("positive", f"lift {node.lift}, tried {node.tried}")
    if node.children and not levels:
        raise _refuse("leaf", "children")
    for child in node.children.values():
        _check(child, levels - 1)


def _refuse(expected: str, got: str) -> DecodeError:
    what = "decoding a record of model.snapshot.v1: acceptance"
    return DecodeError(reason=Reason.SCHEMA, what=what, expected=expected, got=got)
