"""The broker fixture itself: what it keeps, and that nothing outlives its parent."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient

from tests.integration.broker import Broker


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


def test_stop_ends_a_stopped_process(own_kafka: Broker) -> None:
    """stop() works on a broker that SIGSTOP froze, and leaves nothing behind."""
    child = psutil.Process(own_kafka.pid)
    os.kill(own_kafka.pid, signal.SIGSTOP)
    started = time.monotonic()

    own_kafka.stop()

    assert not child.is_running()
    assert time.monotonic() - started < 25
