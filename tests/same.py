"""Whether two profiles say the same: exact but for rounding of decayed sums and order of ids."""

import math
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from streams.core.decay import Decayed, DecayedMap, DecayedMeans, DecayedSums, Mean, Trait, decayed
from streams.core.profile.buying import DIGEST_BYTES
from streams.core.profile.profile import Profile

NOW_MS = 1_767_225_600_000  # 2026-01-01: weights are compared as of one time
RELATIVE = 1e-9
ABSOLUTE = 1e-9  # what was taken back leaves the rounding of what was added


def differences(one: Any, other: Any, path: str = "") -> list[str]:
    """Where `one` and `other` differ, as paths; none when they say the same."""
    return list(_differences(one, other, path))


def _differences(one: Any, other: Any, path: str) -> Iterator[str]:
    match one:
        case Decayed() | DecayedMap() | DecayedMeans() | DecayedSums():
            yield from _differences(_as_of_now(one), _as_of_now(other), path)
        case Profile():
            yield from _fields(one, other, path, leaving=("recent_ids",))
            yield from _differences(_ids(one), _ids(other), f"{path}.recent_ids")
        case Struct():
            yield from _fields(one, other, path)
        case dict() if isinstance(other, dict):
            for name in sorted({*one, *other}, key=str):
                yield from _differences(one.get(name), other.get(name), f"{path}[{name}]")
        case list() | tuple() if isinstance(other, list | tuple) and len(one) == len(other):
            for at, (left, right) in enumerate(zip(one, other, strict=True)):
                yield from _differences(left, right, f"{path}[{at}]")
        case float() if isinstance(other, float | int) and _close(one, other):
            pass
        case _ if one != other:
            yield f"{path}: {one} against {other}"


def _fields(one: Any, other: Any, path: str, leaving: tuple[str, ...] = ()) -> Iterator[str]:
    if type(one) is not type(other):
        yield f"{path}: {one} against {other}"
        return
    for name in one.__struct_fields__:
        if name not in leaving:
            yield from _differences(getattr(one, name), getattr(other, name), f"{path}.{name}")


def _as_of_now(sums: Any) -> Any:
    def now(weight: float) -> float:
        return decayed(sums, float(weight), NOW_MS)

    match sums:
        case Decayed():
            return (now(sums.weight), sums.count, sums.last_ms)
        case DecayedMap():
            traits = {name: _trait(one, now(one.weight)) for name, one in sums.traits.items()}
            return (now(sums.total), now(sums.dropped), traits)
        case DecayedMeans():
            return {
                name: _mean(one, [now(each) for each in (one.weight, one.total, one.square)])
                for name, one in sums.means.items()
            }
        case _:
            return tuple(now(each) for each in sums.sums)


def _trait(trait: Trait, weight: float) -> tuple[float, int, int, int]:
    return (weight, trait.count, trait.last_ms, trait.sources)


def _mean(mean: Mean, sums: list[float]) -> tuple[Any, ...]:
    return (*sums, mean.count, mean.last_ms, mean.sources)


def _close(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=RELATIVE, abs_tol=ABSOLUTE)


def _ids(profile: Profile) -> set[bytes]:
    held = profile.recent_ids
    return {held[at : at + DIGEST_BYTES] for at in range(0, len(held), DIGEST_BYTES)}
