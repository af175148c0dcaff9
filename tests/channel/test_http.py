"""The subscriber's pages, asked over a real socket."""

import json
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest

from streams.channel.book import Book, Offer
from streams.channel.contract import OutcomeReport, RequestError
from streams.channel.http import start_http
from streams.config import Settings
from streams.core.errors import ConfigError, RestartError
from streams.pages import bound_port
from tests.channel.books import told
from tests.channel.messages import ANN, NOW_MS, issue, offer_id

REPORT = {"offer_id": offer_id("a"), "subject": ANN, "outcome": "viewed"}


@dataclass
class MemorySubscriber:
    """A subscriber in memory, at a time of its own, that keeps what is reported."""

    book: Book
    is_ready: bool = True
    reports: list[OutcomeReport] = field(default_factory=list)
    failure: Exception | None = None

    def ready(self) -> tuple[bool, dict[str, str]]:
        """Return whether it is ready, and the state of its one partition."""
        return self.is_ready, {"0": "ready" if self.is_ready else "reading"}

    def best(self, subject: str, slot: str | None) -> Offer | None:
        """Return the offer to show."""
        return self.book.best(subject, slot, NOW_MS)

    async def report(self, report: OutcomeReport) -> str:
        """Keep the report, or fail as told."""
        if self.failure is not None:
            raise self.failure
        self.reports.append(report)
        return "event-1"


@pytest.fixture
def subscriber() -> MemorySubscriber:
    """Return a subscriber that knows one open offer."""
    return MemorySubscriber(told([issue("a", 1)])[0])


@pytest.fixture
async def pages(subscriber: MemorySubscriber) -> AsyncIterator[aiohttp.ClientSession]:
    """Yield a client of the subscriber's pages, on a free port."""
    runner = await start_http(Settings(http_port=0), subscriber)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{bound_port(runner)}") as session:
        yield session
    await runner.cleanup()


async def post(pages: aiohttp.ClientSession, path: str, body: Any) -> tuple[int, bytes]:
    """Return status and body of the answer to `body`, bytes as they are or JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with pages.post(path, data=data) as answer:
        return answer.status, await answer.read()


@pytest.mark.parametrize("asked", [{}, {"slot": None}, {"slot": "main"}])
async def test_open_offer_is_answered_as_its_message(
    pages: aiohttp.ClientSession, asked: dict[str, Any]
) -> None:
    """What is shown are the bytes of the topic."""
    answered = await post(pages, "/best-offer", {"subject": ANN, **asked})

    assert answered == (200, offer_id("a").encode())


@pytest.mark.parametrize("asked", [{"subject": "card:1"}, {"subject": ANN, "slot": "care"}])
async def test_nothing_to_show_is_204(pages: aiohttp.ClientSession, asked: dict[str, str]) -> None:
    """Nobody's offer is shown to somebody else, or in another slot."""
    assert await post(pages, "/best-offer", asked) == (204, b"")


@pytest.mark.parametrize(
    "body", [b"", b"\xff", b"[]", {}, {"subject": 7}, {"subject": "ann"}, {"subject": ANN, "at": 1}]
)
async def test_malformed_request_is_400_in_one_sentence(
    pages: aiohttp.ClientSession, body: Any
) -> None:
    """What cannot be understood is named, in one line."""
    status, answered = await post(pages, "/best-offer", body)

    error = json.loads(answered)["error"]
    assert (status, error.count("\n")) == (400, 0)
    assert error.startswith("reading the request: expected ")


async def test_half_a_book_answers_503(
    pages: aiohttp.ClientSession, subscriber: MemorySubscriber
) -> None:
    """While the log is read, an offer may be shown whose withdrawal is not read yet."""
    subscriber.is_ready = False

    status, _ = await post(pages, "/best-offer", {"subject": ANN})
    async with pages.get("/readyz") as answer:
        ready = answer.status, await answer.json()

    assert status == 503
    assert ready == (503, {"ready": False, "partitions": {"0": "reading"}})


