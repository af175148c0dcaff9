"""The state directory: ours alone, one worker at a time."""

from pathlib import Path

import pytest
from rocksdict import WriteBatch

from streams.core.errors import ConfigError, RestartError
from streams.kafka.ledger import Checkpoint
from streams.kafka.table import Stores

CHECKPOINT = Checkpoint(cluster_id="c", changelog_topic_id="t", position=7, written_ms=1)


def test_rows_and_their_position_survive_closing(tmp_path: Path) -> None:
    """A clean restart reads only the tail of the changelog."""
    stores = Stores(tmp_path, "app")
    batch = WriteBatch(raw_mode=True)
    batch.put(b"customer:1", b"row")
    stores.open(0).write(batch, CHECKPOINT)
    stores.close_all()

    again = Stores(tmp_path, "app")

    assert again.open(0).get(b"customer:1") == b"row"
    assert again.open(0).checkpoint() == CHECKPOINT
    again.close_all()


def test_store_set_aside_is_kept_under_another_name(tmp_path: Path) -> None:
    """A store that does not count is never deleted: an operator may want to look."""
    stores = Stores(tmp_path, "app")
    stores.open(0).write(WriteBatch(raw_mode=True), CHECKPOINT)

    fresh = stores.set_aside(0, "it is too old")
    second = stores.set_aside(0, "it is too old")

    assert fresh.path == second.path
    assert second.checkpoint() is None
    assert {one.name for one in (tmp_path / "app").glob("p0*")} == {
        "p0",
        "p0.aside-1",
        "p0.aside-2",
    }
    stores.close_all()


def test_second_worker_on_one_directory_is_told_to_wait(tmp_path: Path) -> None:
    """Two writers would corrupt it; the first may be about to end, so a restart can heal."""
    first = Stores(tmp_path, "app")

    with pytest.raises(RestartError, match="another running worker holds"):
        Stores(tmp_path, "app")
    first.close_all()


def test_directory_of_something_else_is_refused(tmp_path: Path) -> None:
    """A slip in a path must not mix our files with a stranger's."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "important.txt").write_text("mine", encoding="utf-8")

    with pytest.raises(ConfigError, match=r"'important.txt' and no streams.json; set STREAMS"):
        Stores(tmp_path, "app")


def test_directory_of_another_application_is_refused(tmp_path: Path) -> None:
    """Its rows mean something else."""
    Stores(tmp_path, "one").close_all()
    (tmp_path / "one").rename(tmp_path / "two")

    with pytest.raises(ConfigError, match="expected one of application 'two', found one of 'one'"):
        Stores(tmp_path, "two")


def test_directory_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    """A file stands where the directory should be."""
    (tmp_path / "app").write_text("", encoding="utf-8")

    with pytest.raises(ConfigError, match="expected to write there"):
        Stores(tmp_path, "app")
