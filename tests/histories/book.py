"""What anybody could know of a customer who reads along: a second opinion on the profile.

Written from the design's words. Of the product it uses the events, and the numbers of the policy;
it calls nothing of gates, contacts, life, timers or folds.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from streams.core import events
from streams.core.contact_policy import ContactRule
from streams.core.events import Body, Event
from streams.core.offers import Offer, Policy

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
ZONE = ZoneInfo("Europe/Berlin")
SHOPPING_MS, EXPLORING_MS, LAPSING_MS = 2 * DAY_MS, 14 * DAY_MS, 90 * DAY_MS
COMPLAINT_MS = 7 * DAY_MS
CART_MS = 14 * DAY_MS
STREAK, STREAK_SPAN = 3, timedelta(days=30)
REFUSALS = {
    "never-this-item": "product",
    "never-this-category": "category",
    "never-this-brand": "brand",
}


class Book:
    """Times are event times; `cart` is item -> (touched, units left)."""

    def __init__(self) -> None:
        """Nothing is known."""
        self.consents: dict[tuple[str | None, str], tuple[int, bool]] = {}
        self.bought: dict[str, int] = {}
        self.cart: dict[str, tuple[int, int]] = {}
        self.never: set[str] = set()
        self.refused: dict[str, int] = {}
        self.bought_ms = self.looked_ms = self.checkout_ms = self.answered_ms = 0
        self._cases: set[str] = set()
        self._posted_ms = 0
        self._returned: set[date] = set()

    def note(self, event: Event, about: str | None, item_id: str | None, policy: Policy) -> None:
        """Write down `event`; an outcome concerns the row `about`, whose offer named `item_id`."""
        at_ms, body = event.event_time_ms, event.body
        self._shop(body, at_ms)
        match body:
            case events.ConsentChanged():
                self.consents[body.channel, body.purpose] = (at_ms, body.granted)
            case events.Suppressed():
                self._say_never(f"{body.scope}:{body.name}", never=body.suppressed)
            case events.Rejected() | events.Dismissed():
                if about is not None:
                    self.refused[about] = at_ms
                scope = REFUSALS.get(body.reason or "")
                if isinstance(body, events.Rejected) and scope is not None:
                    name = (body.item_id or item_id) if scope == "product" else body.name
                    if name is not None:
                        self._say_never(f"{scope}:{name}", never=True)
            case events.Return():
                self._returned.add(local(at_ms).date())
            case _:
                self._care(body, at_ms, policy)

    def _care(self, body: Body, at_ms: int, policy: Policy) -> None:
        if complains(body, policy):
            if isinstance(body, events.Opened):
                self._cases.add(body.case_id)
            else:
                self._posted_ms = at_ms
        if isinstance(body, events.Closed):
            self._cases.discard(body.case_id)
        if isinstance(body, events.Closed | events.Answered):
            self.answered_ms = at_ms

    def _shop(self, body: Body, at_ms: int) -> None:
        if isinstance(body, events.ViewItem | events.ViewItemList | events.Search):
            self.looked_ms = at_ms
        if isinstance(body, events.BeginCheckout):
            self.checkout_ms = at_ms
        if isinstance(body, events.AddToCart):
            self.cart |= {one.item_id: (at_ms, one.quantity) for one in body.items}
        if isinstance(body, events.RemoveFromCart):
            self.cart |= {one.item_id: (at_ms, 0) for one in body.items}
        if type(body) is events.Sale or type(body) is events.Purchase:
            for item in bought_in(body):
                self.bought[item] = at_ms
                self.cart.pop(item, None)
            self.bought_ms = at_ms

    def _say_never(self, what: str, *, never: bool) -> None:
        (self.never.add if never else self.never.discard)(what)

    def unwants(self, item_id: str | None, row: Offer) -> bool:
        """Whether the article that `row` named, or all that it covers, is never wanted."""
        own = row.product
        words = {f"product:{item_id}"}
        if own is not None and own.item_id == item_id:
            words |= {f"category:{own.category}", f"brand:{own.brand}"}
        covered = {f"product:{one}" for one in row.products}
        covered |= {f"category:{one}" for one in row.categories}
        covered |= {f"brand:{one}" for one in row.brands}
        return not words.isdisjoint(self.never) or (bool(covered) and covered <= self.never)

    def permits(self, channel: str, purpose: str, rule: ContactRule) -> bool:
        """Whether the latest word on this channel, or on all of them, allows it."""
        words = [
            self.consents[one, purpose]
            for one in (channel, None)
            if (one, purpose) in self.consents
        ]
        return max(words)[1] if words else rule.consent.value == "unless-withdrawn"

    def complains(self, now_ms: int) -> bool:
        """Whether something is open that nobody settled."""
        posted = self.answered_ms < self._posted_ms and self._posted_ms > now_ms - COMPLAINT_MS
        return bool(self._cases) or posted or self._sends_back(now_ms)

    def _sends_back(self, now_ms: int) -> bool:
        days = sorted(self._returned)[-STREAK:]
        if len(days) < STREAK or days[-1] - days[0] > STREAK_SPAN:
            return False
        since_ms = ms(datetime.combine(days[-1], time(), ZONE))
        return self.answered_ms <= since_ms and since_ms > now_ms - COMPLAINT_MS

    def units(self, now_ms: int) -> int:
        """How many things lie in the cart."""
        return sum(left for at_ms, left in self.cart.values() if at_ms > now_ms - CART_MS)

    def stage(self, now_ms: int) -> str:
        """Where on the journey."""
        since_ms = now_ms - SHOPPING_MS
        carted = any(left and at_ms > since_ms for at_ms, left in self.cart.values())
        if carted or (self.checkout_ms > since_ms and self.checkout_ms > self.bought_ms):
            return "intending"
        if self.bought_ms > since_ms:
            return "bought"
        if self.looked_ms > now_ms - EXPLORING_MS:
            return "exploring"
        if not self.bought_ms:
            return "unaware"
        return "owning" if self.bought_ms > now_ms - LAPSING_MS else "lapsing"


def complains(body: Body, policy: Policy) -> bool:
    """Whether this is a complaint to us: a case, or a post that names us with a word or a tag."""
    fold = policy.fold
    if isinstance(body, events.Opened):
        return body.reason is None or body.reason in fold.complaint_reasons
    if not isinstance(body, events.Create) or not mentions(body, policy):
        return False
    tags = {one.name.lstrip("#").lower() for one in body.object.tag if one.type == "Hashtag"}
    words = set((body.object.content or "").lower().split())
    return bool(tags & fold.complaint_tags or words & fold.complaint_words)


def mentions(body: events.Create, policy: Policy) -> bool:
    """Whether a post names one of our handles."""
    names = {one.name.lstrip("@").lower() for one in body.object.tag if one.type == "Mention"}
    return bool(names & policy.fold.handles)


def bought_in(body: events.Sale | events.Purchase) -> set[str]:
    """The items of a receipt or an order."""
    lines = body.items if isinstance(body, events.Purchase) else body.line_items
    return {one.item_id for one in lines}


@lru_cache(maxsize=4_096)
def local(at_ms: int) -> datetime:
    """The customer's wall clock."""
    return datetime.fromtimestamp(at_ms / 1_000, UTC).astimezone(ZONE)


def ms(at: datetime) -> int:
    """Milliseconds since 1970 of a wall clock's time."""
    return round(at.timestamp() * 1_000)


def quiet(rule: ContactRule, now_ms: int) -> bool:
    """Whether the customer's clock shows a quiet hour."""
    if rule.quiet_from_ms is None:
        return False
    at = local(now_ms)
    day_ms = (at.hour * 60 + at.minute) * MINUTE_MS + at.second * 1_000 + now_ms % 1_000
    begins, ends = rule.quiet_from_ms, rule.quiet_until_ms
    return begins <= day_ms < ends if begins <= ends else not ends <= day_ms < begins


def quiet_ends_ms(rule: ContactRule, now_ms: int) -> int:
    """When the quiet hours end that hold now: the next time the clock shows their end."""
    at, minutes = local(now_ms), rule.quiet_until_ms // MINUTE_MS
    clock = time(minutes // 60, minutes % 60)
    today = datetime.combine(at.date(), clock, ZONE)
    return ms(
        today if ms(today) > now_ms else datetime.combine(at.date() + timedelta(1), clock, ZONE)
    )
