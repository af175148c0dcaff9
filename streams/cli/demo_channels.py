"""The demo's channel systems: one consumer of all offer topics, and the latency it measures."""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable

from confluent_kafka import Consumer

from streams.cli.demo_endings import Endings
from streams.codec.outputs import decode_offer
from streams.config import Settings
from streams.core.decide.record import Action, OfferMessage
from streams.core.errors import StreamsError
from streams.kafka.clients import connection
from streams.worker.topics import OFFER_TOPICS

POLL_S = 0.1
BATCH = 500
LATEST_MAX = 40
# Latencies of the last so many offers make the percentiles shown.
SAMPLES_MAX = 5_000
# Causes whose sending time is remembered; a feed of 2,000 a second fills it in 50 s.
CAUSES_MAX = 100_000


class Clock:
    """When each event was handed to the producer, so that an offer's age can be told."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._sent: dict[str, float] = {}
        self._order: deque[str] = deque()

    def sent(self, event_id: str) -> None:
        """The event is on its way, now."""
        self._sent[event_id] = time.monotonic()
        self._order.append(event_id)
        if len(self._order) > CAUSES_MAX:
            self._sent.pop(self._order.popleft(), None)

    def since(self, event_id: str) -> float | None:
        """Seconds since then; None when the cause is unknown, such as a timer."""
        sent_s = self._sent.get(event_id)
        return None if sent_s is None else time.monotonic() - sent_s


class Channels:
    """Reads committed offers in a thread of its own, as the systems of all channels would."""

    def __init__(
        self, settings: Settings, clock: Clock, offered: Callable[[OfferMessage], None]
    ) -> None:
        """`offered` is called in the thread for each offer."""
        self.latest: deque[OfferMessage] = deque(maxlen=LATEST_MAX)
        """Offers issued, withdrawals left out."""
        self.counts: Counter[tuple[str, str]] = Counter()
        """(channel, action) -> messages."""
        self.subjects: Counter[str] = Counter()
        self.endings = Endings()
        self.samples_s: deque[float] = deque(maxlen=SAMPLES_MAX)
        self.failed: StreamsError | None = None
        self._clock = clock
        self._offered = offered
        self._stopping = threading.Event()
        self._consumer = Consumer(
            connection(settings)
            | {
                "group.id": f"{settings.application_id}-channels",
                "allow.auto.create.topics": False,
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                "fetch.wait.max.ms": 20,
                "log_level": 2,
            }
        )
        self._consumer.subscribe([settings.topic_prefix + topic for topic in OFFER_TOPICS])
        self._thread = threading.Thread(target=self._run, name="channels", daemon=True)

    def start(self) -> None:
        """Start reading."""
        self._thread.start()

    def stop(self) -> None:
        """Stop reading and leave the group."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        self._consumer.close()

    def percentiles_ms(self) -> tuple[float, float] | None:
        """Median and 99th percentile of the last offers, from produced to read; None: none yet."""
        ordered = sorted(self.samples_s)
        if not ordered:
            return None
        half, most = len(ordered) // 2, min(len(ordered) - 1, len(ordered) * 99 // 100)
        return ordered[half] * 1_000, ordered[most] * 1_000

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                # poll wakes with the first record; consume takes what came along with it.
                first = self._consumer.poll(POLL_S)
                found = [] if first is None else [first, *self._consumer.consume(BATCH, 0)]
                for message in found:
                    if message.error() is None:
                        self._read(decode_offer(message.value() or b""))
        except StreamsError as error:
            self.failed = error

    def _read(self, offer: OfferMessage) -> None:
        since_s = self._clock.since(offer.cause_id)
        if since_s is not None:
            self.samples_s.append(since_s)
        self.counts[offer.channel, offer.action.value] += 1
        self.endings.see(offer)
        if offer.action is not Action.WITHDRAW:
            self.latest.append(offer)
            self.subjects[offer.subject] += 1
        self._offered(offer)
