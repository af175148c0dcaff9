"""A subscriber, wired: the reading thread, the book, the pages, and delivery to push channels.

State: none but the log. Each start reads the topic from the longest life of an offer ago, so an
offer that is older than the topic's retention is not known: retention must be longer than the
longest life. Answers before the end of the log at the start are 503. While the broker is away the
book stays as it was, expiry goes on, and what was withdrawn meanwhile is shown until it is back.
What was answered through here is shown no more at once; the engine's withdrawal says so to others.

Delivery (`--deliver log`): each offer that became open is one JSON line on stdout, the message as
in the topic, and then reported `delivered`. First come, when the log was read, those open by then;
in one run no offer comes twice. Across restarts it is at least once: what was open at the start is
written again, so an adapter keeps the offer ids it has dealt with; the second report has the same
event id and is a duplicate. The line comes before the report, so a crash between them repeats and
never loses. A stdout that nobody reads holds up the reading.
"""

import asyncio
import gc
import logging
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import uvloop

from streams import metrics
from streams.channel.book import Book, Change, Offer
from streams.channel.contract import OutcomeReport
from streams.channel.http import now_ms, start_http
from streams.channel.outcomes import Outcomes
from streams.channel.reading import Reading
from streams.codec.outputs import decode_offer, offer_topic
from streams.config import Settings
from streams.core.decide.life import ANSWERED
from streams.core.errors import DecodeError
from streams.core.events import Channel

log = logging.getLogger(__name__)

ROWS_MAX = 500_000
"""Slots in memory, some 1.5 kB each with the words of an offer: 750 MB."""
VALUE_BYTES_MAX = 16_384
"""An offer message has less than 2 kB; a larger one would make the bound above mean nothing."""
LIFE_MAX_MS = 14 * 86_400_000
"""The longest life of an offer in the catalogue that is shipped."""
ANSWERS = frozenset([kind.__struct_config__.tag for kind in ANSWERED])
"""Outcomes after which the engine keeps an offer open no more."""
FORGET_S = 1.0
FORGET_AT_ONCE = 50
"""Steps between two turns of all else, a millisecond: a campaign's offers expire together."""
DELIVERED_AT_ONCE = 100
"""Offers written and reported together: they share the wait for the broker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a subscriber is told beside the settings."""

    channel: Channel
    deliver: bool = False
    """Write offers that became open to stdout and report them delivered."""
    life_max_ms: int = LIFE_MAX_MS
    """The longest life of an offer: how far back the log is read, and ends are remembered."""
    rows_max: int = ROWS_MAX


def make_book(options: Options) -> Book:
    """Return an empty book of the right bounds."""
    return Book(rows_max=options.rows_max, remember_ms=options.life_max_ms)


def run_channel(settings: Settings, options: Options, book: Book) -> int:
    """Run a subscriber until SIGTERM or SIGINT and return the exit code.

    Raises:
        ConfigError: the topic or an address is not as it must be; do not start again.
        RestartError: the broker is away, or refuses.
    """
    log.info("settings", extra=settings.masked())
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(Subscriber(settings, options, book).work())


