"""Log lines of a worker: time, level, fixed text, then fields as key=value, on stderr."""

import logging
import sys

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class _Fields(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        fields = [f"{name}={value}" for name, value in vars(record).items() if name not in _OWN]
        return " ".join([line, *fields])


def configure() -> None:
    """Send INFO and above to stderr; Faust and its parts only from WARNING on.

    Never DEBUG on the root: Faust and librdkafka log every record there.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Fields("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in ("faust", "mode", "aiokafka", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
