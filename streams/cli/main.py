"""The `streams` command: finds the subcommand, runs it, and turns errors into sentences.

Exit codes: 0 done, 1 failed (a worker: restart me), 2 wrong usage, settings or environment.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from streams.core.errors import ConfigError, StreamsError

DONE, FAILED, WRONG, INTERRUPTED = 0, 1, 2, 130
# Only the module of the command that runs is imported: help must not wait for Faust.
COMMANDS = {
    "demo": "real receipts in, next best offers out, on an embedded broker",
    "worker": "fold events into profiles and publish offers, until stopped",
    "simulate": "feed a broker with events at a chosen rate",
    "topics": "create or check the topics",
    "catalogue": "check and publish the product catalogue",
    "stock": "show and set levels of stock",
    "limits": "how much of each shared limit is left",
    "profile": "show one customer's profile",
    "subject": "tell customers what is known of them, put down what they say",
    "identity": "who is one person with whom, and why",
    "offers": "write, try, publish and follow offers",
    "decision": "repeat logged decisions and compare",
    "explain": "why a customer got an offer, or none",
    "channel": "answer for a channel which offer to show, or check who does",
    "lag": "how far the workers are behind",
    "dlq": "list, show and retry dead letters",
    "fit": "learn the population's parameters from events",
    "learn": "learn from what became of offers",
    "evaluate": "judge another policy by the decision log",
    "study": "judge the profile on real receipts",
    "step": "run the core on a file of events, with no broker",
}
EPILOG = (
    "Settings come from STREAMS_* variables; each is documented in streams/config.py. "
    "`streams COMMAND --help` says more."
)


class Help(argparse.HelpFormatter):
    """Help in two columns: argparse forgets that the names of commands are indented."""

    def __init__(self, prog: str) -> None:
        """Leave room for the longest name."""
        super().__init__(prog, max_help_position=30, width=100)
        self._action_max_length = 4 + max(map(len, COMMANDS)) + 2


class Parser(argparse.ArgumentParser):
    """A parser of long flags only, never abbreviated."""

    def __init__(self, **options: Any) -> None:
        """As argparse's, with our rules."""
        rules: dict[str, Any] = {"allow_abbrev": False, "add_help": False}
        super().__init__(**{**options, **rules, "formatter_class": Help})
        self.add_argument("--help", action="help", help="show this and exit")


class CommandParser(Parser):
    """A parser of a command or of its actions: each of them takes `--broker`."""

    def __init__(self, **options: Any) -> None:
        """Let a command replace `--broker` by its own."""
        super().__init__(**{**options, "conflict_handler": "resolve"})
        self.add_argument(
            "--broker",
            metavar="URL",
            default=argparse.SUPPRESS,  # an action's default must not replace its command's value
            help="brokers, such as kafka://localhost:9092; replaces STREAMS_BROKER_URLS",
        )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that `argv` names and return its exit code; never a traceback on purpose.

    A bug, any error that is not ours or Kafka's, does end in its traceback and exit code 1.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except ConfigError as error:
        return _say(*error.problems, code=WRONG)
    except StreamsError as error:
        return _say(str(error), code=FAILED)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader, `head` for one, had enough. Python flushes stdout once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except _kafka_exception() as error:
        return _say(f"kafka: {error.args[0].str()}", code=FAILED)
    return code


def _run(arguments: list[str]) -> int:
    try:
        args = _parser(arguments[0] if arguments else "").parse_args(arguments)
    except SystemExit as done:  # argparse has said why
        return int(done.code or DONE)
    return int(args.func(args))


def _parser(chosen: str) -> argparse.ArgumentParser:
    parser = Parser(prog="streams", description="Real-time next best offers.", epilog=EPILOG)
    subcommands = parser.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=CommandParser
    )
    for name, summary in COMMANDS.items():
        if name == chosen:
            import_module(f"streams.cli.{name}").add(subcommands)
        else:
            subcommands.add_parser(name, help=summary)
    return parser


def _say(*sentences: str, code: int) -> int:
    for sentence in sentences:
        print(f"streams: {sentence}", file=sys.stderr)
    return code


def _kafka_exception() -> type[BaseException]:
    # Evaluated only while an exception passes; a command that never loaded Kafka cannot raise it.
    kafka = sys.modules.get("confluent_kafka")
    found: type[BaseException] = kafka.KafkaException if kafka else KeyboardInterrupt
    return found
