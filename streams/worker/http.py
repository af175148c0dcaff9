"""The worker's pages: readiness and the lookup of one profile, beside what all pages have.

Served inside the worker's event loop. A lookup reads and never writes.
"""

import time
from dataclasses import dataclass
from typing import Protocol

import msgspec
from aiohttp import web

from streams.codec.reasons import in_words
from streams.config import Settings
from streams.core.genome.background import Background
from streams.core.kinds.bounds import Subject
from streams.pages import answer, body_of, make_pages, start_pages
from streams.worker.showing import show_row


@dataclass(frozen=True, slots=True, kw_only=True)
class NotOwned:
    """This worker does not own the subject's partition."""

    partition: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Restoring:
    """The subject's partition is still being read from the changelog: a row may be old."""

    partition: int
    progress: str


class Inspected(Protocol):
    """What the pages need to know of the worker."""

    def ready(self) -> tuple[bool, dict[int, str]]:
        """Return whether all assigned partitions are restored, and partition -> state."""

    def find(self, subject: str) -> bytes | NotOwned | Restoring | None:
        """Return the stored row of `subject`, None when there is none."""

    def background(self) -> Background:
        """Return what profiles are read against, with the versions adopted by now."""

    async def owner(self, partition: int) -> str | None:
        """Return `host:port` of the other worker that owns `partition`, None if nobody can tell."""


class _Lookup(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a profile lookup."""

    subject: Subject
    special: bool = False
    """Special categories too: for the customer themselves."""


class _LookupError(ValueError):
    """A lookup cannot be understood; the text is one sentence for its sender."""


async def start_http(settings: Settings, inspected: Inspected) -> web.AppRunner:
    """Serve the pages at `http_host:http_port` and return the runner; `cleanup()` ends it.

    Raises:
        ConfigError: the address cannot be bound; names the setting to change.
    """
    app = make_pages()
    pages = _Pages(inspected)
    app.router.add_get("/readyz", pages.readyz)
    app.router.add_post("/profile", pages.profile)
    return await start_pages(app, settings.http_host, settings.http_port, whose="worker")


class _Pages:
    """The handlers, on one worker."""

    def __init__(self, inspected: Inspected) -> None:
        self._inspected = inspected

    async def readyz(self, _request: web.Request) -> web.Response:
        ready, partitions = self._inspected.ready()
        states = {str(number): partitions[number] for number in sorted(partitions)}
        return answer(200 if ready else 503, {"ready": ready, "partitions": states})

    async def profile(self, request: web.Request) -> web.Response:
        try:
            lookup = _lookup(await body_of(request))
        except _LookupError as error:
            return answer(400, {"error": str(error)})
        match self._inspected.find(lookup.subject):
            case None:
                return answer(404, {"error": "no profile of this subject"})
            case NotOwned(partition=partition):
                return answer(
                    421,
                    {
                        "error": "another worker owns this subject",
                        "partition": partition,
                        "owner": await self._inspected.owner(partition),
                    },
                )
            case Restoring(partition=partition, progress=progress):
                return answer(
                    503,
                    {
                        "error": f"partition {partition} is {progress}; ask again when it is ready",
                        "partition": partition,
                    },
                )
            case bytes() as row:
                background, now_ms = self._inspected.background(), time.time_ns() // 1_000_000
                return answer(200, show_row(row, background, now_ms, special=lookup.special))


def _lookup(body: bytes) -> _Lookup:
    try:
        return msgspec.json.decode(body, type=_Lookup)
    except msgspec.DecodeError as error:
        what = f'reading the lookup: expected {{"subject": "customer:1"}}; {in_words(error)}'
        raise _LookupError(what) from None
