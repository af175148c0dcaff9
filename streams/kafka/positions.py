"""Where to go on reading after a takeover, from two witnesses: the group and the table."""

from collections.abc import Iterable
from dataclasses import dataclass

from streams.core.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is known of one source partition; None means this witness knows nothing.

    `row` is the next offset by the table's ledger, `committed` by the consumer group;
    `low` and `high` are the log's first and next offset.
    """

    topic: str
    committed: int | None
    row: int | None
    low: int
    high: int
    recreated: bool = False


def starts(
    found: Iterable[Found], *, partition: int, accept_reset: bool, compare: bool
) -> dict[str, tuple[int, int]]:
    """Topic -> (offset to go on from, records that retention deleted before they were folded).

    Both witnesses agree: go on. Only the row knows: group offsets expire after seven idle days,
    go on from the row. Neither knows: a new application, from the beginning. Else a human must
    decide; with `accept_reset` the group's offset wins. Without `compare` (embedded broker,
    whose offsets are no part of the transaction) the row wins.

    Raises:
        ConfigError: the witnesses contradict each other; names both.
    """
    result = {}
    problems = []
    for one in found:
        start, problem = _start(one, accept_reset=accept_reset, compare=compare)
        if problem:
            problems.append(f"{one.topic} partition {partition}: {problem}")
            continue
        lost = max(0, one.low - start)
        result[one.topic] = (start + lost, lost)
    if problems:
        raise ConfigError(problems=problems)
    return result


def _start(one: Found, *, accept_reset: bool, compare: bool) -> tuple[int, str | None]:
    if one.recreated:
        problem = (
            "the topic was deleted and made anew since the table was written; "
            "start with --accept-reset to read the new one from its beginning"
        )
        return one.low, None if accept_reset else problem
    if not compare and one.row is not None:
        return min(one.row, one.high), None
    agreed = one.committed == one.row or one.committed is None
    if not agreed and not accept_reset:
        row = "knows nothing of it" if one.row is None else f"stands at {one.row}"
        return 0, (
            f"the group committed offset {one.committed} but the table {row}; expected them "
            "equal; restore the group's offset, or start with --accept-reset to go on from it"
        )
    known = one.row if one.committed is None else one.committed
    if known is None:
        return one.low, None
    if known > one.high and not accept_reset:
        return 0, (
            f"expected an end at or after offset {known}, the log ends at {one.high}; "
            "was the topic made anew? start with --accept-reset to go on from its end"
        )
    return min(known, one.high), None
