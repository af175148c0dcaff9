"""Complaints, mentions and service cases: what needs an answer, and since when.

Cases are settled by the latest of their events, by event time and then event id, so the order of
arrival does not matter below `CASES_MAX`.
"""

from msgspec import Struct

CASES_MAX = 8


class Case(Struct, frozen=True, array_like=True, gc=False):
    """The last event of one service case."""

    at_ms: int
    tie: int
    open: bool
    opened_ms: int


class Care(Struct, array_like=True, gc=False):
    """Times of the latest complaint, mention and answer; 0 when there was none."""

    posts: int = 0
    complaints: int = 0
    mentions: int = 0
    last_post_ms: int = 0
    last_complaint_ms: int = 0
    last_mention_ms: int = 0
    last_answer_ms: int = 0
    delays: int = 0
    last_delay_ms: int = 0
    followers: int = 0
    """Audience as the latest activity that told it said."""
    followers_ms: int = 0
    cases: dict[str, Case] = {}


def touch_case(care: Care, case_id: str, case: Case) -> None:
    """Settle `case_id` by its latest event; beyond `CASES_MAX` closed ones go first, then old ones.

    A case is opened by its first event, whichever arrives first.
    """
    held = care.cases.get(case_id)
    if held is not None:
        opened_ms = min(held.opened_ms, case.opened_ms)
        later = case if (case.at_ms, case.tie) > (held.at_ms, held.tie) else held
        case = Case(later.at_ms, later.tie, later.open, opened_ms)
    care.cases[case_id] = case
    if len(care.cases) > CASES_MAX:
        cases = care.cases
        del cases[min(cases, key=lambda one: (cases[one].open, cases[one].at_ms, one))]


def complaint_open_since(care: Care, now_ms: int, complaint_age_max_ms: int) -> int | None:
    """Event time of the oldest complaint that nobody settled, None without one.

    An open case counts until it is closed, a complaining post until an answer or
    `complaint_age_max_ms`.
    """
    since = [case.opened_ms for case in care.cases.values() if case.open]
    posted = care.last_complaint_ms
    if care.last_answer_ms < posted and posted > now_ms - complaint_age_max_ms:
        since.append(posted)
    return min(since) if since else None
