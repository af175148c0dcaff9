"""How a worker's process ends when it must not go on.

Faust's supervisor restarts a crashed agent and carries on behind it, which skips records. So an
error in fold, commit, restore or poll ends the process at once; nothing uncommitted survives it,
and Kafka delivers the records again.
"""

import logging
import os
import sys
import time
from typing import NoReturn

from streams.core.errors import ConfigError, FencedError, RestartError, StreamsError

log = logging.getLogger(__name__)

EXIT_RESTART = 1
EXIT_CONFIG = 2
# Two supervised workers of one name would fence each other in a tight loop; this slows it down.
FENCED_PAUSE_S = 3.0


def end_process(error: BaseException) -> NoReturn:
    """Say why on stderr and end the process, from any thread, without running anything else.

    Exit code 2 for a `ConfigError` (do not restart), 1 for all else (restart me).
    """
    code = EXIT_CONFIG if isinstance(error, ConfigError) else EXIT_RESTART
    if isinstance(error, StreamsError):
        log.error("worker ends: %s", error)
    else:
        log.error("worker ends: bug: %s", type(error).__name__, exc_info=error)
    cause = error.cause if isinstance(error, RestartError) else type(error).__name__
    os.write(2, f"streams: {cause_line(cause, error)}\n".encode())
    if isinstance(error, FencedError):
        time.sleep(FENCED_PAUSE_S)
    logging.shutdown()
    sys.stdout.flush()
    os._exit(code)


def cause_line(cause: str, error: BaseException) -> str:
    """One line for an operator: the error's own words, with its cause in front if not in them."""
    text = str(error) or cause
    return text if text.startswith(cause) or isinstance(error, ConfigError) else f"{cause}: {text}"
