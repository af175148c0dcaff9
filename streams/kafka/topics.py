"""Make topics as wanted, or say how those that exist differ; never change one that exists.

Growing a topic would move keys to other partitions than the ones their state is in, and shrinking
is impossible in Kafka: both are refused. What an operator may tune without harm is left alone.
"""

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # exported at run time
    AdminClient,
    ConfigResource,
    NewTopic,
    ResourceType,
)

from streams.config import Settings
from streams.core.errors import ConfigError, RestartError
from streams.kafka.clients import connection

# A command or a worker that finds no broker says so within this time.
ANSWER_MAX_S = 8.0
CREATE_MAX_S = 30.0
EXACT = frozenset({"cleanup.policy", "message.timestamp.type"})
AT_LEAST = frozenset({"max.message.bytes", "delete.retention.ms"})
MISSING = "does not exist; run: streams topics create --apply"


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicSpec:
    """A topic as it must be."""

    name: str
    partitions: int
    replication: int
    """Of a new topic; a topic that exists may have any."""
    config: Mapping[str, str]
    """Properties of a new topic."""
    exact: Collection[str] = EXACT
    """Those of `config` that must be equal in a topic that exists,"""
    at_least: Collection[str] = AT_LEAST
    """and those that must not be smaller. The rest is the operator's to tune."""


class Admin(AdminClient):
    """An admin client that keeps librdkafka's own lines quiet and the last error it met."""

    def __init__(self, settings: Settings) -> None:
        """Connect lazily: nothing is sent before the first call."""
        self.last_error = ""
        quiet = {"allow.auto.create.topics": False, "log_level": 0, "error_cb": self._note}
        try:
            super().__init__(connection(settings) | quiet)
        except KafkaException as error:
            problem = f"the STREAMS_KAFKA_* settings do not fit: {error.args[0].str()}"
            raise ConfigError(problems=[problem]) from error

    def _note(self, error: KafkaError) -> None:
        if error.code() != KafkaError._ALL_BROKERS_DOWN:  # noqa: SLF001  # says less than the first
            self.last_error = error.str()


def create(admin: AdminClient, specs: Sequence[TopicSpec], *, apply: bool) -> list[str]:
    """Create the missing topics of `specs` and return the plan, one line a missing topic.

    Without `apply` nothing is written.

    Raises:
        ConfigError: a topic exists and differs; then nothing is written, whatever is missing.
        RestartError: the broker did not answer.
    """
    found = _partition_counts(admin)
    problems = _differences(admin, [spec for spec in specs if spec.name in found], found)
    if problems:
        raise ConfigError(problems=problems)
    missing = [spec for spec in specs if spec.name not in found]
    if apply and missing:
        _create(admin, missing)
    return [_line(spec) for spec in missing]


def check(admin: AdminClient, specs: Sequence[TopicSpec], *, with_config: bool = True) -> list[str]:
    """Return what is wrong with the topics of `specs`, a sentence each; writes nothing.

    `with_config=False` leaves out properties, for the embedded broker, which has none.

    Raises:
        RestartError: the broker did not answer.
    """
    found = _partition_counts(admin)
    missing = [(spec.name, MISSING) for spec in specs if spec.name not in found]
    existing = [spec for spec in specs if spec.name in found]
    return _grouped(missing) + _differences(admin, existing, found, with_config=with_config)


def topic_ids(admin: AdminClient, names: Sequence[str]) -> dict[str, str]:
    """Return topic name -> the id Kafka gave it; a topic made anew under its old name differs.

    Raises:
        ConfigError: a topic does not exist.
        RestartError: the broker did not answer.
    """
    answers = admin.describe_topics(TopicCollection(list(names)), request_timeout=ANSWER_MAX_S)
    ids = {}
    problems = []
    for name, answer in answers.items():
        try:
            ids[name] = str(_result(admin, answer, what=f"describing topic {name}").topic_id)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
                raise
            problems.append((name, MISSING))
    if problems:
        raise ConfigError(problems=_grouped(problems))
    return ids


def cluster_id(admin: AdminClient) -> str:
    """Return the id of the Kafka cluster.

    Raises:
        RestartError: the broker did not answer.
    """
    return str(_metadata(admin).cluster_id)


def _differences(
    admin: AdminClient,
    specs: Sequence[TopicSpec],
    found: Mapping[str, int],
    *,
    with_config: bool = True,
) -> list[str]:
    problems = [
        (spec.name, _count_difference(found[spec.name], spec.partitions))
        for spec in specs
        if spec.partitions != found[spec.name]
    ]
    if specs and with_config:
        configs = _configs(admin, [spec.name for spec in specs])
        problems += [
            (spec.name, problem)
            for spec in specs
            for problem in _config_differences(spec, configs[spec.name])
        ]
    return _grouped(problems)


