"""A model as a file of rows, and as rows of `model.snapshot.v1`."""

import sys
from pathlib import Path

import msgspec

from streams.cli.words import clean
from streams.codec.model import POINTER_KEY, TOPIC, ModelRows, Row, encode_model
from streams.config import Settings
from streams.core.errors import ConfigError, DecodeError, RestartError
from streams.core.model import Model

FOREVER_MS = 2**62
SEND_MAX_S = 12.0


class Line(msgspec.Struct, frozen=True):
    """A row in a file: its key, and its value as it is in the topic."""

    key: str
    value: msgspec.Raw


def write_file(path: Path, model: Model) -> None:
    """Write `model` as JSON lines, the pointer last.

    Raises:
        ConfigError: the file cannot be written.
    """
    lines = [
        msgspec.json.encode(Line(row.key.decode(), msgspec.Raw(row.value)))
        for row in encode_model(model, valid_from_ms=model.fitted_until_ms)
    ]
    try:
        path.write_bytes(b"\n".join(lines) + b"\n")
    except OSError as error:
        problem = f"--out {path} cannot be written: {error.strerror}"
        raise ConfigError(problems=[problem]) from error


def read_file(path: Path) -> Model:
    """The model that `write_file` wrote.

    Raises:
        ConfigError: the file cannot be read, is no model or not a whole one.
    """
    rows = ModelRows()
    try:
        for line in path.read_bytes().splitlines():
            one = msgspec.json.decode(line, type=Line)
            rows.add(one.key.encode(), bytes(one.value))
    except OSError as error:
        problem = f"--model {path} cannot be read: {error.strerror}"
        raise ConfigError(problems=[problem]) from error
    except (msgspec.DecodeError, DecodeError) as error:
        problem = f"--model {path} is not what --out writes: {clean(str(error))}"
        raise ConfigError(problems=[problem]) from error
    model = rows.current(FOREVER_MS)
    if model is None:
        problem = f"--model {path} does not hold all rows of a model; write it again with --out"
        raise ConfigError(problems=[problem])
    return model


def publish(settings: Settings, model: Model, *, apply: bool) -> None:
    """Print which rows are missing in the topic, and write them if told to, the pointer last.

    Rows of a version that are there already stay as they are.

    Raises:
        ConfigError: the topic does not exist, or has this version with another content.
        RestartError: the broker does not answer, or did not take a row.
    """
    topic = settings.topic_prefix + TOPIC
    rows = encode_model(model, valid_from_ms=model.fitted_until_ms)
    there = _there(settings, topic, {row.key for row in rows})
    changed = [
        row.key.decode()
        for row in rows
        if row.key != POINTER_KEY and there.get(row.key, row.value) != row.value
    ]
    if changed:
        problem = f"{topic} has {', '.join(changed)} with another content; a version is immutable"
        raise ConfigError(problems=[f"{problem}, fit again to get a new one"])
    missing = [row for row in rows if there.get(row.key) != row.value]
    for row in missing:
        print(f"{'written' if apply else 'write'} {row.key.decode()}  {len(row.value)} bytes")
    print(f"{len(rows) - len(missing)} rows of {model.version} are there and as they must be")
    if missing and not apply:
        print("nothing was written; add --apply to do it", file=sys.stderr)
    elif missing:
        # Whoever reads the pointer finds its version whole.
        _send(settings, topic, [row for row in missing if row.key != POINTER_KEY])
        _send(settings, topic, [row for row in missing if row.key == POINTER_KEY])


def _there(settings: Settings, topic: str, keys: set[bytes]) -> dict[bytes, bytes]:
    """The latest values of `keys` in the topic."""
    from streams.cli.reading import Reader  # noqa: PLC0415  # loads librdkafka

    found: dict[bytes, bytes] = {}
    with Reader(settings) as reader:
        bounds = reader.bounds([topic])
        if not bounds:
            problem = f"topic {topic} does not exist; run: streams topics create --apply"
            raise ConfigError(problems=[problem])
        for one in reader.records(bounds):
            if one.key in keys:
                found[one.key] = one.value or b""
    return found


def _send(settings: Settings, topic: str, rows: list[Row]) -> None:
    from confluent_kafka import KafkaError, Message, Producer  # noqa: PLC0415  # loads librdkafka

    from streams.kafka.quiet import Complaints, connect  # noqa: PLC0415
    from streams.worker.topics import REFERENCE_BYTES_MAX  # noqa: PLC0415

    refused: list[str] = []

    def note(error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            refused.append(error.str())

    complaints = Complaints()
    properties = {
        "enable.idempotence": True,
        "partitioner": "murmur2_random",
        "delivery.timeout.ms": int(SEND_MAX_S * 1_000) - 1_000,
        "message.max.bytes": REFERENCE_BYTES_MAX,
    }
    producer = connect(Producer, settings, complaints, properties)
    for row in rows:
        headers: list[tuple[str, str | bytes | None]] = [*row.headers]
        producer.produce(topic, value=row.value, key=row.key, headers=headers, on_delivery=note)
    missing = producer.flush(SEND_MAX_S)
    if refused or missing:
        why = refused[0] if refused else complaints.last or f"no answer within {SEND_MAX_S:.0f} s"
        raise RestartError(cause="not acknowledged", what=f"writing to {topic}: {why}")
