"""The demo's feed: real receipts in fast motion, never further ahead than the worker can see."""

import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from itertools import islice

from streams.cli.demo_channels import Clock
from streams.config import Settings
from streams.core.errors import RestartError, StreamsError
from streams.worker.simulation.feed import Feed
from streams.worker.simulation.generator import Sourced
from streams.worker.simulation.pace import TICK_S, InFlight
from streams.worker.simulation.records import SimulatedRecord, encode

# All partitions together; the embedded broker drops what lies more than 5 MiB back in one.
FLIGHT_BYTES_MAX = 2_000_000
FLUSH_S = 10.0
# After a pause the feed does not catch up: at most this much is sent at once.
BURST_S = 0.02
RATE_WINDOW_S = 3.0


class DemoFeed:
    """Feeds in a thread of its own; `look` tells it what the worker has taken."""

    def __init__(
        self, settings: Settings, clock: Clock, events: Iterator[Sourced], *, rate: float
    ) -> None:
        """Send `events` at `rate` a second at most."""
        self.acknowledged: Counter[str] = Counter()
        """CloudEvents source -> events the broker has."""
        self.throttled = False
        self.last_event_ms: int | None = None
        """Event time of the last event sent; None before the first."""
        self.failed: StreamsError | None = None
        self._events = events
        self._rate = rate
        self._clock = clock
        self._in_flight = InFlight()
        self._acks: deque[int] = deque()
        self._recent: deque[tuple[float, int]] = deque()
        self._stopping = threading.Event()
        self._feed = Feed(settings, linger_ms=2, acknowledged=self._acked)
        self._thread = threading.Thread(target=self._run, name="feed", daemon=True)

    @property
    def lag(self) -> int:
        """Records the broker has and the worker has not."""
        return self._in_flight.records()

    @property
    def done(self) -> bool:
        """Nothing more will be sent, and the worker has taken all of it."""
        return not self._thread.is_alive() and not self._acks and self.lag == 0

    def start(self) -> None:
        """Start feeding."""
        self._thread.start()

    def stop(self) -> None:
        """Stop feeding; what was sent is acknowledged when this returns."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self, taken: int) -> None:
        """Hold the feed back while too much is in flight; the worker has `taken` records."""
        while self._acks:
            self._in_flight.add(self._acks.popleft())
        self._in_flight.taken(taken)
        self.throttled = self._in_flight.bytes > FLIGHT_BYTES_MAX

    def rate_now(self) -> float:
        """Events a second over the last seconds."""
        now_s, sent = time.monotonic(), self._feed.acked
        self._recent.append((now_s, sent))
        while now_s - self._recent[0][0] > RATE_WINDOW_S:
            self._recent.popleft()
        first_s, first = self._recent[0]
        return (sent - first) / (now_s - first_s) if now_s > first_s else 0.0

    def _run(self) -> None:
        try:
            self._send_all()
            if self._feed.flush(FLUSH_S) and not self._stopping.is_set():
                raise RestartError(cause="not acknowledged", what="flushing the demo's feed")
        except StreamsError as error:
            self.failed = error

    def _send_all(self) -> None:
        budget, last_s = 0.0, time.monotonic()
        while not self._stopping.is_set() and not self._feed.failed:
            now_s = time.monotonic()
            budget = min(budget + self._rate * (now_s - last_s), 1 + self._rate * BURST_S)
            last_s = now_s
            count = 0 if self.throttled else int(budget)
            chunk = list(islice(self._events, count))
            for one in chunk:
                self._send(one)
            self._feed.poll()
            if len(chunk) < count:
                return
            budget -= count
            time.sleep(TICK_S)

    def _send(self, one: Sourced) -> None:
        self._clock.sent(one.event.event_id)
        self.last_event_ms = max(self.last_event_ms or 0, one.event.event_time_ms)
        self._feed.send(encode(one))

    def _acked(self, record: SimulatedRecord, _partition: int, _offset: int) -> None:
        source = next(value for name, value in record.headers if name == "ce_source")
        self.acknowledged[source.decode()] += 1
        size = len(record.value) + sum(len(name) + len(value) for name, value in record.headers)
        self._acks.append(size)
