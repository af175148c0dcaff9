"""Customers who do everything: short histories of all kinds of events, the same for equal seeds."""

from collections.abc import Callable, Iterator
from datetime import date
from random import Random
from typing import Any, NamedTuple

from streams.core import events
from streams.core.decide.record import Action, OfferMessage
from streams.core.events import CHANNELS, Body, Event, TransactionLink, topic_of
from streams.core.fold_policy import DAY_MS, HOUR_MS
from tests.histories.shop import GOODS, LATENESS_MAX_MS, OUTLETS

YEAR_MS = 1_735_689_600_000  # 2025-01-01
MINUTE_MS = 60_000
EVENTS = (12, 26)  # of one history
PERSON = "customer:somebody"
OURS = events.Tag(type="Mention", name="@OurShop")
FAIL = events.Tag(type="Hashtag", name="#Fail")
NO = (None, "not-now", "never-this-item", "never-this-category", "never-this-brand")
# How long nothing happens, (share, least, most): mostly one visit, sometimes weeks, or a season.
GAPS = (
    (0.60, MINUTE_MS // 4, 20 * MINUTE_MS),
    (0.78, HOUR_MS // 2, 5 * HOUR_MS),
    (0.90, 5 * HOUR_MS, 30 * HOUR_MS),
    (0.965, DAY_MS, 6 * DAY_MS),
    (0.98, 10 * DAY_MS, 40 * DAY_MS),
    (1.0, 70 * DAY_MS, 110 * DAY_MS),
)


class Happening(NamedTuple):
    """An event, and when the worker sees it; times are unique and rise, but for late ones."""

    event: Event
    now_ms: int


class Customer:
    """One customer; tell `told` what was sent."""

    def __init__(self, seed: int) -> None:
        """Everything is drawn by `seed`."""
        self.random = random = Random(seed)
        # One in twenty is known by a device first, and is recognised at the end.
        self.linked = random.random() < 0.05
        self.subject = f"device:{seed}" if self.linked else f"customer:{seed}"
        self.count = random.randint(*EVENTS)
        self.start_ms = YEAR_MS + random.randrange(365 * DAY_MS)
        self._sent: list[OfferMessage] = []
        self._at_ms = self.start_ms
        self._cart: list[str] = []
        self._receipts = 0

    def told(self, message: OfferMessage) -> None:
        """The customer may answer `message`."""
        if message.action is not Action.WITHDRAW:
            self._sent.append(message)

    def happenings(self) -> Iterator[Happening]:
        """As many as the history has, in order of arrival."""
        random = self.random
        if random.random() < 0.7:  # nobody is written to without
            yes = events.ConsentChanged(purpose="marketing", granted=True)
            yield self._happening("consent", yes)
        for number in range(self.count):
            self._at_ms += self._gap_ms()
            one = self._happening(f"e{number}", self._body())
            yield one
            if random.random() < 0.02:  # Kafka may deliver a record twice
                yield one
        if self.linked:
            self._at_ms += MINUTE_MS
            said = events.Login(user_subject=PERSON)
            yield self._happening("known", said)

    def _gap_ms(self) -> int:
        draw = self.random.random()
        least, most = next((least, most) for share, least, most in GAPS if draw < share)
        return self.random.randint(least, most)

    def _happening(self, name: str, body: Body) -> Happening:
        random, at_ms = self.random, self._at_ms
        draw = random.random()
        # Most come at once; some after a while; a few so late that they count no more.
        late_ms = random.randint(0, 2_000) if draw < 0.93 else random.randint(0, 100 * MINUTE_MS)
        now_ms = self._at_ms = at_ms + late_ms
        event_time_ms = at_ms if draw < 0.99 else now_ms - LATENESS_MAX_MS - 1
        natural = body.natural_id() if isinstance(body, TransactionLink) else name
        event = Event(
            event_id=natural,
            subject=self.subject,
            event_time_ms=event_time_ms,
            topic=topic_of(body),
            body=body,
        )
        return Happening(event, now_ms)

    def _body(self) -> Body:
        random = self.random
        if self._sent and random.random() < 0.3:
            return self._answer()
        maker = random.choices(_MAKERS, _WEIGHTS)[0]
        return maker(self)

    def _item(self) -> events.Item:
        one = GOODS[self.random.choice(_NAMES)]
        first, second = (one.department, one.category) if one.department else (one.category, None)
        return events.Item(
            item_id=one.item_id,
            item_category=first,
            item_category2=second,
            item_brand=one.brand,
            price_minor=one.price_minor,
        )

    def _view(self) -> Body:
        return events.ViewItem(currency="EUR", items=(self._item(),))

    def _add(self) -> Body:
        item = self._item()
        self._cart.append(item.item_id)
        return events.AddToCart(currency="EUR", items=(item,))

    def _remove(self) -> Body:
        return events.RemoveFromCart(currency="EUR", items=(self._item(),))

    def _checkout(self) -> Body:
        return events.BeginCheckout(currency="EUR", items=(self._item(),))

    def _order(self) -> Body:
        items = (self._item(), self._item())
        return events.Purchase(currency="EUR", items=items, transaction_id="t")

    def _receipt(self) -> dict[str, Any]:
        self._receipts += 1
        return {
            "store_id": self.random.choice(OUTLETS),
            "workstation_id": "w1",
            "business_day": date(2025, 1, 1),
            "sequence_number": self._receipts,
        }

    def _goods(self) -> dict[str, Any]:
        one = GOODS[self.random.choice(_NAMES)]
        line = events.LineItem(
            item_id=one.item_id,
            extended_amount_minor=one.price_minor or 900,
            unit_price_minor=one.price_minor,
            item_category=one.department or one.category,
            item_category2=one.category if one.department else None,
            item_brand=one.brand,
        )
        total_minor = line.extended_amount_minor
        return {"currency": "EUR", "line_items": (line,), "total_minor": total_minor}

    def _sale(self) -> Body:
        return events.Sale(**self._receipt(), **self._goods())

    def _return(self) -> Body:
        return events.Return(**self._receipt(), **self._goods())

    def _void(self) -> Body:
        unknown = {**self._receipt(), "workstation_id": "w9"}
        return events.Void(**self._receipt(), original_transaction=TransactionLink(**unknown))

    def _post(self, content: str, *tags: events.Tag) -> Body:
        actor = events.Actor(id="https://social.example/1")
        note = events.SocialObject(type="Note", content=content, tag=tags)
        made: Body = self.random.choices(_POSTS, (8, 1, 1, 1))[0](actor=actor, object=note)
        return made

    def _said(self) -> Body:
        return self._post("the box in the hall", OURS)

    def _complained(self) -> Body:
        tags = self.random.choice([(OURS,), (OURS, FAIL), ()])
        return self._post("it is broken", *tags)

    def _case(self) -> dict[str, Any]:
        return {"channel": "phone", "case_id": f"case-{self.random.randrange(2)}"}

    def _opened(self) -> Body:
        reason = self.random.choice(["complaint", "question", None])
        return events.Opened(**self._case(), reason=reason)

    def _consent(self) -> Body:
        random = self.random
        return events.ConsentChanged(
            purpose=random.choice(["marketing", "marketing", "marketing", "service"]),
            granted=random.random() < 0.55,
            channel=random.choice([None, "email", "web", "app", "social"]),
        )

    def _never(self) -> Body:
        random, one = self.random, GOODS[self.random.choice(_NAMES)]
        scope: Any = random.choice(["product", "category", "brand", "attribute"])
        level = one.category if random.random() < 0.7 else one.department
        names = {
            "product": one.item_id,
            "category": level or one.category,
            "brand": one.brand or "Alba",
        }
        return events.Suppressed(
            scope=scope, name=names.get(scope, "scented"), suppressed=random.random() < 0.7
        )

    def _stated(self) -> Body:
        trait = f"category/{GOODS[self.random.choice(_NAMES)].category}"
        if self.random.random() < 0.5:
            return events.TraitMuted(trait=trait, muted=self.random.random() < 0.7)
        return events.TraitCorrected(trait=trait, share=0.5)

    def _answer(self) -> Body:
        random = self.random
        sent = random.choice(self._sent[-3:])
        channel: Any = sent.channel
        assert channel in CHANNELS
        said: dict[str, Any] = {"offer_id": sent.offer_id, "channel": channel}
        if random.random() < 0.5:
            said["offer_template"] = sent.offer
        kind = random.choices(_ANSWERS, (8, 2, 2, 2, 3, 2, 2))[0]
        if kind is not events.Rejected:
            made: Body = kind(**said)
            return made
        reason = random.choice(NO)
        names: dict[str, Any] = {}
        if reason in {"never-this-category", "never-this-brand"}:
            one = GOODS[random.choice(_NAMES)]
            named = one.category if reason == "never-this-category" else one.brand
            names = {"name": named or "Alba"}
        return events.Rejected(**said, reason=reason, **names)


_NAMES = tuple(GOODS)
_POSTS: Any = (events.Create, events.Like, events.Announce, events.Follow)
_ANSWERS: Any = (
    events.Delivered,
    events.Viewed,
    events.Clicked,
    events.Accepted,
    events.Rejected,
    events.Dismissed,
    events.Undeliverable,
)
_MAKING: tuple[tuple[float, Callable[[Customer], Body]], ...] = (
    (30, Customer._view),
    (9, Customer._add),
    (2, Customer._remove),
    (2, Customer._checkout),
    (3, Customer._order),
    (5, Customer._sale),
    (3, Customer._return),
    (0.5, Customer._void),
    (5, Customer._said),
    (3, Customer._complained),
    (3, Customer._opened),
    (4, Customer._consent),
    (4, Customer._never),
    (1, Customer._stated),
    (5, lambda one: events.Search(search_term=one.random.choice(["coffee", "good tea"]))),
    (4, lambda one: events.CheckIn(place_id=one.random.choice([*OUTLETS, "s3"]))),
    (3, lambda one: events.Login(user_subject=one.subject)),
    (1, lambda one: events.Answered(**one._case())),
    (2, lambda one: events.Closed(**one._case(), satisfaction=3)),
    (2, lambda _: events.DeliveryDelayed(channel="phone", delay_days=2)),
    (1, lambda _: events.PageView()),
    (1, lambda one: events.ViewItemList(currency="EUR", items=(one._item(),))),
    (1, lambda _: events.Share(item_id="tea-1")),
    (1, lambda _: events.Review(item_id="tea-1", rating=4, item_category="Tea")),
    (0.5, lambda _: events.PollAnswer(poll_id="p", answer="the red one")),
    (0.5, lambda _: events.EventAttended(attended_id="f", attended_name="a fair")),
    (0.3, lambda _: events.Referred(code="ADA", currency="EUR", margin_minor=100)),
    (0.3, lambda _: events.Unlinked()),
    (0.4, lambda _: events.Erased()),
)
_MAKERS = [maker for _, maker in _MAKING]
_WEIGHTS = [weight for weight, _ in _MAKING]
