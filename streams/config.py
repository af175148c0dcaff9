"""Settings: read once from the environment, checked whole, frozen.

Every variable is documented on its field below, once. Nothing else reads the environment.
A variable is STREAMS_ plus the field's name in upper case; STREAMS_KAFKA_* is passed through to
librdkafka (STREAMS_KAFKA_SASL_PASSWORD becomes `sasl.password`).
"""

import difflib
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from streams.core.errors import ConfigError

PREFIX = "STREAMS_"
KAFKA_PREFIX = "STREAMS_KAFKA_"
TEST_PREFIX = "STREAMS_TEST_"  # read by the tests alone
# What an operator may set in librdkafka; nothing else passes through.
KAFKA_ALLOWED = (
    "security.",
    "sasl.",
    "ssl.",
    "client.rack",
    "client.dns.lookup",
    "broker.address.",
    "socket.",
    "connections.",
    "reconnect.",
    "enable.ssl.",
    "https.ca.",
    "debug",
)
# What is ours to set there: the guarantees rest on it.
KAFKA_PROTECTED = (
    "acks",
    "allow.auto.create.",
    "auto.",
    "bootstrap.",
    "delivery.timeout.",
    "enable.auto.",
    "enable.gapless.",
    "enable.idempotence",
    "enable.partition.",
    "group.",
    "heartbeat.",
    "isolation.",
    "max.in.flight",
    "max.poll.",
    "message.",
    "metadata.broker.",
    "partition",
    "request.required.",
    "retries",
    "session.",
    "transaction",
)
# Kafka takes these in topic names; a changelog's suffix must still fit into its 249.
NAME_MAX = 100
NAME = re.compile(rf"[a-zA-Z0-9._-]{{1,{NAME_MAX}}}")
# host:port as librdkafka takes it, an IPv6 address in brackets. It reads a port modulo 65536, and
# another scheme as a host that never answers.
ADDRESS = re.compile(r"(\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9._-]+):([0-9]{1,5})")
PORT_MAX = 65_535
SECRET_WORDS = ("password", "secret", "token", "key")


