"""The open offers of one channel, by subject, as its messages leave them: no clock, no I/O.

The book is a function of the *set* of messages it was told, not of their order: of each subject
and slot the issue (or supersede) with the highest sequence counts, and it is open unless a
withdrawal of it has a higher one. Telling a message again, or late, changes nothing. Sequences
count over all channels of a subject, so gaps are normal. A withdrawal may come before its issue.

An ended offer is remembered, without its words, for `remember_ms` after its message, so that no
older message of its slot can open what it closed. Bounds: `rows_max` slots in all (what ended
longest ago goes first, then what expires soonest), `SLOTS_MAX` of a subject, `ENDED_MAX`
withdrawals of offers not seen in a slot. What went or was not taken is counted in `dropped`; below
the bounds nothing is. A slot's offers expire by themselves: `best` shows none that has.
"""

import heapq
from collections.abc import Iterator
from enum import StrEnum

import msgspec

from streams.core.decide.record import Action, OfferMessage

SLOTS_MAX = 16
"""As many offers as the engine keeps open for a subject over all channels."""
ENDED_MAX = 16
"""Withdrawals kept of one slot whose issues were not seen: only a log out of order has any."""


class Change(StrEnum):
    """What a message did to the book; the label of the metric."""

    OPENED = "opened"
    CLOSED = "closed"
    UNCHANGED = "unchanged"
    """Told before, older than what is known, or about an offer that nobody shows."""
    EXPIRED = "expired"
    """Its time was over when it came."""
    DROPPED = "dropped"
    """Beyond a bound."""


class Offer(msgspec.Struct, frozen=True, gc=False):
    """An open offer; `shown` is its message as the channel's systems get it."""

    offer_id: str
    subject: str
    slot: str
    sequence: int
    expires_ms: int
    shown: bytes


class _Slot(msgspec.Struct, gc=False):
    """What is known of one slot of one subject; nothing in it can form a cycle."""

    until_ms: int = 0
    """Remembered until then; 0 for a slot just made."""
    sequence: int = 0
    """Of the newest issue; 0 when none was seen."""
    offer_id: str = ""
    """Of the same."""
    offer: Offer | None = None
    """The same while it is open; None: it ended, or expired."""
    ended_at: int = 0
    """Sequence of the withdrawal of the newest; 0 when there was none."""
    ended: dict[str, int] | None = None
    """Any other offer -> sequence of its withdrawal, those above `sequence` alone."""
    in_open: bool = False
    """Whether the heap of open offers has an entry of it, of any time,"""
    in_over: bool = False
    """and the heap of ended ones; an open one is in the first, an ended one in the second."""


_Due = tuple[int, str, str]
"""When something is to be done about the slot of a subject."""
STALE_MAX = 1_000
"""Entries over twice the slots, after which both heaps are made anew: evictions leave that many."""