def _count_difference(came: int, wanted: int) -> str:
    return (
        f"expected {wanted} partitions, found {came}; another count would move keys away from "
        f"their state, so nothing was changed: set STREAMS_PARTITIONS={came} if all topics have "
        "it, else replay into new topics"
    )


def _config_differences(spec: TopicSpec, found: Mapping[str, str]) -> Iterator[str]:
    for name, wanted in spec.config.items():
        came = found.get(name, "")
        relation = ""
        if name in spec.exact:
            wrong = set(came.split(",")) != set(wanted.split(","))
        elif name in spec.at_least:
            relation = "at least "
            wrong = not came or int(came) < int(wanted)
        else:
            wrong = False
        if wrong:
            yield (
                f"expected {name} {relation}{wanted}, found {came or 'none'}; run for each: "
                f"kafka-configs.sh --alter --entity-type topics --entity-name NAME "
                f"--add-config {name}={wanted}"
            )


def _grouped(problems: Iterable[tuple[str, str]]) -> list[str]:
    names: dict[str, list[str]] = {}
    for name, problem in problems:
        names.setdefault(problem, []).append(name)
    return [f"topic {', '.join(which)}: {problem}" for problem, which in names.items()]


def _create(admin: AdminClient, specs: Sequence[TopicSpec]) -> None:
    topics = [
        NewTopic(
            spec.name,
            num_partitions=spec.partitions,
            replication_factor=spec.replication,
            config=dict(spec.config),
        )
        for spec in specs
    ]
    answers = admin.create_topics(
        topics, operation_timeout=CREATE_MAX_S, request_timeout=CREATE_MAX_S
    )
    problems = []
    for name, answer in answers.items():
        try:
            _result(admin, answer, what=f"creating topic {name}")
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                problems.append(f"creating topic {name}: {error.args[0].str()}")
    if problems:
        raise ConfigError(problems=problems)
    _wait_visible(admin, specs)


def _wait_visible(admin: AdminClient, specs: Sequence[TopicSpec]) -> None:
    # A broker answers a metadata request from its own copy, which may lag behind the creation.
    deadline = time.monotonic() + CREATE_MAX_S
    names = {spec.name for spec in specs}
    while not names <= _partition_counts(admin).keys() and time.monotonic() < deadline:
        time.sleep(0.05)
    # Another process may have been faster and made a topic that differs.
    problems = check(admin, specs)
    if problems:
        raise ConfigError(problems=problems)


def _partition_counts(admin: AdminClient) -> dict[str, int]:
    topics = _metadata(admin).topics
    return {name: len(topic.partitions) for name, topic in topics.items()}


def _metadata(admin: AdminClient) -> Any:
    # All topics, never one by name: a request for a name may make the topic.
    try:
        return admin.list_topics(timeout=ANSWER_MAX_S)
    except KafkaException as error:
        raise _away(admin, error, what="listing topics") from error


def _configs(admin: AdminClient, names: Iterable[str]) -> dict[str, dict[str, str]]:
    resources = [ConfigResource(ResourceType.TOPIC, name) for name in names]
    answers = admin.describe_configs(resources, request_timeout=ANSWER_MAX_S)
    return {
        resource.name: {
            entry.name: entry.value
            for entry in _result(admin, answer, what=f"describing topic {resource.name}").values()
        }
        for resource, answer in answers.items()
    }


def _result(admin: AdminClient, answer: Future[Any], *, what: str) -> Any:
    try:
        return answer.result(CREATE_MAX_S + 1)
    except KafkaException as error:
        if error.args[0].code() in _AWAY:
            raise _away(admin, error, what=what) from error
        raise


def _away(admin: AdminClient, error: KafkaException, *, what: str) -> RestartError:
    admin.poll(0)  # delivers what went wrong underneath, such as a refused connection
    detail = getattr(admin, "last_error", "") or error.args[0].str()
    return RestartError(cause="broker away", what=f"{what} within {ANSWER_MAX_S:.0f} s: {detail}")


def _line(spec: TopicSpec) -> str:
    config = " ".join(f"{name}={value}" for name, value in sorted(spec.config.items()))
    return f"{spec.name} partitions={spec.partitions} replication={spec.replication} {config}"


_AWAY = (
    KafkaError._TRANSPORT,  # noqa: SLF001  # librdkafka's own codes start with an underscore
    KafkaError._TIMED_OUT,  # noqa: SLF001
    KafkaError._ALL_BROKERS_DOWN,  # noqa: SLF001
    KafkaError.REQUEST_TIMED_OUT,
)
