"""The reserved rows: what a partition of the table knows about its own history.

The ledger is a changelog row of every unit, so the table and the source positions can be
compared after any crash. The checkpoint is local: where in the changelog this store stands.
"""

import msgspec

from streams.core.errors import ProfileVersionError

FORMAT = 1
# A subject is `kind:value`; a key that starts with a zero byte can never be one.
RESERVED = b"\x00"
LEDGER_KEY = RESERVED + b"ledger"
CHECKPOINT_KEY = RESERVED + b"checkpoint"


class Fired(msgspec.Struct, frozen=True, array_like=True):
    """A timer row that came due: where in the fold order, and what its owner made of it.

    `kind` is empty where nothing was due yet, and the row was only moved or taken away.
    """

    runs: int
    """How many of the unit's runs came before it."""
    subject: str
    row_ms: int
    """Time of the timer row."""
    kind: str
    due_ms: int
    clock_ms: int
    """The decision clock as it fired."""


class Swept(msgspec.Struct, frozen=True, array_like=True):
    """A row from which something was taken that all rows lost: where in the fold order, and when.

    What that was, the row and the adopted versions say.
    """

    runs: int
    """How many of the unit's runs came before it."""
    fired: int
    """How many of the unit's timer rows came before it."""
    subject: str
    count: int
    """How much was taken."""
    clock_ms: int
    """The decision clock as it was."""


class Ledger(msgspec.Struct, kw_only=True):
    """What one partition has folded, as of one committed unit.

    `runs` is the exact fold order of that unit: (topic, first offset, next offset) each, in turn;
    `fired` has the timer rows that came due between them, `swept` the rows that were swept.
    `counts` holds totals since the beginning, keyed `topic|outcome`.
    """

    format: int = FORMAT
    cluster_id: str = ""
    changelog_topic_id: str = ""
    topic_ids: dict[str, str] = msgspec.field(default_factory=dict[str, str])
    positions: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    runs: list[tuple[str, int, int]] = msgspec.field(default_factory=list[tuple[str, int, int]])
    counts: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    clock_ms: int = 0
    folded: int = 0
    adopted: dict[str, str] = msgspec.field(default_factory=dict[str, str])
    fired: list[Fired] = msgspec.field(default_factory=list[Fired])
    swept: list[Swept] = msgspec.field(default_factory=list[Swept])

    def advance(self, topic: str, first: int, following: int) -> None:
        """Note that the records `first` up to, not including, `following` were folded now."""
        self.positions[topic] = following
        runs = self.runs
        fired_now = self.fired and self.fired[-1].runs == len(runs)
        swept_now = self.swept and self.swept[-1].runs == len(runs)
        if (
            runs
            and not fired_now
            and not swept_now
            and runs[-1][0] == topic
            and runs[-1][2] == first
        ):
            runs[-1] = (topic, runs[-1][1], following)
        else:
            runs.append((topic, first, following))

    def fire(self, subject: str, row_ms: int, kind: str, due_ms: int) -> None:
        """Note that the timer row of `subject` at `row_ms` came due now, and what fired of it."""
        self.fired.append(Fired(len(self.runs), subject, row_ms, kind, due_ms, self.clock_ms))

    def sweep(self, subject: str, count: int) -> None:
        """Note that `count` things were taken from the row of `subject` now."""
        self.swept.append(Swept(len(self.runs), len(self.fired), subject, count, self.clock_ms))

    def begin_unit(self) -> None:
        """Forget what the last unit folded; totals and positions stay."""
        self.runs = []
        self.fired = []
        self.swept = []

    def count(self, topic: str, outcome: str, number: int) -> None:
        """Add `number` events of `topic` that ended as `outcome`."""
        key = f"{topic}|{outcome}"
        self.counts[key] = self.counts.get(key, 0) + number


class Checkpoint(msgspec.Struct, kw_only=True):
    """Where in which changelog a local store stands; never leaves this machine."""

    format: int = FORMAT
    cluster_id: str
    changelog_topic_id: str
    position: int
    written_ms: int


_ENCODE = msgspec.json.Encoder().encode
_DECODE_LEDGER = msgspec.json.Decoder(Ledger).decode
_DECODE_CHECKPOINT = msgspec.json.Decoder(Checkpoint).decode


def encode(row: Ledger | Checkpoint) -> bytes:
    """JSON bytes of a reserved row."""
    return _ENCODE(row)


def decode_ledger(data: bytes) -> Ledger:
    """The ledger in `data`.

    Raises:
        ProfileVersionError: it was written by a release with another format.
    """
    try:
        ledger = _DECODE_LEDGER(data)
    except msgspec.MsgspecError as error:
        raise ProfileVersionError(problems=[_unreadable("ledger", str(error))]) from error
    if ledger.format != FORMAT:
        raise ProfileVersionError(problems=[_unreadable("ledger", f"format {ledger.format}")])
    return ledger


def decode_checkpoint(data: bytes | None) -> Checkpoint | None:
    """The checkpoint in `data`, None if there is none that this release can use."""
    if data is None:
        return None
    try:
        return _DECODE_CHECKPOINT(data)
    except msgspec.MsgspecError:
        return None


def _unreadable(what: str, got: str) -> str:
    return (
        f"reading the {what} row of the table: expected format {FORMAT}, got {got}; "
        "start the release that wrote it, or a newer one"
    )
