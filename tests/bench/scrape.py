"""What a running worker says over HTTP: ready or not, and the value of a metric."""

import time
from http import HTTPStatus
from http.client import HTTPConnection

from prometheus_client.parser import text_string_to_metric_families

from tests.bench.children import Child, ChildError

READY_S = 120.0
POLL_S = 0.02


def get(port: int, path: str) -> tuple[int, str]:
    """Status and text of `path` on loopback; status 0 while nobody listens there."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except OSError:
        return 0, ""
    finally:
        connection.close()


def metric(port: int, name: str) -> float:
    """The sum of all samples called `name`; 0 while nobody listens."""
    status, text = get(port, "/metrics")
    if status != HTTPStatus.OK:
        return 0.0
    families = text_string_to_metric_families(text)
    return sum(one.value for family in families for one in family.samples if one.name == name)


def wait_ready(child: Child, port: int) -> None:
    """Return once /readyz says yes.

    Raises:
        ChildError: it never did.
    """
    deadline = time.monotonic() + READY_S
    while get(port, "/readyz")[0] != HTTPStatus.OK:
        child.check()
        if time.monotonic() > deadline:
            raise ChildError(child, what=f"was not ready after {READY_S:.0f} s")
        time.sleep(POLL_S)
