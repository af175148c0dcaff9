"""The command's edge: usage, exit codes, sentences instead of tracebacks."""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from confluent_kafka import KafkaError, KafkaException

from streams.cli import topics
from streams.cli.environment import read_settings
from streams.cli.main import COMMANDS, main
from streams.core.errors import ConfigError, RestartError

ROOT = Path(__file__).parents[2]
Capture = pytest.CaptureFixture[str]
EndWith = Callable[[BaseException], int]


@pytest.fixture
def end_with(monkeypatch: pytest.MonkeyPatch) -> EndWith:
    """Return a function: the exit code of a command whose work ends with this exception."""

    def end(error: BaseException) -> int:
        def run(_: argparse.Namespace) -> int:
            raise error

        monkeypatch.setattr(topics, "run", run)
        return main(["topics", "check"])

    return end


def test_help_names_every_command(capsys: Capture) -> None:
    """`streams --help` is short, good and exits 0."""
    code = main(["--help"])

    shown = capsys.readouterr().out
    assert code == 0
    assert [name for name in COMMANDS if f"\n    {name} " not in shown] == []
    assert len(shown.splitlines()) < 40


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_and_takes_a_broker(command: str, capsys: Capture) -> None:
    """Each module in the table exists, and its help says what it does."""
    code = main([command, "--help"])

    shown = capsys.readouterr().out
    assert code == 0
    assert shown.startswith(f"usage: streams {command} ")
    assert "--broker URL" in shown
    assert "  -" not in shown.replace("  --", "")


def test_help_loads_neither_faust_nor_kafka() -> None:
    """Help must not wait: only the module of the command that runs is imported."""
    program = (
        "import sys; from streams.cli.main import main; main(['--help']);"
        "sys.exit(str(sorted({'faust', 'confluent_kafka', 'aiohttp', 'rich'} & set(sys.modules))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.stderr == "[]\n"


@pytest.mark.parametrize(
    "arguments",
    [[], ["nonsense"], ["topics"], ["topics", "nonsense"], ["topics", "create", "--app"], ["-h"]],
)
def test_wrong_usage_exits_2(arguments: list[str], capsys: Capture) -> None:
    """Unknown words, a missing action, an abbreviated or a short flag."""
    assert main(arguments) == 2
    assert "streams" in capsys.readouterr().err


def test_wrong_setting_is_one_sentence_a_problem(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """Exit code 2, every problem on a line of its own, nothing else."""
    monkeypatch.setenv("STREAMS_PARTITIONS", "none")
    monkeypatch.setenv("STREAMS_HTTP_PORT", "-1")

    assert main(["topics", "check"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "streams: STREAMS_HTTP_PORT: expected 0 to 65535, got -1",
        "streams: STREAMS_PARTITIONS: expected a whole number, got 'none'",
    ]


def test_wrong_security_property_is_a_wrong_setting(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """What librdkafka refuses at construction is no reason to start again."""
    monkeypatch.setenv("STREAMS_KAFKA_SECURITY_PROTOCOL", "carrier pigeon")

    assert main(["topics", "check"]) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith("streams: the STREAMS_KAFKA_* settings do not fit: ")
    assert "security.protocol" in said


def test_missing_broker_is_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    """Exit code 1 after the time limit, shortened here: a broker may come back."""
    monkeypatch.setattr("streams.kafka.topics.ANSWER_MAX_S", 1.0)

    assert main(["topics", "check", "--broker", "kafka://127.0.0.1:1"]) == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith("streams: broker away: listing topics within 1 s: 127.0.0.1:1/")
    assert "Connection refused" in said


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (ConfigError(problems=["one", "two"]), 2, "streams: one\nstreams: two\n"),
        (RestartError(cause="fenced", what="folding"), 1, "streams: fenced: folding\n"),
        (
            KafkaException(KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED)),
            1,
            "streams: kafka: Broker: Topic authorization failed\n",
        ),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_errors_end_in_a_code_and_a_sentence(
    end_with: EndWith, error: BaseException, code: int, said: str, capsys: Capture
) -> None:
    """Wrong environment 2, a failure that may heal 1, Ctrl-C 130; no traceback."""
    assert end_with(error) == code
    assert capsys.readouterr().err == said


def test_bug_keeps_its_traceback(end_with: EndWith) -> None:
    """Anything else is a bug: Python prints where it was and exits 1."""
    with pytest.raises(ZeroDivisionError):
        end_with(ZeroDivisionError())


def test_closed_pipe_is_no_error() -> None:
    """`streams --help | true` says nothing: the reader had enough."""
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "streams", "--help"],
        cwd=ROOT,
        stdout=write,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(write)

    assert done.stderr == b""
    assert done.returncode == 0


def test_broker_flag_replaces_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The flag wins over the environment; without it the environment counts."""
    monkeypatch.setenv("STREAMS_BROKER_URLS", "kafka://from-environment")

    flagged = read_settings(argparse.Namespace(broker="kafka://from-flag"))
    unflagged = read_settings(argparse.Namespace())

    assert flagged.bootstrap_servers == "from-flag:9092"
    assert unflagged.bootstrap_servers == "from-environment:9092"
