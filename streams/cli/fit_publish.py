"""A model as a file of rows, and as rows of `model.snapshot.v1`."""

import sys
from pathlib import Path

import msgspec

from streams.cli.words import clean
from streams.codec.model import POINTER_KEY, TOPIC, ModelRows, encode_model
from streams.config import Settings
from streams.core.errors import ConfigError, DecodeError
from streams.core.model import Model

FOREVER_MS = 2**62


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
    from streams.cli.publishing import latest_rows, write_rows  # noqa: PLC0415  # loads librdkafka

    topic = settings.topic_prefix + TOPIC
    rows = encode_model(model, valid_from_ms=model.fitted_until_ms)
    keys = {row.key for row in rows}
    latest = latest_rows(settings, topic, keys.__contains__)
    there = {key: value or b"" for key, value in latest.items()}
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
        write_rows(settings, topic, [row for row in missing if row.key != POINTER_KEY])
        write_rows(settings, topic, [row for row in missing if row.key == POINTER_KEY])
