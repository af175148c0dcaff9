"""Every exception of this project.

StreamsError
├── DecodeError             a record we cannot use; it goes to the dead-letter topic
├── ConfigError             a setting, catalogue, topic or state directory is wrong; exit 2
│   └── ProfileVersionError a stored row was written by a newer release; exit 2
└── RestartError            the environment failed us; exit 1, a supervisor starts us again
    ├── FencedError         another worker of the same name took over
    └── StalledError        a ready partition has lag and nothing was committed

Anything else is a bug: it ends the process with exit 1 and Kafka delivers the records again.
"""


class StreamsError(Exception):
    """Base of all errors raised on purpose."""


class DecodeError(StreamsError):
    """A record is not a valid event; retrying cannot help.

    `reason` is one of a closed set of words, the label of the dead-letter metric.
    """

    def __init__(self, *, reason: str, what: str, expected: str = "", got: str = "") -> None:
        """Build the message `what: expected ..., got ...`."""
        self.reason = reason
        self.what = what
        self.expected = expected
        self.got = got
        detail = ", ".join(
            part
            for part in (f"expected {expected}" if expected else "", f"got {got}" if got else "")
            if part
        )
        super().__init__(f"{what}: {detail}" if detail else what)


class ConfigError(StreamsError):
    """A setting, file, topic or directory is not as it must be; starting again cannot help.

    Operator action: do what the sentence after the semicolon says, then start again.
    """

    def __init__(self, *, problems: list[str]) -> None:
        """Join all `problems`, each one sentence naming thing, expectation and remedy."""
        self.problems = problems
        super().__init__("\n".join(problems))


class ProfileVersionError(ConfigError):
    """A stored row has a format this release does not know.

    Operator action: start the release that wrote it, or rebuild the table from its changelog.
    """


class RestartError(StreamsError):
    """The environment failed us in a way that a restart can heal.

    Operator action: none when a supervisor runs the worker; look at the broker if it repeats.
    """

    def __init__(self, *, cause: str, what: str) -> None:
        """`cause` is a short fixed word for logs and tests; `what` says what was being done."""
        self.cause = cause
        self.what = what
        super().__init__(f"{cause}: {what}")


class FencedError(RestartError):
    """Another worker with the same name took over our transactions.

    Operator action: give every worker its own STREAMS_WORKER_NAME.
    """


class StalledError(RestartError):
    """A ready partition has lag and nothing was committed for too long.

    Operator action: none when a supervisor runs the worker; if it repeats, look at the broker
    and at the worker's CPU.
    """
