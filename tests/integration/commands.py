"""Running `streams` as an operator does: a process of its own, with settings from outside."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from confluent_kafka import Producer

from streams.config import Settings
from streams.kafka.topics import Admin, create
from streams.worker.topics import specs

ROOT = Path(__file__).parents[2]
COMMAND_MAX_S = 60.0


def make_topics(settings: Settings) -> Settings:
    """Make every topic of `settings` and return them."""
    create(Admin(settings), specs(settings), apply=True)
    return settings


def transactional(settings: Settings) -> Producer:
    """Return a producer that writes as a worker does."""
    producer = Producer(
        {
            "bootstrap.servers": settings.bootstrap_servers,
            "transactional.id": settings.application_id,
            "partitioner": "murmur2_random",
            "log_level": 2,
        }
    )
    producer.init_transactions(30)
    return producer


def start(
    settings: Settings, *arguments: str, changes: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start `streams ARGUMENTS`; `changes` are variables beside those of `settings`."""
    return subprocess.Popen(
        [sys.executable, "-m", "streams", *arguments],
        env=env_of(settings, changes),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def run(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run `streams ARGUMENTS` to its end."""
    process = start(settings, *arguments)
    try:
        out, error = process.communicate(timeout=COMMAND_MAX_S)
    finally:
        process.kill()
    return subprocess.CompletedProcess(process.args, process.returncode, out, error)


def env_of(settings: Settings, changes: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment that makes a command use `settings`."""
    names = ("broker_urls", "topic_prefix", "application_id", "state_dir", "offers_dir")
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("STREAMS_")},
        **{f"STREAMS_{name.upper()}": str(getattr(settings, name)) for name in names},
        **(changes or {}),
    }


def printed(done: subprocess.CompletedProcess[bytes]) -> str:
    """Return what a command that succeeded printed."""
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def failed(done: subprocess.CompletedProcess[bytes]) -> str:
    """Return the one sentence of a command that exited 1 and printed nothing else."""
    said = done.stderr.decode()
    assert (done.returncode, done.stdout, said.count("\n")) == (1, b"", 1), said
    return said
