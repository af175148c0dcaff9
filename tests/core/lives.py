"""Lives of customers who do everything: a year of all kinds of events, the same for equal seeds.

The mix of topics is the demo's, the shop that of `shelf`; posts are made of the words that its
lexicon knows. Channels tell what became of each offer.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

from streams.core import events
from streams.core.decide.record import Action, OfferMessage
from streams.core.events import CHANNELS, Body, Event, Item, TransactionLink, topic_of
from streams.core.fold_policy import DAY_MS
from streams.core.kinds.outcome import Scope
from streams.core.profile.profile import Profile, new_profile
from streams.core.step import step
from tests.core.shelf import world

START_MS = 1_735_689_600_000  # 2025-01-01
YEAR_MS = 365 * DAY_MS
REGULARS = 400  # articles that one customer comes back to
OWN_WORDS = 60  # words that one customer uses again and again
SAID_IN = ("app", "preference-centre", "unsubscribe-link", "contact-centre")
SPECIAL = ("health", "religious-beliefs")
NO = (None, "not-now", "too-expensive", "never-this-item", "never-this-brand")
SCOPES: tuple[Scope, ...] = ("product", "category", "brand")
HEALTH = events.ConsentChanged(purpose="health", granted=True)
ENDS = (events.Accepted, events.Rejected, events.Dismissed, events.Undeliverable)


def lived(seed: int, *, count: int) -> Profile:
    """The profile after `count` events of one year."""
    life, profile = Life(seed, count), new_profile(f"customer:{seed}")
    policy = world().policy
    for number, one in enumerate(life.happenings()):
        now_ms = one.event_time_ms
        result = step(profile, one, policy=policy, now_ms=now_ms, fold_sequence=number)
        life.offered += [each for each in result.offers if each.action is Action.ISSUE]
    return profile


class Life:
    """One customer; `offered` are offers of which the channels have told nothing yet."""

    def __init__(self, seed: int, count: int) -> None:
        """So many events, drawn by `seed`."""
        self.offered: list[OfferMessage] = []
        self._random = Random(seed)
        self._count = count
        self._regulars = self._random.sample(world().goods, REGULARS)
        self._own_words = self._random.sample(world().words, OWN_WORDS)
        self._sold: list[int] = []
        self._answers: list[Body] = []
        self._day = date(2025, 1, 1)

    def happenings(self) -> Iterator[Event]:
        """As many as the life has, in order."""
        for number in range(self._count):
            at_ms = START_MS + number * YEAR_MS // self._count
            self._day = date(2025, 1, 1) + timedelta(milliseconds=at_ms - START_MS)
            body = self._body(number) if number else HEALTH
            name = body.natural_id() if isinstance(body, TransactionLink) else f"e{number}"
            yield Event(
                event_id=name,
                subject="customer:1",
                event_time_ms=at_ms,
                topic=topic_of(body),
                body=body,
            )

    def _body(self, number: int) -> Body:
        random = self._random
        if self.offered:
            self._answers += self._answer(self.offered.pop(0))
        if self._answers and random.random() < 0.5:
            return self._answers.pop(0)
        share = random.random()
        if share < 0.62:
            return self._click()
        if share < 0.8:
            return self._receipt(number)
        if share < 0.97:
            return self._social(number)
        return self._service(number) if share < 0.997 else self._said()

    def _goods(self) -> Item:
        known = self._random.random() < 0.8
        return self._random.choice(self._regulars if known else world().goods)

    def _click(self) -> Body:
        random, goods = self._random, self._goods()
        device = random.choice(["mobile", "mobile", "desktop", "tablet", "app", "tv"])
        shopping: dict[str, Any] = {"currency": "USD", "items": (goods,), "device_category": device}
        region = random.choice(["US-OH", "US-KY", "US-IN", None])
        makers: tuple[Callable[[], Body], ...] = (
            lambda: events.ViewItem(**shopping, country="US", region=region),
            lambda: events.PageView(device_category=device, country="US"),
            lambda: events.AddToCart(**shopping),
            lambda: events.RemoveFromCart(**shopping),
            lambda: events.BeginCheckout(**shopping),
            lambda: events.Purchase(**shopping, transaction_id="t"),
            lambda: events.Search(search_term=self._words(2)),
            lambda: events.CheckIn(place_id=f"store-{random.randrange(330, 360)}"),
            lambda: events.Share(item_id=goods.item_id),
            lambda: events.Review(
                item_id=goods.item_id,
                rating=random.randint(0, 5),
                content=self._words(8),
                item_brand=goods.item_brand,
                item_category=goods.item_category2,
            ),
        )
        weights = (36, 20, 10, 3, 3, 2, 12, 4, 1, 2)
        return random.choices(makers, weights)[0]()

    def _receipt(self, number: int) -> Body:
        random = self._random
        share = random.random()
        if share < 0.06 and self._sold:
            sold = self._sold.pop() if share > 0.002 else 99_999  # some sales never arrive
            link = self._link(sold)
            here = self._link(number)
            if share < 0.015:
                return events.Void(**here, original_transaction=TransactionLink(**link))
            line = self._line()
            return events.Return(**here, currency="USD", line_items=(line,), total_minor=250)
        self._sold = [*self._sold[-3:], number]
        lines = tuple([self._line() for _ in range(random.randint(1, 19))])
        total_minor = sum([one.extended_amount_minor for one in lines])
        currency = "USD" if random.random() < 0.97 else "CAD"
        tender = events.Tender(
            tender_type=random.choice(["card", "cash", "voucher"]), amount_minor=total_minor
        )
        return events.Sale(
            **self._link(number),
            currency=currency,
            line_items=lines,
            total_minor=total_minor,
            tenders=(tender,),
        )

    def _link(self, number: int) -> dict[str, Any]:
        return {
            "store_id": f"{300 + number % 40}",
            "workstation_id": f"{number % 6}",
            "business_day": date(2025, 1, 1),
            "sequence_number": number,
        }

    def _line(self) -> events.LineItem:
        random, goods = self._random, self._goods()
        price_minor = goods.price_minor or 0
        off = events.Discount(
            amount_minor=price_minor // 10, coupon_id=random.choice(["coupon", None])
        )
        return events.LineItem(
            item_id=goods.item_id,
            extended_amount_minor=price_minor,
            quantity=random.randint(1, 3),
            discounts=(off,) if random.random() < 0.3 else (),
            item_brand=goods.item_brand,
            item_category=goods.item_category,
            item_category2=goods.item_category2,
        )

    def _social(self, number: int) -> Body:
        random = self._random
        actor = events.Actor(id="https://social.example/1", followers_count=random.randrange(9_000))
        tags = [events.Tag(type="Hashtag", name=f"#{self._words(1)}")]
        if random.random() < 0.2:
            tags.append(events.Tag(type="Mention", name="@ourshop"))
        note = events.SocialObject(
            type="Note",
            id=f"https://social.example/users/customer-1/notes/{number:016}",
            content=self._words(12),
            attributed_to=f"https://social.example/users/author-{random.randrange(60)}",
            tag=tuple(tags),
            likes_count=random.randrange(90),
            replies_count=random.randrange(9),
            shares_count=random.randrange(9),
            views_count=random.randrange(5_000),
        )
        kinds = (events.Create, events.Like, events.Announce, events.Follow)
        return random.choices(kinds, (60, 23, 11, 4))[0](actor=actor, object=note)

    def _service(self, number: int) -> Body:
        random = self._random
        case_id = f"case-2025-{number // 300:08}-{random.randrange(4)}"
        kind = random.randrange(3)
        if kind == 0:
            reason = random.choice(["complaint", "question", None])
            return events.Opened(channel="phone", case_id=case_id, reason=reason)
        if kind == 1:
            return events.Answered(channel="phone", case_id=case_id)
        return events.Closed(channel="phone", case_id=case_id, satisfaction=random.randint(0, 5))

    def _said(self) -> Body:
        random, goods = self._random, self._goods()
        source = random.choice(SAID_IN)
        yes = random.random() < 0.7
        channel = random.choice([None, *CHANNELS])
        purpose = random.choice(["marketing", "service", *SPECIAL])
        if purpose in SPECIAL:
            channel = None
        trait = f"{random.choice(['category', 'brand', 'topic'])}/{goods.item_category2}"
        scope = random.choice(SCOPES)
        names = {"product": goods.item_id, "category": goods.item_category2}
        name = names.get(scope) or goods.item_brand or ""
        share = random.random()
        if share < 0.5:
            return events.ConsentChanged(
                purpose=purpose, granted=yes, channel=channel, source=source
            )
        if share < 0.65:
            return events.TraitCorrected(trait=trait, share=0.5, withdrawn=not yes, source=source)
        if share < 0.8:
            return events.TraitMuted(trait=trait, muted=yes, source=source)
        if share < 0.95:
            return events.Suppressed(scope=scope, name=name, suppressed=yes, source=source)
        return events.Referred(code="ADA-10", currency="USD", margin_minor=900)

    def _answer(self, offer: OfferMessage) -> list[Body]:
        random = self._random
        channel = next(one for one in CHANNELS if one == offer.channel)
        said: dict[str, Any] = {
            "offer_id": offer.offer_id,
            "channel": channel,
            "offer_template": offer.offer,
        }
        seen: list[Body] = [events.Delivered(**said), events.Viewed(**said), events.Clicked(**said)]
        end = random.choice(ENDS)
        reason = random.choice(NO) if end is events.Rejected else None
        last = end(**said, item_id=self._goods().item_id, reason=reason)
        return [*seen[: random.randint(0, 3)], *([last] if random.random() < 0.8 else [])]

    def _words(self, count: int) -> str:
        random = self._random
        words = self._own_words if random.random() < 0.8 else world().words
        return " ".join(random.choices(words, k=count))
