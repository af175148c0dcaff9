"""`streams identity`: the graph of one person, what would change, and what is published."""

import json
from pathlib import Path

import pytest

from streams.cli.main import main
from streams.core.fold import fold
from streams.core.identity.joining import receive
from streams.core.identity.links import Link
from streams.core.identity.routing import Exchange, Send
from streams.core.profile.profile import Profile, new_profile
from tests.cli.stores import make_store
from tests.core.identity_net import RULES
from tests.strategies_profiles import FOLD, NOON, event, item, view

ANN, PHONE = "customer:ann", "device:phone"
PARTITIONS = 4


def seen(subject: str, count: int) -> Profile:
    """A profile of so many views."""
    profile = new_profile(subject)
    for number in range(count):
        fold(profile, event(f"{subject}{number}", view(item()), NOON), FOLD, now_ms=0)
    return profile


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The state directory of a worker that knows Ann, her phone and a shared tablet."""
    monkeypatch.setenv("STREAMS_PARTITIONS", str(PARTITIONS))
    monkeypatch.setenv("STREAMS_APPLICATION_ID", "shop")
    ann, tablet = seen(ANN, 3), seen("device:tablet", 1)
    receive(ann, Send(Exchange.JOIN, ANN, PHONE, seen(PHONE, 2), "login", NOON), RULES)
    tablet.alone.shared, tablet.alone.unlinked_ms = True, NOON
    rows: dict[str, Profile | Link] = {
        ANN: ann,
        PHONE: Link(ANN, NOON, "login", NOON, 2),
        "device:tablet": tablet,
        "device:new": seen("device:new", 1),
    }
    make_store(tmp_path / "shop", rows, PARTITIONS)
    return str(tmp_path)


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """Exit code and output of `streams identity`."""
    code = main(["identity", *words])
    return code, capsys.readouterr().out


def test_a_person_is_shown_with_why_each_link_exists(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Their own part first, then each identifier with its source and time."""
    code, shown = said(capsys, "show", ANN, "--store", store)

    assert code == 0
    assert shown.splitlines() == [
        "customer:ann: 5 events",
        "  customer:ann: their own, 3 events",
        "  device:phone: by login since 2025-06-15T12:00:00Z, 2 events",
    ]


def test_a_link_says_whose_it_is(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    """By what, since when, how often confirmed."""
    _, shown = said(capsys, "show", PHONE, "--store", store)

    assert shown.splitlines() == [
        "device:phone is customer:ann",
        "  by login since 2025-06-15T12:00:00Z, 2 claims, last 2025-06-15T12:00:00Z",
    ]


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("device:tablet", "several people use it: it is linked to nobody"),
        ("device:tablet", "unlinked 2025-06-15T12:00:00Z"),
        ("device:new", "linked to nobody, and nobody to it"),
    ],
)
def test_who_is_linked_to_nobody_says_why(
    store: str, capsys: pytest.CaptureFixture[str], subject: str, words: str
) -> None:
    """Shared, unlinked, or never claimed."""
    _, shown = said(capsys, "show", subject, "--store", store)

    assert words in shown


def test_machines_get_the_same_facts(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a person, and of a link."""
    _, person = said(capsys, "show", ANN, "--store", store, "--json")
    _, link = said(capsys, "show", PHONE, "--store", store, "--json")
    _, audit = said(capsys, "audit", ANN, "--store", store, "--json")

    assert [one["subject"] for one in json.loads(person)["identity"]["members"]] == [ANN, PHONE]
    assert json.loads(link)["target"] == ANN
    assert json.loads(audit) == json.loads(person)


def test_an_audit_says_what_unlinking_would_change(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """How much goes, how much stays; a link points to its person."""
    _, person = said(capsys, "audit", ANN, "--store", store)
    _, link = said(capsys, "audit", PHONE, "--store", store)
    _, nobody = said(capsys, "audit", "device:new", "--store", store)

    assert "device:phone: would take 2 of 5 events with it, 3 stay" in person
    assert "audit its person: streams identity audit customer:ann" in link
    assert "no link to take back" in nobody


@pytest.mark.parametrize("command", ["show", "audit"])
def test_a_stranger_exits_1(store: str, capsys: pytest.CaptureFixture[str], command: str) -> None:
    """Nothing on stdout."""
    assert said(capsys, command, "device:nobody", "--store", store) == (1, "")


def test_a_link_is_printed_and_needs_apply(capsys: pytest.CaptureFixture[str]) -> None:
    """What would be sent, to which topic."""
    code, shown = said(capsys, "link", PHONE, ANN, "--source", "care")
    _, unlinked = said(capsys, "unlink", PHONE)

    assert code == 0
    assert '{"outcome":"linked","user_subject":"customer:ann","source":"care"}' in shown
    assert '{"outcome":"unlinked","source":"command-line"}' in unlinked


@pytest.mark.parametrize(
    ("subject", "person", "problem"),
    [
        (PHONE, "device:other", "links lead to people"),
        (ANN, ANN, "nothing to link"),
        ("customer:a", "customer:b", "streams identity link customer:b customer:a"),
    ],
)
def test_what_cannot_be_linked_exits_2(
    capsys: pytest.CaptureFixture[str], subject: str, person: str, problem: str
) -> None:
    """One sentence with the remedy."""
    code = main(["identity", "link", subject, person])

    assert code == 2
    assert problem in capsys.readouterr().err
