"""What the pages of every long-running command have in common: bind, answer, metrics, health.

No customer identifier appears in a URL or a log line: who asks about somebody does so by POST.
Nothing here asks for a password, so pages bind to loopback unless told otherwise.
"""

import errno
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from aiohttp import web
from aiohttp.web_protocol import RequestPayloadError
from prometheus_client import REGISTRY, exposition

from streams.core.errors import ConfigError

log = logging.getLogger(__name__)

BODY_BYTES_MAX = 4_096
"""A subject has at most 213 characters; no request of ours comes near this."""
SHUTDOWN_S = 1.0
"""A page that is still being sent must not hold up the end of a process."""


def make_pages() -> web.Application:
    """Return an application with `/metrics` and `/healthz`; the rest is its owner's."""
    app = web.Application(client_max_size=BODY_BYTES_MAX, middlewares=[_in_json])
    app.router.add_get("/metrics", _metrics)
    app.router.add_get("/healthz", _healthz)
    return app


async def start_pages(app: web.Application, host: str, port: int, *, whose: str) -> web.AppRunner:
    """Serve `app` at `host:port` and return the runner; `cleanup()` ends it.

    Raises:
        ConfigError: the address cannot be bound; names the setting to change.
    """
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=SHUTDOWN_S)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        await runner.cleanup()
        problem = _bind_problem(f"binding the {whose}'s pages to {host}:{port}", error)
        raise ConfigError(problems=[problem]) from error
    log.info("pages are up", extra={"host": host, "port": bound_port(runner)})
    return runner


def bound_port(runner: web.AppRunner) -> int:
    """Return the port that `runner` listens on; the real one when the setting is 0."""
    port: int = runner.addresses[0][1]
    return port


async def body_of(request: web.Request) -> bytes:
    """Return the body of `request`, as its headers say that it is encoded.

    Raises:
        HTTPBadRequest: it is encoded otherwise, or was cut off.
    """
    try:
        return await request.read()
    except RequestPayloadError:
        why = "reading the request: expected a body as its headers say, got another"
        raise web.HTTPBadRequest(text=why) from None


def answer(status: int, value: Any) -> web.Response:
    """Return `value` as JSON that nobody may keep."""
    return answer_bytes(status, msgspec.json.encode(value))


def answer_bytes(status: int, body: bytes) -> web.Response:
    """Return JSON that is encoded already, and that nobody may keep."""
    return web.Response(
        status=status,
        body=body,
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


@web.middleware
async def _in_json(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer what aiohttp refuses by itself as all else is: JSON with one sentence."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        response = answer(error.status, {"error": _sentence(request, error)})
        if isinstance(error, web.HTTPMethodNotAllowed):
            response.headers["Allow"] = error.headers["Allow"]  # RFC 9110 asks for it
        return response


def _sentence(request: web.Request, error: web.HTTPException) -> str:
    if isinstance(error, web.HTTPNotFound):
        pages = sorted({one.canonical for one in request.app.router.resources()})
        return f"there is no such page; there are {', '.join(pages)}"
    if isinstance(error, web.HTTPMethodNotAllowed):
        asked = ", ".join(sorted(error.allowed_methods))
        return f"this page takes {asked}, got {error.method}"
    if isinstance(error, web.HTTPRequestEntityTooLarge):
        return f"reading the request: expected a body of at most {BODY_BYTES_MAX} bytes, got more"
    return " ".join((error.text or error.reason).split())


async def _metrics(request: web.Request) -> web.Response:
    encode, content_type = exposition.choose_encoder(request.headers.get("Accept", ""))
    return web.Response(body=encode(REGISTRY), headers={"Content-Type": content_type})


async def _healthz(_request: web.Request) -> web.Response:
    """Answer as long as the event loop lives; a broker that is away changes nothing."""
    return answer(200, {"status": "alive"})


def _bind_problem(doing: str, error: OSError) -> str:
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
