"""Stores of stopped workers, as commands read them."""

from collections.abc import Mapping
from pathlib import Path

from rocksdict import Options, Rdict

from streams.codec.rows import encode_row
from streams.core.identity.links import Link
from streams.core.profile.profile import Profile
from streams.kafka.partitioner import partition_for


def make_store(directory: Path, rows: Mapping[str, Profile | Link], partitions: int) -> None:
    """Write `rows` by subject as a worker of one application leaves them in `directory`."""
    for number in range(partitions):
        path = directory / f"p{number}"
        path.mkdir(parents=True)
        store = Rdict(str(path), Options(raw_mode=True))
        for subject, row in rows.items():
            if partition_for(subject.encode(), partitions) == number:
                store[subject.encode()] = encode_row(row)
        store.close()
