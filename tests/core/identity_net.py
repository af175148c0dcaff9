"""A network of rows in memory: each subject's row, and ordered ways between every two of them."""

from copy import deepcopy
from random import Random

from streams.codec.rows import decode_row, encode_row
from streams.core.events import Event
from streams.core.fold import fold
from streams.core.identity.joining import part_of, receive
from streams.core.identity.links import Link
from streams.core.identity.passing import pass_on
from streams.core.identity.policy import HOPS_MAX, IdentityPolicy, LinkRule
from streams.core.identity.routing import Row, Send, is_plain, route
from streams.core.profile.profile import Profile, new_profile
from tests.strategies_profiles import FOLD

DAY_MS = 86_400_000
RULES = IdentityPolicy(
    rules={
        "device": LinkRule(members_max=3),
        "card": LinkRule(members_max=2),
        "customer": LinkRule(members_max=4),
    },
    parts_max=12,
)
RETURNS_MAX = 9
PATIENCE = 1
"""Turns that a way waits, for each way there is, until it is next: who reads a partition is slow
for a while and not for ever. An event that comes round all that time is one for the dead letters.
"""
Item = tuple[Event, str, int, int] | Send


class Net:
    """Rows by subject; what is under way goes in order from each row to each other one."""

    def __init__(self, policy: IdentityPolicy = RULES, *, as_kafka: bool = False) -> None:
        """Nobody is known. `as_kafka`: each row has one log, so what causes comes first."""
        self.as_kafka = as_kafka
        self.rows: dict[str, Row] = {}
        self.policy = policy
        self.verdicts: list[str] = []
        self.lost: list[Event] = []
        self.hops_of_lost: list[int] = []
        self._ways: dict[tuple[str, str], list[Item]] = {}
        self._turn = 0
        self._served: dict[tuple[str, str], int] = {}
        """The turn at which a way was served last, or has something since."""

    def send(self, event: Event) -> None:
        """Produce `event` to its subject."""
        self._onto(("", event.subject), (event, event.subject, 0, 0))

    def settle(self, random: Random) -> None:
        """Deliver everything, the ways in any order, until nothing is under way."""
        while self.under_way():
            self.deliver(random, 1)

    def deliver(self, random: Random, most: int) -> None:
        """Deliver at most `most` of what is under way."""
        for _ in range(most):
            ways = self.under_way()
            if not ways:
                return
            way = random.choice(ways)
            since = min(ways, key=self._served.__getitem__)
            if self._turn - self._served[since] > PATIENCE * len(ways):
                way = since
            self._turn += 1
            self._served[way] = self._turn
            item = self._ways[way].pop(0)
            if isinstance(item, Send):
                self._exchange(way[1], item)
            else:
                self._event(way[1], *item)

    def under_way(self) -> list[tuple[str, str]]:
        """The ways on which something is."""
        return [way for way, items in self._ways.items() if items]

    def profile(self, subject: str) -> Profile:
        """The profile of `subject`, which must have one."""
        row = self.rows[subject]
        assert isinstance(row, Profile)
        return row

    def _event(self, subject: str, event: Event, origin: str, hops: int, returns: int) -> None:
        if hops > HOPS_MAX or returns > RETURNS_MAX:
            self.lost.append(event)
            self.hops_of_lost.append(hops)
            return
        here = event if event.subject == subject else _addressed(event, subject)
        row = self.rows.get(subject) or new_profile(subject)
        if is_plain(row, here, origin):
            assert isinstance(row, Profile)
            fold(row, here, FOLD, now_ms=0)
            self._keep(subject, row)
            return
        routed = route(row, here, origin, self.policy, returned=returns > 0)
        if routed.verdict is not None:
            self.verdicts.append(routed.verdict.value)
        linked = routed.linked()
        if linked is not None:
            self._keep(subject, linked)
        for send in routed.sends:
            self._put(subject, send.target, _copied(send))
        if routed.forward is not None:
            counted = (0, returns + 1) if routed.returns else (hops + 1, returns)
            self._put(subject, routed.forward, (event, origin, *counted))
        if routed.fold is not None:
            fold(routed.fold, here, FOLD, now_ms=0)
            part = part_of(routed.fold, origin)
            if part is not None:
                fold(part, here, FOLD, now_ms=0)
            self._keep(subject, routed.fold)

    def _exchange(self, subject: str, send: Send) -> None:
        row = self.rows.get(subject) or new_profile(subject)
        if isinstance(row, Link):
            changed, onward = pass_on(row, subject, send)
            answers = [*onward]
            if isinstance(changed, Profile):
                answers += receive(changed, send, self.policy)
            if changed is not None:
                self._keep(subject, changed)
        else:
            answers = [*receive(row, send, self.policy)]
            self._keep(subject, row)
        for one in answers:
            self._put(subject, one.target, _copied(one))

    def _keep(self, subject: str, row: Row) -> None:
        kept = decode_row(encode_row(row))
        assert isinstance(kept, Profile | Link)
        self.rows[subject] = kept

    def _put(self, source: str, target: str, item: Item) -> None:
        way = (target if self.as_kafka else source, target)
        self._onto(way, item)

    def _onto(self, way: tuple[str, str], item: Item) -> None:
        items = self._ways.setdefault(way, [])
        if not items:
            self._served[way] = self._turn
        items.append(item)


def _copied(send: Send) -> Send:
    return deepcopy(send)


def _addressed(event: Event, subject: str) -> Event:
    return Event(
        event_id=event.event_id,
        subject=subject,
        event_time_ms=event.event_time_ms,
        topic=event.topic,
        body=event.body,
    )