def _setting(
    default: Any,
    *,
    minimum: int | None = None,
    maximum: int | None = None,
    choices: tuple[str, ...] = (),
    name: bool = False,
) -> Any:
    limits = {"minimum": minimum, "maximum": maximum, "choices": choices, "name": name}
    if callable(default):
        return field(default_factory=default, metadata=limits)
    return field(default=default, metadata=limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of a worker and of the commands; times in ms, sizes in bytes."""

    broker_urls: str = "kafka://localhost:9092"
    """Brokers, separated by commas, as `kafka://host:port`."""
    broker_kind: str = _setting("kafka", choices=("kafka", "embedded"))
    """`embedded` is the in-memory broker of the demo: no fencing, not exactly once."""
    application_id: str = _setting("streams", name=True)
    """Consumer group, prefix of the changelog topic and of transactional ids."""
    topic_prefix: str = _setting("", name=True)
    """Put before every topic name but the changelog's: several deployments on one cluster."""
    worker_name: str = _setting(socket.gethostname, name=True)
    """Stable name of this worker; two running workers must not share it."""
    state_dir: Path = Path("state")
    """Directory of the RocksDB tables; one worker's own."""
    offers_dir: Path = Path("deploy/offers")
    """Directory with the offer catalogue and the contact policy, as YAML."""
    lexicon_dir: Path = Path("deploy/lexicon")
    """Directory with the lexicon, as YAML: topics, names, values and special topics of texts."""
    shadow_offers_dir: str = ""
    """Directory of a candidate's offers and contact policy: it decides beside the live one, into
    decision.shadow.v1, and sends nothing. A version that was published as shadow goes before it."""
    shadow_share_percent: int = _setting(100, minimum=1, maximum=100)
    """Percent of the subjects whose decisions have a shadow: each costs as much as a decision."""
    http_host: str = "127.0.0.1"
    """Address that /metrics, /healthz, /readyz and profile lookup bind to."""
    http_port: int = _setting(6066, minimum=0, maximum=65535)
    """Port of the same; 0 takes any free one and logs it."""
    partitions: int = _setting(4, minimum=1, maximum=10_000)
    """Partitions that `streams topics create` gives every topic that is keyed by subject."""
    replication_factor: int = _setting(1, minimum=1, maximum=10)
    """Replicas that `streams topics create` asks for; 3 in production."""
    retention_ms: int = _setting(7 * 86_400_000, minimum=60_000)
    """Retention of event, offer, decision and dead-letter topics."""
    record_bytes_max: int = _setting(262_144, minimum=1_024, maximum=16_777_216)
    """Largest source record value that is folded; a larger one is a dead letter."""
    profile_bytes_max: int = _setting(262_144, minimum=16_384, maximum=1_048_576)
    """Hard bound of one encoded profile."""
    decision_clock: str = _setting("append", choices=("append", "event"))
    """`append`: broker append time of the cause. `event`: event time, for old data."""
    lateness_max_ms: int = _setting(400 * 86_400_000, minimum=0)
    """An event this much older than the decision clock is late: counted, not folded."""
    future_max_ms: int = _setting(300_000, minimum=0)
    """An event this much younger than its append time is a dead letter."""
    unit_events_max: int = _setting(8_000, minimum=1, maximum=1_000_000)
    """A transaction is committed after this many events,"""
    unit_age_max_ms: int = _setting(400, minimum=1, maximum=5_000)
    """after this long,"""
    unit_bytes_max: int = _setting(33_554_432, minimum=1_048_576, maximum=50_331_648)
    """or after this many produced bytes; and whenever the input runs dry."""
    session_timeout_ms: int = _setting(6_000, minimum=1_000, maximum=300_000)
    """A worker silent for this long loses its partitions."""
    max_poll_interval_ms: int = _setting(300_000, minimum=6_000, maximum=86_400_000)
    """librdkafka's max.poll.interval.ms; the poll thread never comes near it."""
    transaction_timeout_ms: int = _setting(10_000, minimum=1_000, maximum=900_000)
    """The broker ends a dead worker's transaction after this; readers wait for it so long."""
    stall_max_ms: int = _setting(60_000, minimum=5_000)
    """The watchdog ends a worker whose ready partitions have lag and no commit for this long."""
    checkpoint_age_max_ms: int = _setting(43_200_000, minimum=1_000)
    """A local table older than this is rebuilt: half of the changelog's delete.retention.ms."""
    products_max: int = _setting(200_000, minimum=1, maximum=10_000_000)
    """Products in one version of the catalogue; a larger version is refused, the last one stays.
    About 250 bytes of memory each, and 150 more for each of up to three further versions."""
    kafka: Mapping[str, str] = field(default_factory=dict)
    """Security and network properties for librdkafka, from STREAMS_KAFKA_*."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Read all STREAMS_* variables of `env`.

        Raises:
            ConfigError: naming every unknown variable and every value out of range.
        """
        problems: list[str] = []
        values: dict[str, Any] = {}
        known = {PREFIX + one.name.upper(): one for one in fields(cls) if one.name != "kafka"}
        for name, text in sorted(env.items()):
            if not name.startswith(PREFIX) or name.startswith((KAFKA_PREFIX, TEST_PREFIX)):
                continue
            if name not in known:
                problems.append(_unknown(name, sorted(known)))
                continue
            _read(name, text, known[name], values, problems)
        values["kafka"] = _passthrough(env, problems)
        if problems:
            raise ConfigError(problems=problems)
        return cls(**values)

    @property
    def bootstrap_servers(self) -> str:
        """`broker_urls` as librdkafka wants them: host:port, separated by commas."""
        return bootstrap(self.broker_urls)

    @property
    def changelog_topic(self) -> str:
        """The compacted topic that rebuilds the profile table."""
        return f"{self.application_id}-profile-changelog"

    def masked(self) -> dict[str, str]:
        """All settings as text, secrets masked; safe to log."""
        shown = {
            one.name: str(getattr(self, one.name)) for one in fields(self) if one.name != "kafka"
        }
        for name, value in self.kafka.items():
            secret = any(word in name for word in SECRET_WORDS)
            shown[f"kafka.{name}"] = "***" if secret else value
        return shown


def bootstrap(urls: str) -> str:
    """`kafka://a:9092,kafka://b` -> `a:9092,b:9092`."""
    servers = [one.strip().removeprefix("kafka://").rstrip("/") for one in urls.split(",")]
    return ",".join(one if ":" in one else f"{one}:9092" for one in servers if one)


def _wrong_address(urls: str) -> str | None:
    for one in bootstrap(urls).split(","):
        found = ADDRESS.fullmatch(one)
        if found is None or not 0 < int(found[2]) <= PORT_MAX:
            return one
    return None


def _unknown(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    remedy = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
    return f"{name} is not a setting; {remedy}"


def _read(name: str, text: str, one: Any, values: dict[str, Any], problems: list[str]) -> None:
    if not text.strip():
        problems.append(f"{name} is empty; unset it to use the default, or give it a value")
    elif one.type is int:
        _read_number(name, text, one, values, problems)
    elif choices := one.metadata.get("choices", ()):
        if text not in choices:
            problems.append(f"{name}: expected one of {', '.join(choices)}, got {text!r}")
        values[one.name] = text
    elif one.metadata.get("name") and not NAME.fullmatch(text):
        problems.append(f"{name}: expected 1 to {NAME_MAX} of a-z A-Z 0-9 . _ -, got {text!r}")
    elif one.name == "broker_urls" and not bootstrap(text):
        problems.append(f"{name} names no broker; set it, for example to kafka://localhost:9092")
    elif one.name == "broker_urls" and (wrong := _wrong_address(text)) is not None:
        problems.append(f"{name}: expected kafka://host:port, separated by commas, got {wrong!r}")
    else:
        values[one.name] = one.type(text)


def _read_number(
    name: str, text: str, one: Any, values: dict[str, Any], problems: list[str]
) -> None:
    low, high = one.metadata.get("minimum"), one.metadata.get("maximum")
    try:
        number = int(text)
    except ValueError:
        problems.append(f"{name}: expected a whole number, got {text!r}")
        return
    if (low is not None and number < low) or (high is not None and number > high):
        expected = f"at least {low}" if high is None else f"{low} to {high}"
        problems.append(f"{name}: expected {expected}, got {number}")
    values[one.name] = number


def _passthrough(env: Mapping[str, str], problems: list[str]) -> dict[str, str]:
    found = {}
    for name, text in env.items():
        if not name.startswith(KAFKA_PREFIX):
            continue
        key = name.removeprefix(KAFKA_PREFIX).lower().replace("_", ".")
        if not key.startswith(KAFKA_ALLOWED):
            guards = key.startswith(KAFKA_PROTECTED)
            why = "cannot be set; exactly once depends on it" if guards else "is not a setting"
            problems.append(
                f"{name}: {key} {why}, only security and network properties pass through"
            )
        found[key] = text
    return found
