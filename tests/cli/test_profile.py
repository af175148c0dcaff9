"""`streams profile show`: from a stopped worker's store, and from a worker's pages."""

import asyncio
import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from streams.cli.asking import ask
from streams.cli.main import main
from streams.codec.rows import encode_row
from streams.config import Settings
from streams.core.decay import Decayed, DecayedMap, add, add_names
from streams.core.errors import RestartError
from streams.core.genome.genome import Genome, LinkShown
from streams.core.identity.links import Link
from streams.core.profile.buying import Spend
from streams.core.profile.cart import CartLine
from streams.core.profile.contact import Consent, OpenOffer
from streams.core.profile.profile import Profile, new_profile
from streams.kafka.group import Member
from streams.kafka.partitioner import partition_for
from streams.kafka.table import LOCK
from streams.pages import bound_port
from streams.worker.http import NotOwned, start_http
from tests.cli.stores import make_store
from tests.fakes import MemoryWorker

ANN = "customer:ann"
PARTITIONS = 4
DAY_MS = 86_400_000
FUTURE_MS = 4_000_000_000_000


def ann() -> Profile:
    """Return a customer with a trait in every section."""
    profile = new_profile(ANN)
    profile.applied, profile.counts = 7, {"sale": 4, "add_to_cart": 3}
    profile.first_seen_ms, profile.last_seen_ms = DAY_MS, 3 * DAY_MS
    profile.categories = DecayedMap(20_000_000 * DAY_MS)  # decades old by now, and hardly faded
    for _ in range(4):
        add_names(profile.categories, ["coffee"], 1.0, 3 * DAY_MS, names_max=32)
    add_names(profile.categories, ["tea"], 1.0, 3 * DAY_MS, names_max=32)
    spend = profile.buying.spend["EUR"] = Spend(499, Decayed(90 * DAY_MS))
    add(spend.recent, 499, 3 * DAY_MS)
    profile.cart["c1"] = CartLine(3 * DAY_MS, 1, 2, "coffee", "Roastery", 624, "EUR")
    profile.contact.consents["email/marketing"] = Consent(granted=True, at_ms=DAY_MS, tie=1)
    profile.contact.contacts["email/marketing"] = [2 * DAY_MS]
    profile.contact.open_offers["ab12"] = OpenOffer(
        "coffee-week", "email", "main", "marketing", 2 * DAY_MS, FUTURE_MS, delivered=True
    )
    return profile


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the state directory of a stopped worker that knows Ann, and a device of hers."""
    monkeypatch.setenv("STREAMS_PARTITIONS", str(PARTITIONS))
    monkeypatch.setenv("STREAMS_APPLICATION_ID", "shop")
    rows: dict[str, Profile | Link] = {
        ANN: ann(),
        "device:d1": Link(target=ANN, since_ms=DAY_MS, source="login"),
    }
    make_store(tmp_path / "shop", rows, PARTITIONS)
    return tmp_path


@contextmanager
def serving(worker: MemoryWorker) -> Iterator[Member]:
    """Serve the pages of `worker` and yield it as the group would name it."""
    loop = asyncio.new_event_loop()
    runner = loop.run_until_complete(start_http(Settings(http_port=0), worker))
    thread = Thread(target=loop.run_forever)
    thread.start()
    yield Member(name="w1", host="127.0.0.1", port=bound_port(runner), places=frozenset())
    asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_stopped_workers_store_is_shown_in_sections(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Evidence is beside every trait, and too little of it says unknown."""
    code = main(["profile", "show", ANN, "--store", str(state)])
    shown = capsys.readouterr().out

    assert code == 0
    assert "7 events: sale 4, add_to_cart 3" in shown
    assert "4.99 EUR over the lifetime" in shown
    assert "coffee  ████████▓▓▓▓▒▒▒▒····  60.0% (39%-79%)  n=4" in shown
    assert "tea     ···················· unknown  n=1" in shown
    assert "2 x c1 / coffee / Roastery  6.24 EUR" in shown
    assert "consent email, marketing: granted" in shown
    assert "contacts email, marketing: n=1" in shown
    assert "coffee-week by email, delivered" in shown


