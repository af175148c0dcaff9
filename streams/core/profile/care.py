"""Complaints, mentions and service cases: what needs an answer, and since when.

Cases are settled by the latest of their events, by event time and then event id, so the order of
arrival does not matter below `CASES_MAX`.
"""

from msgspec import Struct, field

from streams.core.decay import Decayed, DecayedMap, DecayedMeans, DecayedSums

CASES_MAX = 4
POSTS_MAX = 3  # posts to us that wait for an answer
POST_ID_MAX = 120
IMPACTS_MAX = 4  # the mean over all, `*`, is heaviest and first of equals: it is never dropped
MOMENTS_MAX = 3  # good, bad, untold: a closed set
DAY_MS = 86_400_000
GOOD, BAD, UNTOLD = "good", "bad", "untold"
VIEWS, RESPONSES = range(2)  # what `Care.reach` holds, by index


class Unanswered(Struct, frozen=True, array_like=True, gc=False):
    """A post that names us: where it is, and whether it complains."""

    at_ms: int
    tie: int
    post_id: str
    complaint: bool
    sentiment: float | None = None


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
    moments: DecayedMap = field(default_factory=lambda: DecayedMap(DAY_MS))
    """Good and bad moments, and purchases of which nobody told how they were."""
    unanswered: list[Unanswered] = []
    """The last `POSTS_MAX` posts to us, ascending; those before the last answer are answered. What
    is dropped stays counted, and asks for no answer of its own."""
    about_us: Decayed = field(default_factory=lambda: Decayed(DAY_MS))
    """Posts that name us."""
    impact: DecayedMeans = field(default_factory=lambda: DecayedMeans(DAY_MS))
    """Actions (likes, replies, shares) that a post about us caused: over all as `*`, by topic."""
    reach: DecayedSums = field(default_factory=lambda: DecayedSums(DAY_MS, 0, [0] * 2))
    """By index: views of posts about us, likes and replies to them."""
    referrals: Decayed = field(default_factory=lambda: Decayed(DAY_MS))
    """Margin, in minor units, of what others bought by this customer's introduction."""
    referral_currency: str = ""
    shares: int = 0
    """Products shared by click."""


def await_answer(care: Care, post: Unanswered) -> None:
    """Keep `post` among the last `POSTS_MAX` that wait for an answer."""
    care.unanswered.append(post)
    care.unanswered.sort(key=lambda one: (one.at_ms, one.tie))
    while len(care.unanswered) > POSTS_MAX:
        del care.unanswered[0]


def touch_case(care: Care, case_id: str, case: Case) -> None:
    """Settle `case_id` by its latest event; beyond `CASES_MAX` closed ones go first, then old ones.

    A case is opened by its first event, whichever arrives first. One that was dropped reads as
    never opened; an opening that arrives after its dropped end opens it again.
    """
    held = care.cases.get(case_id)
    if held is not None:
        opened_ms = min(held.opened_ms, case.opened_ms)
        later = case if (case.at_ms, case.tie) > (held.at_ms, held.tie) else held
        case = Case(later.at_ms, later.tie, later.open, opened_ms)
    care.cases[case_id] = case
    while len(care.cases) > CASES_MAX:
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
