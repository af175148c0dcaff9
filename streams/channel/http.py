"""The subscriber's pages: the best offer, outcomes, readiness; the contract is in `contract`."""

import time
from typing import Protocol

from aiohttp import web

from streams import metrics
from streams.channel.book import Offer
from streams.channel.contract import BestOffer, OutcomeReport, RequestError, read_request
from streams.config import Settings
from streams.core.errors import RestartError
from streams.pages import answer, answer_bytes, body_of, make_pages, start_pages

NOT_READY = {"error": "the log of offers is still being read; ask again when /readyz says ready"}
AGAIN = "send it again, it counts once"


class Answering(Protocol):
    """What the pages need to know of the subscriber."""

    def ready(self) -> tuple[bool, dict[str, str]]:
        """Return whether the log was read to its end once, and partition -> state."""

    def best(self, subject: str, slot: str | None) -> Offer | None:
        """Return the offer to show now."""

    async def report(self, report: OutcomeReport) -> str:
        """Return the event id when the broker has the outcome."""


async def start_http(settings: Settings, answering: Answering) -> web.AppRunner:
    """Serve the pages at `http_host:http_port` and return the runner; `cleanup()` ends it.

    Raises:
        ConfigError: the address cannot be bound; names the setting to change.
    """
    app = make_pages()
    pages = _Pages(answering)
    app.router.add_get("/readyz", pages.readyz)
    app.router.add_post("/best-offer", pages.best_offer)
    app.router.add_post("/outcome", pages.outcome)
    return await start_pages(app, settings.http_host, settings.http_port, whose="subscriber")


class _Pages:
    """The handlers, on one subscriber."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering

    async def readyz(self, _request: web.Request) -> web.Response:
        ready, partitions = self._answering.ready()
        return answer(200 if ready else 503, {"ready": ready, "partitions": partitions})

    async def best_offer(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        with metrics.CHANNEL_ANSWER_SECONDS.time():
            result, response = self._best(body)
        metrics.CHANNEL_ANSWERS_TOTAL.labels(result).inc()
        return response

    def _best(self, body: bytes) -> tuple[str, web.Response]:
        try:
            asked = read_request(body, BestOffer)
        except RequestError as error:
            return "refused", answer(400, {"error": str(error)})
        if not self._answering.ready()[0]:  # half a book could show what was withdrawn
            return "not_ready", answer(503, NOT_READY)
        found = self._answering.best(asked.subject, asked.slot)
        if found is None:
            return "none", web.Response(status=204, headers={"Cache-Control": "no-store"})
        return "offer", answer_bytes(200, found.shown)

    async def outcome(self, request: web.Request) -> web.Response:
        try:
            report = read_request(await body_of(request), OutcomeReport)
            event_id = await self._answering.report(report)
        except RequestError as error:
            metrics.CHANNEL_OUTCOMES_TOTAL.labels("refused").inc()
            return answer(400, {"error": str(error)})
        except RestartError as error:
            return answer(503, {"error": f"{error}; {AGAIN}"})
        return answer(202, {"event_id": event_id})


def now_ms() -> int:
    """Return the time now, as messages and outcomes have it."""
    return time.time_ns() // 1_000_000
