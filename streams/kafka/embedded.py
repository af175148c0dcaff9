"""The embedded broker of the demo: librdkafka's mock cluster, in memory, in a process of its own.

It is not Kafka. What was found with librdkafka 2.16, each with a test:
- Consumer groups work; a group forms at once, but a change of members takes the session timeout
  less a second, and a member that waits for it gets no other answer meanwhile.
- Transactions are accepted and mean nothing: readers see the records of open and aborted ones, a
  second producer of the same id does not fence the first, and offsets sent within a transaction
  are forgotten (commit them plainly too).
- Topics have no properties; records keep the producer's time; groups cannot be described, and the
  admin calls for configs and topic ids are never answered. A topic made by asking for it has
  4 partitions, so make all topics with `EmbeddedBroker.create`.
- A partition silently drops its oldest batches beyond `PARTITION_BYTES_MAX` (as stored, so
  compressed) or `PARTITION_BATCHES_MAX`: feed it no faster than it is read.
- Nothing is kept when it ends, and it ends with the process that started it, however that ends.
"""

import contextlib
import ctypes
import os
import re
import select
import subprocess
import sys
from collections.abc import Mapping
from importlib import metadata
from typing import Self

from streams.core.errors import ConfigError, RestartError

PARTITION_BYTES_MAX = 5 * 1024 * 1024
PARTITION_BATCHES_MAX = 100_000
ANSWER_MAX_S = 10.0
STOP_MAX_S = 5.0
WATCH_S = 1.0
PRODUCER = 0  # rd_kafka_type_t
ERROR_BYTES = 512
TOPIC = re.compile(r"[a-zA-Z0-9._-]{1,249}")


class EmbeddedBroker:
    """The child process and its address; use it as a context manager, or start() and stop()."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._process: subprocess.Popen[str] | None = None
        self._bootstrap = ""

    def __enter__(self) -> Self:
        """Start the broker."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the broker."""
        self.stop()

    @property
    def bootstrap(self) -> str:
        """Host:port, as in `bootstrap.servers`; another one after each start."""
        assert self._bootstrap, "the embedded broker was not started"
        return self._bootstrap

    @property
    def pid(self) -> int:
        """The process id of the child."""
        assert self._process is not None, "the embedded broker was not started"
        return self._process.pid

    def start(self) -> None:
        """Start the child and wait for its address.

        Raises:
            RestartError: the child ended or did not answer.
        """
        assert self._process is None, "the embedded broker runs already"
        self._process = subprocess.Popen(  # noqa: S603  # this very module
            [sys.executable, "-m", "streams.kafka.embedded", str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is for the parent, which stops its workers first
        )
        self._bootstrap = self._answer("starting the embedded broker")

    def create(self, partitions: Mapping[str, int]) -> None:
        """Make the topics of `partitions`, name -> count, that do not exist.

        Raises:
            ConfigError: a name is not one Kafka would take, or a count not above 0.
            RestartError: the child ended or did not answer.
        """
        assert self._process is not None, "the embedded broker was not started"
        assert self._process.stdin is not None
        for name, count in partitions.items():
            if not TOPIC.fullmatch(name) or count < 1:
                raise ConfigError(problems=[f"topic {name!r} with {count} partitions: not allowed"])
            with contextlib.suppress(BrokenPipeError):  # the answer says that the child ended
                self._process.stdin.write(f"{name} {count}\n")
                self._process.stdin.flush()
            self._answer(f"making topic {name} on the embedded broker")

    def stop(self) -> None:
        """End the child; everything in it is gone."""
        if self._process is None:
            return
        with self._process as process:  # closes the pipes, which ends the child
            with contextlib.suppress(BrokenPipeError, subprocess.TimeoutExpired):
                process.communicate(timeout=STOP_MAX_S)
            process.kill()
        self._process = None
        self._bootstrap = ""

    def _answer(self, what: str) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], ANSWER_MAX_S)
        line = self._process.stdout.readline().strip() if ready else ""
        if not line:
            self.stop()
            raise RestartError(cause="embedded broker", what=f"{what}: it ended or is stuck")
        return line


def main(parent: int) -> int:
    """Be the child: print the address, then make a topic for each line, until the parent ends."""
    library = _library()
    error = ctypes.create_string_buffer(ERROR_BYTES)
    properties = library.rd_kafka_conf_new()
    library.rd_kafka_conf_set(properties, b"log_level", b"3", error, ERROR_BYTES)
    handle = library.rd_kafka_new(PRODUCER, properties, error, ERROR_BYTES)
    cluster = library.rd_kafka_mock_cluster_new(handle, 1)
    # A group's first rebalance waits this long for more members: 3 s by default.
    library.rd_kafka_mock_group_initial_rebalance_delay_ms(cluster, 0)
    _tell(library.rd_kafka_mock_cluster_bootstraps(cluster).decode())
    while os.getppid() == parent:
        ready, _, _ = select.select([sys.stdin], [], [], WATCH_S)
        line = sys.stdin.readline() if ready else None
        if line == "":  # the parent closed the pipe or died
            break
        if line:
            name, count = line.split()
            library.rd_kafka_mock_topic_create(cluster, name.encode(), int(count), 1)
            _tell("made")
    # The process ends here with all of it; destroying the cluster would only wait for its clients.
    return 0


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _library() -> ctypes.CDLL:
    """Return librdkafka as confluent-kafka brings it, the functions used here declared."""
    files = metadata.files("confluent-kafka") or []
    paths = [str(one.locate()) for one in files if re.match(r"librdkafka[-.]", one.name)]
    if not paths:
        problem = "the embedded broker needs confluent-kafka as a wheel from PyPI, which brings "
        raise ConfigError(problems=[problem + "librdkafka; reinstall it with pip"])
    library = ctypes.CDLL(paths[0])
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    declared = {
        "rd_kafka_conf_new": (pointer, []),
        "rd_kafka_conf_set": (number, [pointer, text, text, text, ctypes.c_size_t]),
        "rd_kafka_new": (pointer, [number, pointer, text, ctypes.c_size_t]),
        "rd_kafka_mock_cluster_new": (pointer, [pointer, number]),
        "rd_kafka_mock_cluster_bootstraps": (text, [pointer]),
        "rd_kafka_mock_group_initial_rebalance_delay_ms": (None, [pointer, ctypes.c_int32]),
        "rd_kafka_mock_topic_create": (number, [pointer, text, number, number]),
    }
    for name, (result, arguments) in declared.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
