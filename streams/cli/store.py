"""The table of a stopped worker, opened for reading only."""

import fcntl
from pathlib import Path

from rocksdict import AccessType, Options, Rdict

from streams.core.errors import RestartError
from streams.kafka.table import LOCK

CURRENT = "CURRENT"
"""The file by which RocksDB finds its others; without it a directory is no store."""


def read_row(directory: Path, number: int, key: bytes) -> bytes | None:
    """Return the row of `key` in partition `number`'s store below `directory`, None without one.

    Raises:
        RestartError: there is no such store, or a running worker holds it.
    """
    path = directory / f"p{number}"
    if not (path / CURRENT).exists():
        found = sorted(one.name for one in directory.glob("p*") if (one / CURRENT).exists())
        what = (
            f"{path} does not exist, {directory} holds {', '.join(found) or 'no store'}; "
            f"ask where partition {number} was worked on, and give that state directory as --store"
        )
        raise RestartError(cause="no store", what=what)
    _check_free(directory)
    store = Rdict(str(path), Options(raw_mode=True), access_type=AccessType.read_only())
    try:
        row: bytes | None = store.get(key)
    finally:
        store.close()
    return row


def _check_free(directory: Path) -> None:
    """A running worker writes files while we read them: its store is not for us."""
    lock = directory / LOCK
    if not lock.exists():
        return
    with lock.open(encoding="utf-8") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError as error:
            what = f"a running worker holds {directory}; ask it, by leaving --store out, or stop it"
            raise RestartError(cause="store in use", what=what) from error
