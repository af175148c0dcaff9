"""The worker's pages, asked over a real socket."""

import json
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from streams import metrics
from streams.codec.rows import encode_row
from streams.config import Settings
from streams.core.errors import ConfigError
from streams.core.identity.links import Link
from streams.core.profile.profile import Profile, new_profile
from streams.core.words.lexicon import Lexicon, Special
from streams.pages import bound_port
from streams.worker.http import NotOwned, Restoring, start_http
from tests.core.genomes import known
from tests.fakes import MemoryWorker
from tests.strategies_profiles import FOLD, consent, post

ANN = "customer:ann"
BOB = "customer:1"
LEXICON = Lexicon(special={"asthma": Special(purpose="health", topic="illness")})


def bob() -> Profile:
    """A customer who wrote of asthma, and had consented to its being kept."""
    posts = [(1 + 0.1 * number, post("asthma")) for number in range(3)]
    given = (0, consent(granted=True, purpose="health"))
    return known(given, *posts, rules=replace(FOLD, lexicon=LEXICON))


@pytest.fixture
def worker() -> MemoryWorker:
    """Return a worker that knows one profile and one link."""
    link = Link(target=ANN, since_ms=5, source="login")
    return MemoryWorker(
        rows={ANN: encode_row(new_profile(ANN)), "device:d1": encode_row(link)},
        states={0: "ready", 3: "ready"},
    )


@pytest.fixture
async def pages(worker: MemoryWorker) -> AsyncIterator[aiohttp.ClientSession]:
    """Yield a client of the worker's pages, on a free port."""
    runner = await start_http(Settings(http_port=0), worker)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{bound_port(runner)}") as session:
        yield session
    await runner.cleanup()


async def ask(pages: aiohttp.ClientSession, body: bytes) -> tuple[int, Any]:
    """Return status and decoded answer of a profile lookup."""
    async with pages.post("/profile", data=body) as answer:
        return answer.status, await answer.json()


async def lookup(pages: aiohttp.ClientSession, subject: str) -> tuple[int, Any]:
    """Return status and decoded answer of the lookup of `subject`."""
    return await ask(pages, json.dumps({"subject": subject}).encode())


async def test_known_subject_is_shown_as_json(pages: aiohttp.ClientSession) -> None:
    """A profile comes back with its kind and its fields."""
    status, found = await lookup(pages, ANN)

    assert (status, found["kind"], found["subject"]) == (200, "profile", ANN)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [({"special": True}, ["health|illness"]), ({"special": False}, []), ({}, [])],
)
async def test_special_topics_are_shown_to_who_asks_for_them(
    asked: dict[str, bool],
    expected: list[str],
    pages: aiohttp.ClientSession,
    worker: MemoryWorker,
) -> None:
    """The customer's own page asks; every other reader gets the profile without."""
    worker.rows[BOB] = encode_row(bob())

    status, found = await ask(pages, json.dumps({"subject": BOB, **asked}).encode())

    assert (status, found["subject"]) == (200, BOB)
    assert [one["name"] for one in found["worlds"]["special"]] == expected
    assert ("illness" in json.dumps(found)) is bool(expected)


async def test_special_topics_need_their_consent_whoever_asks(
    pages: aiohttp.ClientSession, worker: MemoryWorker
) -> None:
    """What was kept under a consent that is gone is shown to nobody."""
    profile = bob()
    profile.contact.consents.clear()
    worker.rows[BOB] = encode_row(profile)

    _, found = await ask(pages, json.dumps({"subject": BOB, "special": True}).encode())

    assert found["worlds"]["special"] == []


async def test_linked_subject_names_its_target(pages: aiohttp.ClientSession) -> None:
    """A link row is shown as a link; the reader follows it."""
    status, found = await lookup(pages, "device:d1")

    assert (status, found["kind"], found["target"]) == (200, "link", ANN)


async def test_unknown_subject_is_404(pages: aiohttp.ClientSession) -> None:
    """An owner that has no row says so, without repeating the identifier."""
    status, found = await lookup(pages, "customer:nobody")

    assert (status, found) == (404, {"error": "no profile of this subject"})


async def test_subject_of_another_worker_names_the_owner(
    pages: aiohttp.ClientSession, worker: MemoryWorker
) -> None:
    """421 tells the reader where to ask instead."""
    worker.elsewhere["customer:bob"] = NotOwned(partition=2)
    worker.owners[2] = "10.0.0.7:6066"

    status, found = await lookup(pages, "customer:bob")

    assert (status, found["partition"], found["owner"]) == (421, 2, "10.0.0.7:6066")


async def test_subject_of_nobody_has_no_owner(
    pages: aiohttp.ClientSession, worker: MemoryWorker
) -> None:
    """421 without an owner: ask again when the group has settled."""
    worker.elsewhere["customer:bob"] = NotOwned(partition=2)

    status, found = await lookup(pages, "customer:bob")

    assert (status, found["partition"], found["owner"]) == (421, 2, None)


