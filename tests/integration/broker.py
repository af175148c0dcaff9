"""One Apache Kafka broker as a child process: KRaft, one node, for tests and for `make kafka`.

Nothing outlives the process that started it, not even under kill -9: the kernel kills the broker
with its parent (Linux), and every normal way out stops it.
"""

import argparse
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from streams.core.errors import ConfigError
from tests.integration.child import spawn

JARS = Path(__file__).parents[2] / "build" / "kafka"
START_MAX_S = 60.0
STOP_MAX_S = 20.0
# Kafka's own garbage collector settings; small enough that several brokers fit one machine.
JVM = ("-Xms256m", "-Xmx640m", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20")


class Bootstrap(Protocol):
    """Any broker, ours or another: all that most tests need."""

    @property
    def bootstrap(self) -> str:
        """Host:port, as in `bootstrap.servers`."""


class BrokerError(Exception):
    """The broker did not start."""

    def __init__(self, *, what: str, log: str) -> None:
        """`log` is what the broker said last."""
        self.what = what
        self.log = log
        super().__init__(f"{what}\n{log}")


@dataclass(frozen=True)
class OtherBroker:
    """A broker that somebody else runs."""

    bootstrap: str


class Broker:
    """One broker; its directory keeps data, settings and `broker.log` between starts."""

    def __init__(
        self,
        directory: Path,
        *,
        port: int | None = None,
        props: Mapping[str, str] | None = None,
        jvm: tuple[str, ...] = JVM,
    ) -> None:
        """Choose ports; `props` are broker properties that replace the defaults."""
        self.directory = directory
        self.port = port or free_port()
        self.controller_port = free_port()
        self.props = dict(props or {})
        self.jvm = jvm
        self.log = directory / "broker.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap(self) -> str:
        """Host:port, as in `bootstrap.servers`; stays the same over restarts."""
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The broker's process id, for signals such as SIGSTOP."""
        assert self._process is not None, "the broker was not started"
        return self._process.pid

    def start(self) -> None:
        """Start and wait until the broker answers an admin client.

        Raises:
            ConfigError: the jars were not fetched.
            BrokerError: the broker died or took too long; holds its last log lines.
        """
        assert self._process is None, "the broker is running already"
        if not any(JARS.glob("kafka_*.jar")):
            raise ConfigError(problems=[f"Apache Kafka's jars are not in {JARS}; run `make setup`"])
        self.directory.mkdir(parents=True, exist_ok=True)
        config = self._write_config()
        if not (self.directory / "data" / "meta.properties").exists():
            self._format(config)
        with self.log.open("ab") as log:
            command = [*self._java("kafka.Kafka", *self.jvm), str(config)]
            self._process = spawn(command, stdout=log, stderr=log)
        try:
            self._wait_ready()
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """End the broker in good order, or by force after `STOP_MAX_S`."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGCONT)  # a stopped process would never see SIGTERM
        self._process.terminate()
        try:
            self._process.wait(STOP_MAX_S)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self) -> None:
        """End the broker at once, as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        """Stop in good order and start again with the same ports and data."""
        self.stop()
        self.start()

    def wait(self) -> int:
        """Wait until the broker ends by itself and return its exit code."""
        assert self._process is not None, "the broker was not started"
        return self._process.wait()

    def remove(self) -> None:
        """End the broker and delete its data; settings and log stay."""
        self.kill()
        shutil.rmtree(self.directory / "data", ignore_errors=True)

    def _java(self, main: str, *flags: str) -> list[str]:
        java = shutil.which("java")
        if java is None:
            raise ConfigError(
                problems=["Apache Kafka needs Java 17; apt-get install openjdk-17-jre-headless"]
            )
        logging = "-Dorg.slf4j.simpleLogger.showDateTime=true"
        return [java, *flags, logging, "-cp", f"{JARS}/*", main]

    def _write_config(self) -> Path:
        properties = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@127.0.0.1:{self.controller_port}",
            "controller.listener.names": "CONTROLLER",
            "listeners": (
                f"PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{self.controller_port}"
            ),
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self.port}",
            "log.dirs": str(self.directory / "data"),
            **DEFAULTS,
            **self.props,
        }
        config = self.directory / "server.properties"
        config.write_text("".join(f"{name}={value}\n" for name, value in properties.items()))
        return config

    def _format(self, config: Path) -> None:
        cluster_id = uuid.uuid4().hex[:22]  # hexadecimal: an id that starts with a dash breaks
        done = subprocess.run(
            [
                *self._java("kafka.tools.StorageTool", "-XX:TieredStopAtLevel=1"),
                *("format", f"--cluster-id={cluster_id}", "-c", str(config)),
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=START_MAX_S,
            check=False,
        )
        if done.returncode:
            raise BrokerError(what="formatting the broker's storage", log=done.stdout + done.stderr)

    def _wait_ready(self) -> None:
        deadline = time.monotonic() + START_MAX_S
        while not (self._listening() and self._answering()):
            assert self._process is not None
            if self._process.poll() is not None:
                code = self._process.returncode
                raise BrokerError(what=f"the broker ended with {code}", log=self._last_lines())
            if time.monotonic() > deadline:
                what = f"the broker did not answer within {START_MAX_S:.0f} s"
                raise BrokerError(what=what, log=self._last_lines())
            time.sleep(0.05)

    def _listening(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def _answering(self) -> bool:
        admin = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})
        try:
            return bool(admin.list_topics(timeout=2).brokers)
        except KafkaException:
            return False

    def _last_lines(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-30:])


DEFAULTS = {
    "num.partitions": "1",
    "auto.create.topics.enable": "true",  # as in most brokers; we must not depend on it
    "offsets.topic.num.partitions": "4",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "broker.session.timeout.ms": "2000",  # a killed broker may come back only after this
    "broker.heartbeat.interval.ms": "500",
    "group.min.session.timeout.ms": "1000",
    "log.cleaner.dedupe.buffer.size": "2097152",  # the default takes 128 MiB of the heap
    "log.index.size.max.bytes": "1048576",
}


def free_port() -> int:
    """Return a TCP port that nothing listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main(argv: list[str] | None = None) -> int:
    """Run one broker in the foreground until Ctrl-C or SIGTERM; print its address."""
    parser = argparse.ArgumentParser(prog="python -m tests.integration.broker", description=__doc__)
    parser.add_argument("--port", type=int, help="default: 9092, or any free one if that is taken")
    parser.add_argument("--directory", type=Path, help="keeps the data; default: a temporary one")
    args = parser.parse_args(argv)
    # Not by raising SIGINT: a shell starts what runs in the background with SIGINT ignored.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="kafka-") as temporary:
        broker = Broker(args.directory or Path(temporary), port=args.port or _usual_port())
        try:
            broker.start()
            print(f"kafka://{broker.bootstrap}", flush=True)
            print(f"log: {broker.log}; Ctrl-C stops it", file=sys.stderr)
            return broker.wait()
        except KeyboardInterrupt:
            return 0
        except (ConfigError, BrokerError) as error:
            print(error, file=sys.stderr)
            return 2 if isinstance(error, ConfigError) else 1
        finally:
            broker.stop()


def _usual_port() -> int | None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", 9092))
        except OSError:
            return None
        return 9092


if __name__ == "__main__":
    sys.exit(main())