class Book:
    """The open offers; one thread's own."""

    def __init__(self, *, rows_max: int, remember_ms: int) -> None:
        """Hold at most `rows_max` slots; `remember_ms` is the longest life of an offer."""
        self._rows_max = rows_max
        self._remember_ms = remember_ms
        self._subjects: dict[str, dict[str, _Slot]] = {}
        # Heaps by what was due when an entry was made; put right when it comes to the top.
        self._open: list[_Due] = []
        self._over: list[_Due] = []
        self.rows = 0
        """Slots in memory, open or remembered."""
        self.dropped = 0
        """Slots and withdrawals that were forgotten early, or not taken, for want of room."""

    def best(self, subject: str, slot: str | None, now_ms: int) -> Offer | None:
        """Return the open offer of `subject` in `slot`; of all slots, the one issued last."""
        slots = self._subjects.get(subject)
        if slots is None:
            return None
        held = slots.values() if slot is None else filter(None, (slots.get(slot),))
        offers = (one.offer for one in held)
        running = [one for one in offers if one is not None and one.expires_ms > now_ms]
        return max(running, key=lambda one: one.sequence, default=None)

    def open_offers(self, now_ms: int) -> Iterator[Offer]:
        """Yield every open offer, in no order; the book must not change meanwhile."""
        for slots in self._subjects.values():
            for one in slots.values():
                if one.offer is not None and one.offer.expires_ms > now_ms:
                    yield one.offer

    def apply(self, message: OfferMessage, shown: bytes, *, now_ms: int) -> Change:
        """Take `message` in and return what it changed; `shown` is what `best` will give out."""
        over_ms = message.issued_at_ms + self._remember_ms
        expires_ms = over_ms if message.expires_at_ms is None else message.expires_at_ms
        until_ms = max(over_ms, expires_ms)
        if until_ms <= now_ms:
            return Change.EXPIRED
        slot = self._slot(message)
        if slot is None:
            return Change.DROPPED
        slot.until_ms = max(slot.until_ms, until_ms)
        if message.action is Action.WITHDRAW:
            change = self._withdraw(slot, message)
        else:
            change = self._issue(slot, message, shown, now_ms=now_ms, expires_ms=expires_ms)
        self._enter(message.subject, message.slot, slot)
        return change

    def answered(self, subject: str, offer_id: str) -> None:
        """Close an offer that its customer has answered, before the engine's withdrawal comes."""
        for name, slot in self._subjects.get(subject, {}).items():
            if slot.offer is not None and slot.offer_id == offer_id:
                slot.offer = None
                self._enter(subject, name, slot)
                return

    def forget(self, now_ms: int, *, most: int) -> bool:
        """Let go of the words of expired offers, and of slots whose time is over.

        At most `most` steps, so that nobody waits for it long; whether there is more to do.
        """
        for heap in (self._open, self._over):
            while heap and heap[0][0] <= now_ms:
                if most <= 0:
                    return True
                most -= 1
                _, subject, name = heapq.heappop(heap)
                slot = self._subjects.get(subject, {}).get(name)
                if slot is not None:
                    self._look(slot, subject, name, now_ms, heap)
        return False

    def _slot(self, message: OfferMessage) -> _Slot | None:
        slots = self._subjects.get(message.subject, {})
        found = slots.get(message.slot)
        if found is not None:
            return found
        if len(slots) >= SLOTS_MAX:
            self.dropped += 1
            return None
        while self.rows >= self._rows_max:
            self._evict()
        self.rows += 1
        made = self._subjects.setdefault(message.subject, {})[message.slot] = _Slot()
        return made

    def _withdraw(self, slot: _Slot, message: OfferMessage) -> Change:
        if message.sequence <= slot.sequence:
            return Change.UNCHANGED
        if message.offer_id == slot.offer_id:
            was_open, slot.offer = slot.offer is not None, None
            slot.ended_at = max(slot.ended_at, message.sequence)
            return Change.CLOSED if was_open else Change.UNCHANGED
        ended = slot.ended or {}
        ended[message.offer_id] = max(message.sequence, ended.get(message.offer_id, 0))
        slot.ended = self._bounded(ended)
        return Change.UNCHANGED

    def _issue(
        self, slot: _Slot, message: OfferMessage, shown: bytes, *, now_ms: int, expires_ms: int
    ) -> Change:
        if message.sequence <= slot.sequence:
            return Change.UNCHANGED
        ended = {slot.offer_id: slot.ended_at, **(slot.ended or {})}
        ended = {one: at for one, at in ended.items() if at > message.sequence}
        slot.sequence, slot.offer_id, slot.offer = message.sequence, message.offer_id, None
        slot.ended_at = ended.pop(message.offer_id, 0)
        slot.ended = self._bounded(ended) or None
        if slot.ended_at:
            return Change.UNCHANGED
        if expires_ms <= now_ms:
            return Change.EXPIRED
        slot.offer = Offer(
            offer_id=message.offer_id,
            subject=message.subject,
            slot=message.slot,
            sequence=message.sequence,
            expires_ms=expires_ms,
            shown=shown,
        )
        return Change.OPENED

    def _bounded(self, ended: dict[str, int]) -> dict[str, int]:
        while len(ended) > ENDED_MAX:
            del ended[min(ended, key=lambda one: ended[one])]
            self.dropped += 1
        return ended

    def _look(self, slot: _Slot, subject: str, name: str, now_ms: int, heap: list[_Due]) -> None:
        """Do what is due about a slot whose entry was taken from `heap`."""
        if heap is self._open:
            slot.in_open = False
            if slot.offer is not None and slot.offer.expires_ms <= now_ms:
                slot.offer = None
        else:
            slot.in_over = False
            if slot.offer is None and slot.until_ms <= now_ms:
                self._remove(subject, name)
                return
        self._enter(subject, name, slot)

    def _enter(self, subject: str, name: str, slot: _Slot) -> None:
        if slot.offer is None and not slot.in_over:
            slot.in_over = True
            heapq.heappush(self._over, (slot.until_ms, subject, name))
        elif slot.offer is not None and not slot.in_open:
            slot.in_open = True
            heapq.heappush(self._open, (slot.offer.expires_ms, subject, name))
        else:
            return
        if len(self._open) + len(self._over) > 2 * self.rows + STALE_MAX:
            self._enter_anew()

    def _enter_anew(self) -> None:
        self._open.clear()
        self._over.clear()
        for subject, slots in self._subjects.items():
            for name, slot in slots.items():
                slot.in_open = slot.in_over = False
                self._enter(subject, name, slot)

    def _evict(self) -> None:
        """Forget one slot: what is over and ends soonest, else what is open and ends soonest."""
        for heap in (self._over, self._open):
            while heap:
                due_ms, subject, name = heapq.heappop(heap)
                slot = self._subjects.get(subject, {}).get(name)
                if slot is None:
                    continue
                over = heap is self._over
                if over:
                    slot.in_over = False
                else:
                    slot.in_open = False
                true_ms = slot.until_ms if slot.offer is None else slot.offer.expires_ms
                if over == (slot.offer is None) and true_ms <= due_ms:
                    self._remove(subject, name)
                    self.dropped += 1
                    return
                self._enter(subject, name, slot)

    def _remove(self, subject: str, name: str) -> None:
        slots = self._subjects[subject]
        del slots[name]
        self.rows -= 1
        if not slots:
            del self._subjects[subject]
