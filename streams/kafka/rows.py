"""What the shell knows of rows: where they belong, and how they become bytes and back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Which cluster and which topics the rows belong to; all ids as Kafka gives them."""

    cluster_id: str
    changelog_topic: str
    changelog_topic_id: str
    topic_ids: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCodec:
    """How rows become bytes and back; the shell itself never looks inside one.

    `encode` is asked at every change, `seal` once a unit, for what is to be written; `decode` reads
    what either of them gives.
    """

    decode: Callable[[bytes], Any]
    encode: Callable[[Any], bytes]
    seal: Callable[[bytes], bytes] = bytes
