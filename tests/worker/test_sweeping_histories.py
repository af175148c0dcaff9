"""Any history: the index is what the open offers say, and what is lost for all ends, each once."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from streams.core import events
from streams.core.decide.losing import loss_of
from streams.core.decide.record import Action
from streams.core.events import Body, Event, topic_of
from streams.core.fold_policy import DAY_MS
from streams.core.offers import Match, Policy, make_policy
from tests.core.identity_net import RULES as LINKS
from tests.integration.sweeps import index_rows
from tests.strategies_profiles import (
    DECISION,
    FOLD,
    HOUR_MS,
    care,
    contact_policy,
    item,
    line,
    offer,
    on,
    opened,
    sale,
    view,
)
from tests.worker.shop import PARTITIONS, Shop

ARTICLES = ("tea", "cup", "jam", "mug")
PEOPLE = tuple(f"customer:{one}" for one in "abcdefghij")
DEVICES = tuple(f"device:{one}" for one in "xyz")
STEPS = 250
BLOCKS, HISTORIES = 3, 15
OTHERS = (
    "it is a person's",
    "they asked to be forgotten",
    "it was bought",
    "a complaint is open",
)


def catalogue(names: set[str], version: str) -> Policy:
    """One row for each article in `names`, on the web and by mail, and care."""
    rows = [
        offer(
            f"{one}-now",
            products=frozenset({one}),
            categories=frozenset(),
            triggers=on("view_item"),
            channels=("web", "email") if one < "k" else ("web",),
            valid_until_ms=None,
        )
        for one in sorted(names)
    ]
    anything = offer("any", categories=frozenset(), triggers=on("login", match=Match.ANY))
    made = make_policy(
        [*rows, anything, care(triggers=on("complaint", match=Match.ANY))],
        contact=contact_policy(),
        fold=FOLD,
        decision=replace(DECISION, holdout_share=0.3, slots={"complaint": "care"}),
        policy_version=version,
    )
    return replace(made, identity=LINKS)


def put_in_force(shop: Shop, names: set[str], version: str) -> None:
    """Adopt a catalogue, as a published one comes; the stock stays."""
    made = catalogue(names, version)
    changes = ("offers", "triggers", "policy_version")
    shop.adopt(**{name: getattr(made, name) for name in changes})


class History:
    """Steps drawn by a seed; `told` numbers the events."""

    def __init__(self, shop: Shop, seed: int) -> None:
        """Nothing happened."""
        self.shop, self.draw, self.told = shop, Random(seed), 0

    def step(self) -> None:
        """One of the things that happen."""
        steps: list[tuple[int, Callable[[], None]]] = [
            (70, self._look),
            (8, self._answer),
            (5, lambda: self._tell(self._who(), sale(self.told, line(self._article())))),
            (1, lambda: self._tell(self._who(), opened())),
            (
                7,
                lambda: self._tell(
                    self.draw.choice(DEVICES), events.Login(user_subject=self._person())
                ),
            ),
            (2, lambda: self._tell(self.draw.choice(DEVICES), events.Unlinked())),
            (2, lambda: self._tell(self._who(), events.Erased())),
            (4, self._wait),
            (9, lambda: self.shop.lack(*self.draw.sample(ARTICLES, self.draw.randint(0, 2)))),
            (5, self._publish),
            (10, lambda: self._turn(self.draw.randint(1, 3))),
            (20, self._commit),
            (3, self._restart),
        ]
        weights, calls = zip(*steps, strict=True)
        self.draw.choices(calls, weights)[0]()

    def finish(self) -> None:
        """Sweep to the end."""
        self._commit()
        while self.shop.turn(count_max=50):
            self._commit()
        self._commit()

    def _tell(self, subject: str, body: Body) -> None:
        self.told += 1
        self.shop.clock_ms += 1_000
        name = body.natural_id() if isinstance(body, events.TransactionLink) else f"e{self.told}"
        at_ms = self.shop.clock_ms
        topic = topic_of(body)
        self.shop.tell(
            Event(event_id=name, subject=subject, event_time_ms=at_ms, topic=topic, body=body)
        )

    def _look(self) -> None:
        self._tell(self._who(), view(item(self._article(), None)))

    def _answer(self) -> None:
        if self.shop.sent:
            one = self.draw.choice(self.shop.sent)
            kind = self.draw.choice([events.Accepted, events.Dismissed, events.Undeliverable])
            self._tell(one.subject, kind(offer_id=one.offer_id, channel="web"))

    def _wait(self) -> None:
        self.shop.clock_ms += self.draw.choice([HOUR_MS, DAY_MS])

    def _publish(self) -> None:
        names = set(self.draw.sample(ARTICLES, self.draw.randint(2, 4)))
        put_in_force(self.shop, names, f"v{self.told}")

    def _turn(self, count_max: int) -> None:
        self.shop.turn(count_max)

    def _commit(self) -> None:
        self.shop.commit()
        for number in range(PARTITIONS):
            wanted = set[bytes]()
            for key, row in self.shop.profiles(number).items():
                wanted |= index_rows(row, key)
            assert self.shop.index(number) == wanted

    def _restart(self) -> None:
        self._commit()
        self.shop.start()

    def _who(self) -> str:
        return self.draw.choice([*PEOPLE, *DEVICES])

    def _person(self) -> str:
        return self.draw.choice(PEOPLE)

    def _article(self) -> str:
        return self.draw.choice(ARTICLES)


def lived(directory: Path, seed: int) -> Counter[str]:
    """Live one history; how often each reason ended an offer, and what became of claims."""
    shop = Shop(directory, catalogue(set(ARTICLES), "v0"))
    history = History(shop, seed)
    for _ in range(STEPS):
        history.step()
    history.finish()

    policy = shop.held.adopted.policy
    for number in range(PARTITIONS):
        now_ms = shop.unit.partitions[number].ledger.clock_ms
        for row in shop.profiles(number).values():
            held = [one for one in row.contact.open_offers.values() if one.expires_ms > now_ms]
            assert not [one for one in held if loss_of(one, policy, now_ms)]
    ended = Counter(one.offer_id for one in shop.sent if one.action is Action.WITHDRAW)
    issued = Counter(one.offer_id for one in shop.sent if one.action is not Action.WITHDRAW)
    assert set(ended.values()) | set(issued.values()) <= {1}
    assert ended.keys() <= issued.keys()
    shop.stores.close_all()
    return Counter(one.reason for one in shop.sent if one.action is Action.WITHDRAW)


@pytest.mark.parametrize("block", range(BLOCKS))
def test_the_index_is_right_and_what_is_lost_ends_once(tmp_path: Path, block: int) -> None:
    """People and devices look, buy, link, unlink, are erased, while stock and catalogue change."""
    reasons = Counter[str]()

    for seed in range(block * HISTORIES, (block + 1) * HISTORIES):
        reasons += lived(tmp_path / str(seed), seed)

    assert min(reasons["out of stock"], reasons["no longer offered"]) >= 25
    assert min(reasons[one] for one in OTHERS) >= 4
