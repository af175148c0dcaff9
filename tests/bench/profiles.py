"""Real profiles for benchmarks: folded from the mix by the core itself."""

import time
from itertools import count

from streams.codec.rows import decode_row, encode_row
from streams.codec.sources import Limits, decode
from streams.config import Settings
from streams.core.errors import DecodeError
from streams.core.offers import Policy
from streams.core.profile.profile import Profile, new_profile
from streams.core.step import step
from streams.worker.policies import read_policy
from tests.bench.mix import sources

ROWS = 200
EVENTS_MAX = 2_000


def policy_of(settings: Settings) -> Policy:
    """The policy that a worker with these settings decides by."""
    return read_policy(settings)


def limits_of(settings: Settings) -> Limits:
    """The record limits that a worker with these settings decodes by."""
    return Limits(record_bytes_max=settings.record_bytes_max, future_max_ms=settings.future_max_ms)


def rows_of(settings: Settings, *, size: int) -> list[bytes]:
    """Rows of different customers, each grown by events until it has `size` bytes."""
    policy, limits = policy_of(settings), limits_of(settings)
    now_ms = time.time_ns() // 1_000_000
    numbers = count()
    rows = []
    for customer in range(ROWS):
        subject = f"customer:{customer}"
        profile = new_profile(subject)
        row = b""
        for one in sources(customer * EVENTS_MAX, EVENTS_MAX, seed=1, now_ms=now_ms):
            try:
                event = decode(one.topic, subject.encode(), one.value, one.headers, now_ms, limits)
            except DecodeError:
                continue
            step(profile, event, policy=policy, now_ms=now_ms, fold_sequence=next(numbers))
            row = encode_row(profile)
            if len(row) >= size:
                break
        rows.append(row)
    return rows


def read(row: bytes | None, subject: str) -> Profile:
    """The profile in `row`, a new one for None."""
    if row is None:
        return new_profile(subject)
    profile = decode_row(row)
    assert isinstance(profile, Profile), "the benchmark links no subjects"
    return profile
