"""The broker fixture itself: what it keeps, and that nothing outlives its parent."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient

from streams.core.errors import ConfigError
from tests.integration.broker import Broker, BrokerError


def test_restart_keeps_address_and_data(own_kafka: Broker) -> None:
    """A broker killed and started again answers at the same address with the same topics."""
    address = own_kafka.bootstrap
    producer = Producer({"bootstrap.servers": address})
    producer.produce("kept", b"value")
    assert producer.flush(10) == 0

    own_kafka.kill()
    own_kafka.start()

    admin = AdminClient({"bootstrap.servers": address})
    assert "kept" in admin.list_topics(timeout=10).topics


def test_broker_dies_with_its_parent(tmp_path: Path) -> None:
    """Kill -9 of the process that started a broker ends the broker too."""
    command = [sys.executable, "-m", "tests.integration.broker", "--directory", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        address = parent.stdout.readline()
        (child,) = psutil.Process(parent.pid).children()

        os.kill(parent.pid, signal.SIGKILL)

        psutil.wait_procs([child], timeout=5)
    assert address.startswith("kafka://127.0.0.1:")
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_sigterm_ends_a_broker_in_the_background(tmp_path: Path) -> None:
    """A shell starts what is put in the background with SIGINT ignored; SIGTERM must do."""
    module = [sys.executable, "-m", "tests.integration.broker", "--directory", str(tmp_path)]
    shell = ["sh", "-c", 'setsid "$@" & echo $!; wait', "sh", *module]
    with subprocess.Popen(shell, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        started = psutil.Process(int(parent.stdout.readline()))
        address = parent.stdout.readline()
        processes = [started, *started.children()]

        started.terminate()

        _, alive = psutil.wait_procs(processes, timeout=15)
        for one in alive:
            one.kill()
    assert address.startswith("kafka://127.0.0.1:")
    assert (len(processes), alive) == (2, [])


def test_broker_outlives_the_thread_that_started_it(own_kafka: Broker) -> None:
    """The kernel watches a thread, not a process: it must be one that stays."""
    starter = threading.Thread(target=own_kafka.restart)
    starter.start()
    starter.join()
    time.sleep(0.2)

    assert psutil.Process(own_kafka.pid).is_running()
    assert AdminClient({"bootstrap.servers": own_kafka.bootstrap}).list_topics(timeout=10).brokers


def test_broker_that_dies_says_why(tmp_path: Path) -> None:
    """A broker that ends at start is not waited for; its last words are in the error."""
    broker = Broker(tmp_path, props={"num.partitions": "0"})

    with pytest.raises(BrokerError, match=r"num\.partitions"):
        broker.start()


def test_missing_jars_name_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fixture downloads nothing behind the developer's back."""
    monkeypatch.setattr("tests.integration.broker.JARS", tmp_path)

    with pytest.raises(ConfigError, match="run `make setup`"):
        Broker(tmp_path / "broker").start()


def test_stop_ends_a_stopped_process(own_kafka: Broker) -> None:
    """stop() works on a broker that SIGSTOP froze, and leaves nothing behind."""
    child = psutil.Process(own_kafka.pid)
    os.kill(own_kafka.pid, signal.SIGSTOP)
    started = time.monotonic()

    own_kafka.stop()

    assert not child.is_running()
    assert time.monotonic() - started < 25
