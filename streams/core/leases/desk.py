"""The desk: the tokens of one partition, as leased from the homes of its limits.

A partition that runs low asks the home for more, in the transaction of the event that took the
tokens; the home answers in one of its own. Nothing is taken that is not at hand.

A limit may change with a version. Raised, there is more to grant. Lowered below what is out, the
home calls back all that is at hand, and what offers give back goes home, until it fits again; what
is open or taken by then stays.
"""

from streams.core.leases.bidding import next_base, price
from streams.core.leases.home import AGAIN_MAX_MS, AGAIN_MS, Home
from streams.core.leases.limits import Limit
from streams.core.leases.rows import Known, Lease
from streams.core.leases.saying import KNOWN_KEY, Said, Verb, lease_key
from streams.core.local import local_ms


class Desk(Home):
    """The tokens of one partition, those of limits that are at home there among them."""

    # What decisions read.

    def at_hand(self, limit: Limit, now_ms: int) -> int:
        """Tokens that an offer may take here and now."""
        lease = self._read(limit.name)
        return 0 if self._window(limit, lease, now_ms) > lease.window else lease.at_hand

    def bid(self, limit: Limit, now_ms: int) -> float | None:
        """The bid price of a scarce channel; None where its tokens go to whoever comes."""
        if limit.bid_price_minor is None:
            return None
        lease = self._read(limit.name)
        window = self._window(limit, lease, now_ms)
        used = lease.used if window == lease.window else 0
        into_ms = local_ms(self._zone, now_ms) - window * limit.window_ms
        passed = min(1.0, max(0.0, into_ms / limit.window_ms))
        base = self._base(limit, lease, window)
        return price(base, used=used, share=self._share(limit), passed=passed)

    # What becomes of tokens.

    def take(self, limit: Limit, tokens: int, now_ms: int) -> None:
        """Take tokens that a decision saw at hand."""
        lease = self._rolled(limit, now_ms)
        assert 0 <= tokens <= lease.at_hand, f"a gate let {limit.name} through without tokens"
        lease.at_hand -= tokens
        lease.used += tokens
        self._put(limit.name, lease)
        self._count(tokens, limit.kind, "taken")

    def give_back(self, name: str, tokens: int) -> None:
        """Tokens of an offer that ended without an answer may be taken again."""
        lease = self._read(name)
        lease.used -= tokens
        if lease.tight:
            self._return(name, lease.window, tokens)
        else:
            lease.at_hand += tokens
        self._put(name, lease)
        self._count(tokens, _kind(name), "given_back")

    def ask_if_low(self, limit: Limit, need: int, now_ms: int) -> None:
        """Ask the home for more, `need` at least, when less is at hand or half of a lot is gone."""
        lease = self._read(limit.name)
        if lease.asked or now_ms < lease.again_ms:
            return
        at_hand = self.at_hand(limit, now_ms)
        if at_hand >= need and at_hand * 2 > lease.lot:
            return
        lease = self._rolled(limit, now_ms)
        lease.asked = True
        self._put(limit.name, lease)
        self._tell(self._home(limit.name), Verb.ASK, limit.name, lease.window, need)

    def adopt(self, now_ms: int) -> None:
        """Act upon limits that are new here or have changed: once each, whoever restarts."""
        known: Known = self.rows.read(KNOWN_KEY) or Known()
        limits = {name: one.tokens_max for name, one in self.limits.every.items()}
        if known.limits == limits:
            return
        for name, tokens_max in limits.items():
            if known.limits.get(name) != tokens_max:
                self._changed(self.limits.every[name], now_ms)
        known.limits = limits
        self.rows.put(KNOWN_KEY, known)

    # What other partitions say.

    def hear(self, said: Said, now_ms: int) -> None:
        """Fold an exchange that `expects` lets pass."""
        match said.verb:
            case Verb.ASK:
                self.asked(said, now_ms)
            case Verb.GRANT:
                self._granted(said, now_ms)
            case Verb.RECALL:
                self._recalled(said)
            case _:
                self.returned(said)

    def expects(self, said: Said) -> bool:
        """Whether what a partition says can be true: nothing is granted unasked, for example."""
        match said.verb:
            case Verb.ASK:
                return self.is_home_of(said.name)
            case Verb.GRANT:
                lease = self._read(said.name)  # which stays in the window that it asked in
                return lease.asked and lease.window == said.window
            case Verb.RECALL:
                return True
            case _:
                return self.is_home_of(said.name) and self.could_return(said)

    def _granted(self, said: Said, now_ms: int) -> None:
        lease = self._read(said.name)
        lease.asked = False
        if said.tokens:
            lease.lot, lease.waited_ms, lease.again_ms = said.tokens, 0, 0
            lease.tight = False
            self._count(said.tokens, _kind(said.name), "leased")
            lease.at_hand += said.tokens
        else:
            lease.waited_ms = min(AGAIN_MAX_MS, lease.waited_ms * 2 or AGAIN_MS)
            lease.again_ms = now_ms + lease.waited_ms
        self._put(said.name, lease)

    def _recalled(self, said: Said) -> None:
        lease = self._read(said.name)
        if said.window != lease.window:
            return
        tokens = lease.at_hand if said.tokens else (lease.at_hand + 1) // 2
        lease.tight = lease.tight or bool(said.tokens)
        lease.at_hand -= tokens
        lease.lot = min(lease.lot, lease.at_hand)
        self._put(said.name, lease)
        if tokens:
            self._return(said.name, said.window, tokens)

    def _changed(self, limit: Limit, now_ms: int) -> None:
        """The number is another one: nobody waits any longer, and what is too much comes back."""
        lease = self._read(limit.name)
        lease.again_ms = lease.waited_ms = 0
        lease.recall_ms = lease.recall_waited_ms = 0
        self._put(limit.name, lease)
        self.call_back(limit.name)  # only its home knows of any
        if now_ms or not limit.window_ms:  # before its first event a partition has no time
            self.ask_if_low(limit, 1, now_ms)

    def _return(self, name: str, window: int, tokens: int) -> None:
        self._tell(self._home(name), Verb.RETURN, name, window, tokens)
        self._count(tokens, _kind(name), "returned")

    def _home(self, name: str) -> int:
        return self._home_of(lease_key(name))

    def _share(self, limit: Limit) -> float:
        return max(1.0, limit.tokens_max / self._partitions)

    def _window(self, limit: Limit, lease: Lease, now_ms: int) -> int:
        if not limit.window_ms:
            return 0
        # Clocks that are set back make no window twice.
        return max(lease.window, local_ms(self._zone, now_ms) // limit.window_ms)

    def _rolled(self, limit: Limit, now_ms: int) -> Lease:
        """The lease in the window of `now_ms`: what was left of an earlier one is gone."""
        lease = self._read(limit.name)
        window = self._window(limit, lease, now_ms)
        if window == lease.window:
            return lease
        if limit.bid_price_minor is not None:
            lease.base = self._base(limit, lease, window)
        if lease.at_hand:
            self._count(lease.at_hand, limit.kind, "unused")
        lease.window, lease.at_hand, lease.used, lease.lot = window, 0, 0, 0
        lease.again_ms = lease.waited_ms = 0
        lease.tight = False
        return lease

    def _base(self, limit: Limit, lease: Lease, window: int) -> float:
        """The bid price at the beginning of `window`, which is that of the lease or a later one."""
        start = limit.bid_price_minor or 0.0
        base = lease.base or start
        if not lease.window or window == lease.window:
            return base
        windows, share = window - lease.window, self._share(limit)
        return next_base(base, start, used=lease.used, share=share, windows=windows)


def _kind(name: str) -> str:
    return name.partition(":")[0]
