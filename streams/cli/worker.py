"""`streams worker`: one worker of the group, until it is told to stop."""

import argparse

from streams.cli.environment import read_settings


def add(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to `streams`."""
    parser = subcommands.add_parser(
        "worker",
        help="fold events and publish offers until SIGTERM",
        description="Runs one worker. Settings come from STREAMS_* variables. Exit codes: 0 done, "
        "1 start me again, 2 do not: settings, topics or the state directory are wrong.",
    )
    parser.add_argument(
        "--supervise", action="store_true", help="start the worker again when it exits with 1"
    )
    parser.add_argument(
        "--accept-reset",
        action="store_true",
        help="go on from the group's offsets where they contradict the table",
    )
    parser.set_defaults(func=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the worker, or its supervisor."""
    # Imported late: Faust takes a second, and no other command needs it.
    from streams.worker import logs, supervise  # noqa: PLC0415

    settings = read_settings(arguments)
    logs.configure()
    if arguments.supervise:
        extra = ["--accept-reset"] if arguments.accept_reset else []
        return supervise.supervise(
            supervise.worker_command([*extra, "--broker", settings.broker_urls])
        )
    from streams.worker.app import run_worker  # noqa: PLC0415

    return run_worker(settings, accept_reset=arguments.accept_reset)
