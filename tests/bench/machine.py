"""What a figure was measured on: a number without its machine means nothing."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

import confluent_kafka
import psutil

MIB = 1 << 20


def describe() -> dict[str, str]:
    """The machine and the versions that decide the figures, name -> text."""
    return {
        "cores": str(os.cpu_count()),
        "cpu": _cpu_model(),
        "memory": f"{psutil.virtual_memory().total // MIB} MiB",
        "kernel": platform.release(),
        "python": platform.python_version(),
        "librdkafka": confluent_kafka.libversion()[0],
        "confluent-kafka": version("confluent-kafka"),
        "faust-streaming": version("faust-streaming"),
        "rocksdict": version("rocksdict"),
        "kafka": _kafka_version(),
        "load before": f"{os.getloadavg()[0]:.2f}",
    }


def sentence(machine: dict[str, str]) -> str:
    """`describe()` as one line for under a table."""
    return ", ".join(f"{name} {text}" for name, text in machine.items())


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _kafka_version() -> str:
    """Version in the name of the server's jar; unknown when the broker is not ours."""
    jars = Path(__file__).resolve().parents[2] / "build" / "kafka"
    found = sorted(jars.glob("kafka_2.13-*.jar"))
    return found[0].stem.removeprefix("kafka_2.13-") if found else "unknown"