class Subscriber:
    """One channel's subscriber; everything but its two threads lives in one event loop."""

    def __init__(self, settings: Settings, options: Options, book: Book) -> None:
        """Start nothing yet."""
        self._settings = settings
        self._options = options
        self._book = book
        self._stop = asyncio.Event()
        self._failure: BaseException | None = None
        self._topic = settings.topic_prefix + offer_topic(options.channel)
        self._reading = Reading(settings, self._topic, self._take, self._end)
        self._outcomes = Outcomes(settings, options.channel, self._end)
        self._began_s = time.monotonic()
        self._records = 0
        self._ready = False
        self._warned = False

    async def work(self) -> int:
        """Read, answer and deliver until told to stop."""
        loop = asyncio.get_running_loop()
        for one in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(one, self._stop.set)
        pages = await start_http(self._settings, self)
        self._outcomes.start()
        self._began_s = time.monotonic()
        self._reading.start(now_ms() - self._options.life_max_ms)
        forgetting = asyncio.create_task(self._forget())
        await self._stop.wait()
        forgetting.cancel()
        await self._reading.stop()
        await pages.cleanup()
        await self._outcomes.stop()
        if self._failure is not None:
            raise self._failure
        log.info("stopped")
        return os.EX_OK

    def ready(self) -> tuple[bool, dict[str, str]]:
        """Return whether the log was read to its end once, and partition -> state."""
        return self._ready, self._reading.states()

    def best(self, subject: str, slot: str | None) -> Offer | None:
        """Return the offer to show now."""
        return self._book.best(subject, slot, now_ms())

    async def report(self, report: OutcomeReport) -> str:
        """Return the event id when the broker has the outcome.

        Raises:
            RequestError: a worker would refuse it.
            RestartError: the broker did not take it.
        """
        event_id = await self._outcomes.report(report, now_ms=now_ms())
        if report.outcome in ANSWERS:
            self._book.answered(report.subject, report.offer_id)
        return event_id

    async def _take(self, values: list[bytes]) -> None:
        """Apply some records; deliver what became open, once the log was read."""
        at_ms = now_ms()
        changes: Counter[str] = Counter()
        opened = [
            offer for value in values if (offer := self._apply(value, at_ms, changes)) is not None
        ]
        self._records += len(values)
        for change, count in changes.items():
            metrics.CHANNEL_MESSAGES_TOTAL.labels(change).inc(count)
        before = self._ready
        if not before and self._reading.caught_up:
            self._be_ready()
        if self._options.deliver and self._ready:
            await self._deliver(opened if before else self._book.open_offers(at_ms))

    def _apply(self, value: bytes, at_ms: int, changes: Counter[str]) -> Offer | None:
        """Put one record into the book and count it; the offer that it opened, if any."""
        try:
            message = decode_offer(value)
        except DecodeError as error:
            log.debug("refused a record", extra={"error": error})
            changes["refused"] += 1
            return None
        if len(value) > VALUE_BYTES_MAX or message.channel != self._options.channel:
            changes["refused"] += 1
            return None
        change = self._book.apply(message, value, now_ms=at_ms)
        changes[change] += 1
        if change is not Change.OPENED:
            return None
        self._warn_if_long(message.issued_at_ms, message.expires_at_ms)
        return self._book.best(message.subject, message.slot, at_ms)

    def _be_ready(self) -> None:
        took_s = time.monotonic() - self._began_s
        # What was read stays: nobody needs to look at it for cycles again and again.
        gc.collect()
        gc.freeze()
        self._ready = True
        metrics.CHANNEL_REBUILD_SECONDS.set(took_s)
        read = {"records": self._records, "rows": self._book.rows, "seconds": round(took_s, 3)}
        log.info("ready", extra=read)

    def _warn_if_long(self, issued_ms: int, expires_ms: int | None) -> None:
        life_ms = 0 if expires_ms is None else expires_ms - issued_ms
        if life_ms > self._options.life_max_ms and not self._warned:
            self._warned = True
            log.warning(
                "an offer lives longer than is read at a start; raise --life-max-days",
                extra={"life_ms": life_ms, "life_max_ms": self._options.life_max_ms},
            )

    async def _deliver(self, offers: Iterable[Offer]) -> None:
        waiting = [*offers]
        for start in range(0, len(waiting), DELIVERED_AT_ONCE):
            at_ms = now_ms()
            # Some may have ended while those before them were on their way.
            some = [
                one
                for one in waiting[start : start + DELIVERED_AT_ONCE]
                if self._book.best(one.subject, one.slot, at_ms) == one
            ]
            await asyncio.to_thread(_write_lines, [one.shown for one in some])
            await asyncio.gather(*(self._delivered(one) for one in some))

    async def _delivered(self, offer: Offer) -> None:
        report = OutcomeReport(offer_id=offer.offer_id, subject=offer.subject, outcome="delivered")
        await self.report(report)

    async def _forget(self) -> None:
        while True:
            await asyncio.sleep(FORGET_S)
            while self._book.forget(now_ms(), most=FORGET_AT_ONCE):  # noqa: ASYNC110  # it is work, not waiting
                await asyncio.sleep(0)
            metrics.CHANNEL_BOOK_ROWS.set(self._book.rows)
            metrics.CHANNEL_DROPPED_ROWS.set(self._book.dropped)

    def _end(self, error: BaseException) -> None:
        self._failure = self._failure or error
        self._stop.set()


def _write_lines(values: list[bytes]) -> None:
    # A foreign producer may have put line feeds between the fields of its JSON.
    for value in values:
        sys.stdout.buffer.write(value.replace(b"\n", b" ") + b"\n")
    sys.stdout.buffer.flush()