def test_json_has_names_and_decayed_weights(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A machine reads what the page of a running worker would answer."""
    main(["profile", "show", ANN, "--store", str(state), "--json"])
    shown = json.loads(capsys.readouterr().out)

    coffee, tea = shown["taste"]["categories"]
    assert (shown["kind"], shown["subject"]) == ("profile", ANN)
    assert shown["situation"]["stage"] == "unaware"
    # 4 looks at coffee of 5, shrunk towards a half with the weight of the default prior, 10.
    assert coffee["value"] == pytest.approx((4 + 10 / 2) / (5 + 10), abs=1e-3)
    assert (tea["value"], tea["origin"], tea["count"]) == (None, "unknown", 1)
    assert shown["contact"]["open_offers"][0]["state"] == "delivered"


def test_link_is_followed_to_the_person(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A device that was linked shows its owner's profile, and says so."""
    code = main(["profile", "show", "device:d1", "--store", str(state), "--json"])
    shown = capsys.readouterr()

    assert (code, json.loads(shown.out)["subject"]) == (0, ANN)
    assert "device:d1 is linked to customer:ann since 1970-01-02T00:00:00Z (login)" in shown.err


def test_unknown_subject_exits_1(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing on stdout, one sentence on stderr."""
    code = main(["profile", "show", "customer:nobody", "--store", str(state)])

    assert code == 1
    assert capsys.readouterr() == ("", "no profile of customer:nobody\n")


def test_store_of_another_worker_names_what_is_there(
    tmp_path: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A worker's directory has its own partitions alone."""
    number = partition_for(ANN.encode(), PARTITIONS)
    (state / "shop" / f"p{number}").rename(tmp_path / "elsewhere")

    code = main(["profile", "show", ANN, "--store", str(state)])
    said = capsys.readouterr().err

    assert code == 1
    assert f"p{number} does not exist" in said
    assert f"p{(number + 1) % PARTITIONS}" in said


def test_store_of_a_running_worker_is_left_alone(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """RocksDB would open it, and show half of what is being written."""
    with (state / "shop" / LOCK).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        code = main(["profile", "show", ANN, "--store", str(state)])

    assert code == 1
    assert "a running worker holds" in capsys.readouterr().err


def test_words_that_are_no_subject_exit_2(capsys: pytest.CaptureFixture[str]) -> None:
    """The sentence names the kinds there are."""
    code = main(["profile", "show", "ann", "--broker", "kafka://127.0.0.1:1"])

    assert code == 2
    assert "expected kind:value, such as customer:1" in capsys.readouterr().err


def test_running_worker_is_asked_over_its_pages() -> None:
    """What the store would show, the owner answers."""
    with serving(MemoryWorker(rows={ANN: encode_row(ann())})) as member:
        found = ask(member, ANN)

        assert isinstance(found, Genome)
        assert (found.subject, found.situation.cart[0].item_id) == (ANN, "c1")


def test_running_worker_answers_a_link() -> None:
    """The command follows it, the worker does not."""
    row = encode_row(Link(target=ANN, since_ms=DAY_MS, source="login"))
    with serving(MemoryWorker(rows={"device:d1": row})) as member:
        found = ask(member, "device:d1")

    assert found == LinkShown(
        target=ANN, since_ms=DAY_MS, source="login", claims=1, last_claim_ms=None
    )


def test_running_worker_knows_nothing_of_a_stranger() -> None:
    """404 is an answer, not an error."""
    with serving(MemoryWorker()) as member:
        assert ask(member, ANN) is None


def test_partition_that_moved_says_to_ask_again() -> None:
    """Between the group's answer and the worker's, a rebalance may lie."""
    elsewhere: dict[str, NotOwned] = {ANN: NotOwned(partition=1)}
    with (
        serving(MemoryWorker(elsewhere={**elsewhere})) as member,
        pytest.raises(RestartError, match="another worker owns this subject by now; ask again"),
    ):
        ask(member, ANN)


def test_worker_that_does_not_answer_is_named() -> None:
    """Port 1 of this machine has no worker; loopback of another machine looks the same."""
    gone = Member(name="w1", host="127.0.0.1", port=1, places=frozenset())

    with pytest.raises(RestartError, match=r"w1 at 127.0.0.1:1.*run this command on its machine"):
        ask(gone, ANN)