async def test_restoring_partition_answers_503(
    pages: aiohttp.ClientSession, worker: MemoryWorker
) -> None:
    """Half a restored table must not pass for the profile."""
    worker.elsewhere[ANN] = Restoring(partition=3, progress="restoring 42 %")

    status, found = await lookup(pages, ANN)

    assert (status, found["error"]) == (
        503,
        "partition 3 is restoring 42 %; ask again when it is ready",
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b'{"subject": 7}',
        b'{"subject": ""}',
        b'{"subject": "ann"}',
        b'{"subject": "customer:"}',
        b'{"subject": "customer:ann", "depth": 2}',
        b'{"subject": "customer:ann", "special": "yes"}',
    ],
)
async def test_bad_lookup_is_400_with_one_sentence(
    pages: aiohttp.ClientSession, body: bytes
) -> None:
    """What cannot be understood is named, in one line."""
    status, found = await ask(pages, body)

    assert status == 400
    assert found["error"].startswith("reading the lookup: expected ")
    assert "\n" not in found["error"]


async def test_body_over_the_bound_is_refused(pages: aiohttp.ClientSession) -> None:
    """No lookup can make the worker hold a large body."""
    status, found = await ask(pages, b"x" * 5_000)

    said = "reading the request: expected a body of at most 4096 bytes, got more"
    assert (status, found) == (413, {"error": said})


async def test_lookup_by_get_is_refused(pages: aiohttp.ClientSession) -> None:
    """Identifiers in URLs end in logs; only POST looks up."""
    async with pages.get("/profile") as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "POST")
        assert await answer.json() == {"error": "this page takes POST, got GET"}


async def test_a_page_that_is_not_there_is_404_in_one_sentence(
    pages: aiohttp.ClientSession,
) -> None:
    """As all answers are JSON; what was asked for is not repeated."""
    async with pages.get("/profile/customer:1") as answer:
        assert (answer.status, answer.headers["Cache-Control"]) == (404, "no-store")
        said = "there is no such page; there are /healthz, /metrics, /profile, /readyz"
        assert await answer.json() == {"error": said}


async def test_a_subject_of_no_kind_is_refused_in_words(pages: aiohttp.ClientSession) -> None:
    """The form of a subject is told, not the pattern that checks it."""
    _, found = await lookup(pages, "ann")

    assert "at 'subject': expected kind:value, kind one of customer, card," in found["error"]
    assert "regex" not in found["error"]


async def test_readyz_is_200_when_all_partitions_are_restored(
    pages: aiohttp.ClientSession,
) -> None:
    """Ready means every assigned partition is."""
    async with pages.get("/readyz") as answer:
        assert answer.status == 200
        assert await answer.json() == {"ready": True, "partitions": {"0": "ready", "3": "ready"}}


async def test_readyz_is_503_while_a_partition_restores(
    pages: aiohttp.ClientSession, worker: MemoryWorker
) -> None:
    """One partition still restoring makes the worker not ready, and is named."""
    worker.states[3] = "restoring 42 %"

    async with pages.get("/readyz") as answer:
        assert answer.status == 503
        assert (await answer.json())["partitions"]["3"] == "restoring 42 %"


async def test_healthz_is_200_even_when_not_ready(
    pages: aiohttp.ClientSession, worker: MemoryWorker
) -> None:
    """A worker that restores for an hour is alive; killing it would start the hour again."""
    worker.states[3] = "restoring 42 %"

    async with pages.get("/healthz") as answer:
        assert answer.status == 200


async def test_metrics_are_in_prometheus_text(pages: aiohttp.ClientSession) -> None:
    """A scrape shows what was counted."""
    metrics.REBALANCES_TOTAL.labels("assigned").inc()

    async with pages.get("/metrics") as answer:
        text = await answer.text()

    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    assert 'streams_rebalances_total{kind="assigned"}' in text


async def test_port_in_use_is_a_setting_to_change(worker: MemoryWorker) -> None:
    """Two workers of one port: the second says which setting to change."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(ConfigError, match=f"127.0.0.1:{port}.*set STREAMS_HTTP_PORT"):
            await start_http(Settings(http_port=port), worker)


async def test_foreign_address_is_a_setting_to_change(worker: MemoryWorker) -> None:
    """An address of another machine cannot be bound."""
    with pytest.raises(ConfigError, match="set STREAMS_HTTP_HOST"):
        await start_http(Settings(http_host="192.0.2.1", http_port=0), worker)


async def test_pages_bind_to_loopback_by_default(worker: MemoryWorker) -> None:
    """Nobody else can look up a customer unless an operator says so."""
    runner: web.AppRunner = await start_http(Settings(http_port=0), worker)

    assert runner.addresses[0][0] == "127.0.0.1"
    await runner.cleanup()
