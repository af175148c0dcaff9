"""The worker's pages: metrics, health, readiness and the lookup of one profile.

Served inside the worker's event loop. No customer identifier appears in a URL or a log line: the
lookup is a POST. Nothing here asks for a password, so the pages bind to loopback unless told
otherwise, and a lookup reads and never writes.
"""

import errno
import logging
import time
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
from aiohttp import web
from prometheus_client import REGISTRY, exposition

from streams.config import Settings
from streams.core.errors import ConfigError
from streams.core.genome.background import Background
from streams.core.genome.genome import Shown
from streams.core.kinds.bounds import Subject
from streams.worker.showing import show_row

log = logging.getLogger(__name__)

BODY_BYTES_MAX = 4_096
"""A subject has at most 213 characters; anything longer is not a lookup."""
SHUTDOWN_S = 1.0
"""A page that is still being sent must not hold up the end of a worker."""

JSON = dict[str, Any]


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
    app = web.Application(client_max_size=BODY_BYTES_MAX)
    pages = _Pages(inspected)
    app.router.add_get("/metrics", pages.metrics)
    app.router.add_get("/healthz", pages.healthz)
    app.router.add_get("/readyz", pages.readyz)
    app.router.add_post("/profile", pages.profile)
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=SHUTDOWN_S)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.http_host, settings.http_port).start()
    except OSError as error:
        await runner.cleanup()
        raise ConfigError(problems=[_bind_problem(settings, error)]) from error
    log.info("pages are up", extra={"host": settings.http_host, "port": bound_port(runner)})
    return runner


def bound_port(runner: web.AppRunner) -> int:
    """Return the port that `runner` listens on; the real one when the setting is 0."""
    port: int = runner.addresses[0][1]
    return port


class _Pages:
    """The handlers, on one worker."""

    def __init__(self, inspected: Inspected) -> None:
        self._inspected = inspected

    async def metrics(self, request: web.Request) -> web.Response:
        encode, content_type = exposition.choose_encoder(request.headers.get("Accept", ""))
        return web.Response(body=encode(REGISTRY), headers={"Content-Type": content_type})

    async def healthz(self, _request: web.Request) -> web.Response:
        """Answer as long as the event loop lives; a broker that is away changes nothing."""
        return _answer(200, {"status": "alive"})

    async def readyz(self, _request: web.Request) -> web.Response:
        ready, partitions = self._inspected.ready()
        states = {str(number): partitions[number] for number in sorted(partitions)}
        return _answer(200 if ready else 503, {"ready": ready, "partitions": states})

    async def profile(self, request: web.Request) -> web.Response:
        try:
            lookup = _lookup(await request.read())
        except _LookupError as error:
            return _answer(400, {"error": str(error)})
        match self._inspected.find(lookup.subject):
            case None:
                return _answer(404, {"error": "no profile of this subject"})
            case NotOwned(partition=partition):
                return _answer(
                    421,
                    {
                        "error": "another worker owns this subject",
                        "partition": partition,
                        "owner": await self._inspected.owner(partition),
                    },
                )
            case Restoring(partition=partition, progress=progress):
                return _answer(
                    503,
                    {
                        "error": f"partition {partition} is {progress}; ask again when it is ready",
                        "partition": partition,
                    },
                )
            case bytes() as row:
                background, now_ms = self._inspected.background(), time.time_ns() // 1_000_000
                return _answer(200, show_row(row, background, now_ms, special=lookup.special))


def _lookup(body: bytes) -> _Lookup:
    try:
        return msgspec.json.decode(body, type=_Lookup)
    except msgspec.DecodeError as error:
        what = f'reading the lookup: expected {{"subject": "customer:1"}}, got {error}'
        raise _LookupError(what) from None


def _answer(status: int, value: JSON | Shown) -> web.Response:
    return web.Response(
        status=status,
        body=msgspec.json.encode(value),
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def _bind_problem(settings: Settings, error: OSError) -> str:
    doing = f"binding the worker's pages to {settings.http_host}:{settings.http_port}"
    if error.errno == errno.EADDRINUSE:
        return (
            f"{doing}: expected a free port, got one in use; "
            "set STREAMS_HTTP_PORT to another one, or to 0 for any free one"
        )
    if error.errno == errno.EACCES:
        return f"{doing}: not permitted; set STREAMS_HTTP_PORT to a port above 1023"
    return (
        f"{doing}: {error.strerror or error}; set STREAMS_HTTP_HOST to an address of this machine"
    )
