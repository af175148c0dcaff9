"""Asking a running worker for one row, over its pages."""

import http.client
import json

import msgspec

from streams.core.errors import RestartError
from streams.core.genome.genome import Shown
from streams.kafka.group import Member

ANSWER_MAX_S = 5.0
_DECODER: msgspec.json.Decoder[Shown] = msgspec.json.Decoder(Shown)


def ask(worker: Member, subject: str, *, special: bool = False) -> Shown | None:
    """Return what `worker` knows of `subject`, None when it knows nothing.

    `special` asks for special categories too: on the customer's own behalf, and for nobody else.

    Raises:
        RestartError: it does not answer, does not own the subject (any more), or is restoring.
    """
    doing = f"asking worker {worker.name} at {worker.address}"
    if worker.port is None:
        what = f"{doing}: its client id does not say where its pages are"
        raise RestartError(cause="worker silent", what=what)
    pages = http.client.HTTPConnection(worker.host, worker.port, timeout=ANSWER_MAX_S)
    try:
        pages.request("POST", "/profile", json.dumps({"subject": subject, "special": special}))
        answer = pages.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException) as error:
        what = f"{doing}: {error or type(error).__name__}; {_remedy(worker)}"
        raise RestartError(cause="worker silent", what=what) from error
    finally:
        pages.close()
    match answer.status:
        case http.client.OK:
            return _shown(doing, body)
        case http.client.NOT_FOUND:
            return None
        case http.client.MISDIRECTED_REQUEST:
            what = f"{doing}: another worker owns this subject by now; ask again"
            raise RestartError(cause="partition moved", what=what)
        case _:
            what = f"{doing}: {answer.status} {_error(body)}"
            raise RestartError(cause="worker refused", what=what)


def _shown(doing: str, body: bytes) -> Shown:
    try:
        return _DECODER.decode(body)
    except msgspec.DecodeError as error:
        what = f"{doing}: {error}; use the streams command of the worker's release"
        raise RestartError(cause="worker answered in other words", what=what) from error


def _error(body: bytes) -> str:
    try:
        found = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        return msgspec.json.decode(found["error"], type=str)
    except (msgspec.DecodeError, KeyError):
        return "without a reason"


def _remedy(worker: Member) -> str:
    if worker.host in ("127.0.0.1", "localhost", "::1"):
        return "its pages are bound to loopback: run this command on its machine"
    return "is its machine reachable from here?"
