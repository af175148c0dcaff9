"""A subscriber that followed a channel, compared with what its topic comes to."""

import re
import time
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from tests.channel.refolding import Said, ended, newest, shown
from tests.integration.subscribers import Subscriber
from tests.integration.workers import wait_until

COUNTED = re.compile(r"^streams_channel_messages_total\{.*\} (\S+)$", re.MULTILINE)
CAUGHT_UP_MAX_S = 20.0


class Followed(NamedTuple):
    """What was found, and in how much of everything."""

    problems: list[str]
    asked: int
    """Questions: each place that was ever told an offer, and each subject in any slot."""
    open: int
    """Questions with an offer as their answer."""
    withdrawn: int
    superseded: int
    expired: int
    """Offers that ended by time alone."""


def followed(subscriber: Subscriber, log: Iterable[Said]) -> Followed:
    """Wait until `subscriber` has all of its channel's `log`, then ask about every subject.

    Its answers must be those of the refold as of just before or just after each question, and
    none may be an offer that was withdrawn or superseded.
    """
    own = [one for one in log if one.channel == subscriber.channel]
    read = f"{len(own)} messages are read on {subscriber.channel}"
    wait_until(lambda: messages(subscriber) >= len(own), read, deadline_s=CAUGHT_UP_MAX_S)
    problems = [] if (got := messages(subscriber)) == len(own) else [f"{got} instead of {read}"]
    gone, last, answers = ended(own), newest(own), 0
    questions: dict[tuple[str, str | None], list[Said]] = defaultdict(list)
    for one in own:
        questions[one.subject, one.slot] = questions[one.subject, None] = []
    for (subject, _, slot), one in last.items():
        questions[subject, slot] = [one]
        questions[subject, None] = [*questions[subject, None], one]
    for (subject, asked), offers in questions.items():
        before = shown(offers, _now_ms())
        answer = subscriber.shown(subject, **({} if asked is None else {"slot": asked}))
        answers += answer is not None
        where = f"{subject} in {asked or 'any slot'} is shown {answer}"
        if answer not in {before, shown(offers, _now_ms())}:
            problems.append(f"{where}, the refold says {before}")
        if answer in gone:
            problems.append(f"{where}, which has ended")
    return Followed(
        problems,
        len(questions),
        answers,
        sum(one.action == "withdraw" for one in own),
        sum(one.supersedes is not None for one in own),
        sum(one.over(_now_ms()) and one.offer_id not in gone for one in own),
    )


def messages(subscriber: Subscriber) -> int:
    """Return how many messages it has taken in, by its own count."""
    _, text = subscriber.page("metrics")
    return int(sum(float(one) for one in COUNTED.findall(text)))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
