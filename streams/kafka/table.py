"""The keyed table on disk: one RocksDB store a partition, bytes in, bytes out.

`<state_dir>/<application_id>/p<N>`; all stores of a worker share one block cache and one budget
for unwritten rows, so memory does not grow with the number of partitions.
"""

import fcntl
import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from rocksdict import (
    BlockBasedOptions,
    Cache,
    DBCompressionType,
    Options,
    Rdict,
    WriteBatch,
    WriteBufferManager,
)

from streams.core.errors import ConfigError, RestartError
from streams.kafka.ledger import CHECKPOINT_KEY, Checkpoint, decode_checkpoint, encode

log = logging.getLogger(__name__)

CACHE_BYTES = 32 * 1024 * 1024
WRITE_BUFFERS_BYTES = 48 * 1024 * 1024
WRITE_BUFFER_BYTES = 8 * 1024 * 1024
OPEN_FILES_MAX = 128
MARKER = "streams.json"
LOCK = "lock"


class Store:
    """The rows of one partition."""

    __slots__ = ("_db", "get", "number", "path")

    def __init__(self, number: int, path: Path, options: Options) -> None:
        """Open, or create, the store at `path`."""
        self.number = number
        self.path = path
        self._db = Rdict(str(path), options)
        self.get = self._db.get

    def write(self, batch: WriteBatch, checkpoint: Checkpoint) -> None:
        """Write `batch` and the position it brings the store to, atomically."""
        batch.put(CHECKPOINT_KEY, encode(checkpoint))
        self._db.write(batch)

    def keys(self, first: bytes, until: bytes) -> Iterator[bytes]:
        """Keys from `first` on that lie below `until`, in their order."""
        found = self._db.iter()
        found.seek(first)
        while found.valid() and (key := found.key()) < until:
            yield key
            found.next()
        found.status()  # raises if reading ended early

    def checkpoint(self) -> Checkpoint | None:
        """Where in the changelog this store stands, None for a new one."""
        return decode_checkpoint(self._db.get(CHECKPOINT_KEY))

    def rows(self) -> int:
        """Estimated number of rows; RocksDB counts overwritten ones until it compacts."""
        return self._db.property_int_value("rocksdb.estimate-num-keys") or 0

    def close(self) -> None:
        """Write what is in memory and close the files; the store stays on disk."""
        self._db.close()


class Stores:
    """The directory of a worker's stores, locked against a second worker."""

    def __init__(self, state_dir: Path, application_id: str) -> None:
        """Check and lock the directory.

        Raises:
            ConfigError: it cannot be written, or it holds something that is not ours.
            RestartError: another running worker holds it.
        """
        self._directory = state_dir / application_id
        self._lock = _claim(self._directory, state_dir, application_id)
        self._cache = Cache(CACHE_BYTES)
        self._write_buffers = WriteBufferManager(WRITE_BUFFERS_BYTES, False)  # noqa: FBT003  # rocksdict's own signature: allow_stall
        self._open: dict[int, Store] = {}

    def open(self, number: int) -> Store:
        """The store of partition `number`, opened on first use."""
        store = self._open.get(number)
        if store is None:
            store = Store(number, self._directory / f"p{number}", self._options())
            self._open[number] = store
        return store

    def set_aside(self, number: int, why: str) -> Store:
        """Rename the store of partition `number` and open an empty one in its place."""
        self.close(number)
        path = self._directory / f"p{number}"
        index = 1
        while (aside := path.with_name(f"p{number}.aside-{index}")).exists():
            index += 1
        path.rename(aside)
        log.warning("store set aside", extra={"partition": number, "why": why, "kept": aside.name})
        return self.open(number)

    def close(self, number: int) -> None:
        """Close the store of partition `number` if it is open."""
        store = self._open.pop(number, None)
        if store is not None:
            store.close()

    def close_all(self) -> None:
        """Close every store and let go of the directory."""
        for number in list(self._open):
            self.close(number)
        self._lock.close()

    def __iter__(self) -> Iterator[Store]:
        """The open stores, as they are now."""
        return iter(list(self._open.values()))

    def _options(self) -> Options:
        options = Options(raw_mode=True)
        options.create_if_missing(True)  # noqa: FBT003  # rocksdict's own signature
        options.set_write_buffer_size(WRITE_BUFFER_BYTES)
        options.set_write_buffer_manager(self._write_buffers)
        options.set_max_open_files(OPEN_FILES_MAX)
        options.set_keep_log_file_num(2)
        options.set_max_log_file_size(1_048_576)
        options.set_compression_type(DBCompressionType.lz4())
        blocks = BlockBasedOptions()
        blocks.set_block_cache(self._cache)
        blocks.set_bloom_filter(10, False)  # noqa: FBT003  # rocksdict's own signature: block_based
        options.set_block_based_table_factory(blocks)
        return options


def _claim(directory: Path, state_dir: Path, application_id: str) -> IO[str]:
    """Make `directory` ours, or say why it cannot be."""
    remedy = "set STREAMS_STATE_DIR to a directory of this worker's own"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        _check_marker(directory / MARKER, application_id, remedy)
        lock = (directory / LOCK).open("a", encoding="utf-8")
    except OSError as error:
        problem = f"state directory {state_dir}: expected to write there, got {error}; {remedy}"
        raise ConfigError(problems=[problem]) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        what = f"another running worker holds {directory}; {remedy}"
        raise RestartError(cause="state directory in use", what=what) from error
    return lock


def _check_marker(marker: Path, application_id: str, remedy: str) -> None:
    directory = marker.parent
    if not marker.exists():
        strange = sorted(one.name for one in directory.iterdir() if one.name != LOCK)
        if strange:
            problem = (
                f"state directory {directory}: expected it empty or written by streams, "
                f"found {strange[0]!r} and no {MARKER}; {remedy}"
            )
            raise ConfigError(problems=[problem])
        temporary = marker.with_suffix(f".{os.getpid()}")
        temporary.write_text(json.dumps({"application_id": application_id}), encoding="utf-8")
        temporary.rename(marker)
        return
    try:
        owner = json.loads(marker.read_text(encoding="utf-8"))["application_id"]
    except (ValueError, KeyError, TypeError):
        owner = "something else"
    if owner != application_id:
        problem = (
            f"state directory {directory}: expected one of application {application_id!r}, "
            f"found one of {owner!r}; {remedy}"
        )
        raise ConfigError(problems=[problem])
