"""One partition in which customers want what is limited; its own home, which answers at once."""

from typing import Any

from streams.core.events import Body
from streams.core.fold_policy import UTC_ZONE
from streams.core.leases.desk import Desk
from streams.core.leases.saying import Said
from streams.core.leases.taking import settle
from streams.core.offers import Policy
from streams.core.profile.profile import Profile, new_profile
from streams.core.step import StepResult, fire, step
from streams.core.timers import next_timer
from tests.strategies_profiles import NOON, event, view


class Shop:
    """Folds events of customers one after the other, a millisecond apart."""

    def __init__(self, rules: Policy) -> None:
        """Have leased the first tokens of every limit."""
        self.rules = rules
        self.rows: dict[bytes, Any] = {}
        self.profiles: dict[str, Profile] = {}
        self.said: list[Said] = []
        self.counted: dict[tuple[str, str], int] = {}
        self.now_ms = NOON
        self.number = 0
        self.desk = Desk(
            self,
            rules.limits,
            UTC_ZONE,
            number=0,
            partitions=1,
            home_of=lambda _: 0,
            say=lambda _, said: self.said.append(said),
            count=self._count,
        )
        self.desk.adopt(self.now_ms)
        self.hear()

    def read(self, key: bytes) -> Any:
        """As the worker reads a row."""
        return self.rows.get(key)

    def put(self, key: bytes, row: Any) -> None:
        """As the worker writes one."""
        self.rows[key] = row

    def remove(self, key: bytes) -> None:
        """As the worker erases one."""
        del self.rows[key]

    def hear(self) -> None:
        """Fold the exchanges that are on their way."""
        while self.said:
            said = self.said.pop(0)
            assert self.desk.expects(said)
            self.desk.hear(said, self.now_ms)

    def happen(self, who: str, body: Body | None = None) -> StepResult:
        """What `body`, a look at the coffee without one, comes to."""
        self.number += 1
        self.now_ms += 1
        profile = self.profiles.setdefault(who, new_profile(who))
        before = len(profile.contact.open_offers)
        cause = event(f"e{self.number}", body or view(), self.now_ms, who)
        result = step(
            profile,
            cause,
            policy=self.rules,
            now_ms=self.now_ms,
            fold_sequence=self.number,
            standing=self.desk,
        )
        settle(
            self.desk,
            profile,
            self.rules,
            open_before=before,
            body=cause.body,
            decision=result.decision,
            messages=result.offers,
        )
        self.hear()
        return result

    def wake(self, who: str, after_ms: int) -> StepResult:
        """What the next timer of a customer comes to, after a time."""
        self.now_ms += after_ms
        profile = self.profiles[who]
        before = len(profile.contact.open_offers)
        timer = next_timer(profile, self.rules)
        assert timer is not None
        result = fire(
            profile,
            timer,
            policy=self.rules,
            now_ms=self.now_ms,
            fold_sequence=0,
            standing=self.desk,
        )
        settle(
            self.desk,
            profile,
            self.rules,
            open_before=before,
            body=None,
            decision=result.decision,
        )
        self.hear()
        return result

    def offer_of(self, who: str) -> str:
        """The id of what is open to a customer."""
        return next(iter(self.profiles[who].contact.open_offers))

    def at_hand(self, what: str) -> int:
        """Tokens that lie in the partition."""
        limit = next(one for one in self.rules.limits.every.values() if one.what == what)
        return self.desk.at_hand(limit, self.now_ms)

    def left(self, what: str) -> int:
        """Tokens that nobody took: at hand, or not leased."""
        limit = next(one for one in self.rules.limits.every.values() if one.what == what)
        lease = self.rows[b"\x00lease:" + limit.name.encode()]
        out = sum(sum(holders.values()) for holders in lease.out.values())
        return self.at_hand(what) + limit.tokens_max - out

    def _count(self, tokens: int, kind: str, what: str) -> None:
        self.counted[kind, what] = self.counted.get((kind, what), 0) + tokens