async def test_ready_and_alive(pages: aiohttp.ClientSession) -> None:
    """Ready once the log was read; alive at any time."""
    async with pages.get("/readyz") as ready, pages.get("/healthz") as alive:
        assert (ready.status, alive.status) == (200, 200)


async def test_outcome_is_202_with_its_event_id(
    pages: aiohttp.ClientSession, subscriber: MemorySubscriber
) -> None:
    """The channel's word is passed on whole."""
    status, answered = await post(pages, "/outcome", {**REPORT, "reason": "seen-twice"})

    assert (status, json.loads(answered)) == (202, {"event_id": "event-1"})
    assert [(one.outcome, one.reason) for one in subscriber.reports] == [("viewed", "seen-twice")]


async def test_malformed_outcome_is_400_and_not_passed_on(
    pages: aiohttp.ClientSession, subscriber: MemorySubscriber
) -> None:
    """Nothing half understood reaches a profile."""
    status, _ = await post(pages, "/outcome", {**REPORT, "outcome": "loved"})

    assert (status, subscriber.reports) == (400, [])


@pytest.mark.parametrize(
    ("failure", "status", "said"),
    [
        (RequestError("it is too early"), 400, "it is too early"),
        (
            RestartError(cause="not acknowledged", what="writing an outcome"),
            503,
            "not acknowledged: writing an outcome; send it again, it counts once",
        ),
    ],
)
async def test_outcome_that_was_not_taken_is_no_202(
    pages: aiohttp.ClientSession,
    subscriber: MemorySubscriber,
    failure: Exception,
    status: int,
    said: str,
) -> None:
    """202 means that the broker has it; all else says what to do."""
    subscriber.failure = failure

    answered = await post(pages, "/outcome", REPORT)

    assert answered == (status, json.dumps({"error": said}, separators=(",", ":")).encode())


@pytest.mark.parametrize("path", ["/best-offer", "/outcome"])
async def test_subject_in_a_url_is_refused(pages: aiohttp.ClientSession, path: str) -> None:
    """Identifiers in URLs end in logs; only POST is answered."""
    async with pages.get(path, params={"subject": ANN}) as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "POST")
        assert await answer.json() == {"error": "this page takes POST, got GET"}


async def test_a_page_that_is_not_there_is_404_in_one_sentence(
    pages: aiohttp.ClientSession,
) -> None:
    """It tells what pages there are."""
    status, answered = await post(pages, "/best-offers", {"subject": ANN})

    said = "there is no such page; there are /best-offer, /healthz, /metrics, /outcome, /readyz"
    assert (status, json.loads(answered)) == (404, {"error": said})


@pytest.mark.parametrize("path", ["/best-offer", "/outcome"])
async def test_body_over_the_bound_is_refused(pages: aiohttp.ClientSession, path: str) -> None:
    """No request can make the subscriber hold a large body."""
    status, answered = await post(pages, path, b"x" * 5_000)

    said = "reading the request: expected a body of at most 4096 bytes, got more"
    assert (status, json.loads(answered)) == (413, {"error": said})


@pytest.mark.parametrize("path", ["/best-offer", "/outcome"])
async def test_a_body_that_is_not_as_its_headers_say_is_refused(
    pages: aiohttp.ClientSession, path: str
) -> None:
    """In a sentence; a traceback in the log would be ours to explain."""
    headers = {"Content-Encoding": "gzip"}
    async with pages.post(path, data=b"no gzip", headers=headers) as answer:
        assert answer.status == 400
        said = "reading the request: expected a body as its headers say, got another"
        assert await answer.json() == {"error": said}


async def test_metrics_count_answers(pages: aiohttp.ClientSession) -> None:
    """A scrape shows what was asked."""
    await post(pages, "/best-offer", {"subject": ANN})

    async with pages.get("/metrics") as answer:
        text = await answer.text()

    assert 'streams_channel_answers_total{result="offer"}' in text


async def test_port_in_use_is_a_setting_to_change(subscriber: MemorySubscriber) -> None:
    """Two subscribers of one port: the second says which setting to change."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(ConfigError, match=r"the subscriber's pages.*set STREAMS_HTTP_PORT"):
            await start_http(Settings(http_port=port), subscriber)
