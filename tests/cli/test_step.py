"""`streams step`: the core on a file of events, with no broker."""

import json
from pathlib import Path
from typing import Any

import pytest

from streams.cli.main import main

OFFERS = Path(__file__).parents[2] / "deploy" / "offers"
COFFEE = {
    "item_id": "p1",
    "item_name": "Arabica",
    "item_category": "GROCERY",
    "item_category2": "COFFEE",
    "price_minor": 799,
}


def line(number: int, topic: str, data: dict[str, Any], **changes: Any) -> str:
    """One CloudEvent, `number` minutes after three in the afternoon."""
    event = {
        "specversion": "1.0",
        "id": f"e{number}",
        "source": "/test",
        "type": topic,
        "time": f"2025-06-10T15:{number:02d}:00Z",
        "subject": "customer:1",
        "data": data,
    }
    return json.dumps({**event, **changes})


def click(number: int, name: str, **more: Any) -> str:
    """A click on coffee."""
    data = {"event_name": name, "currency": "USD", "items": [COFFEE], **more}
    return line(number, "clickstream.event.v1", data)


COMPLAINT = {"interaction_type": "opened", "channel": "phone", "case_id": "c1"}
CONSENT = {"outcome": "consent_changed", "purpose": "marketing", "granted": True}
HISTORY = [
    line(0, "channel.outcome.v1", CONSENT),
    click(1, "view_item"),
    "",
    click(3, "add_to_cart"),
    line(4, "service.interaction.v1", COMPLAINT),
    click(3, "add_to_cart"),
]


@pytest.fixture(autouse=True)
def _offers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMS_OFFERS_DIR", str(OFFERS))


def write(directory: Path, *lines: str) -> str:
    """The name of a file of `lines`."""
    path = directory / "events.jsonl"
    path.write_text("\n".join(lines))
    return str(path)


def test_each_line_shows_change_gates_decision_and_offer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In words a person reads."""
    code = main(["step", "--events", write(tmp_path, *HISTORY)])

    said = capsys.readouterr().out
    assert code == 0
    assert "2: 2025-06-10T15:01:00Z  customer:1  view_item  applied" in said
    assert "    situation.stage: unaware -> exploring" in said
    assert "    taste.categories[COFFEE]: nothing -> unknown (n=1)" in said
    assert (
        "    contact.consents[*/marketing]: nothing -> granted True, at_ms 2025-06-10T15:00" in said
    )
    assert "    decision on view_item (main): offer, draw 0." in said
    assert "coffee-again / plain / regular by web: value " in said
    assert "because you have 1 COFFEE item in the cart" in said
    assert "because a complaint is open" in said
    assert "6: 2025-06-10T15:03:00Z  customer:1  add_to_cart  duplicate" in said


def test_machines_get_one_object_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the whole decision and every message."""
    code = main(["step", "--json", "--events", write(tmp_path, *HISTORY)])

    steps = [json.loads(one) for one in capsys.readouterr().out.splitlines()]
    assert code == 0
    assert [one["outcome"] for one in steps] == ["applied"] * 4 + ["duplicate"]
    assert steps[1]["changes"]["events"] == [1, 2]
    assert steps[1]["decision"]["result"] == "offer"
    assert [offer["action"] for offer in steps[3]["offers"]] == ["withdraw", "issue"]
    assert steps[4]["changes"] == {}


def test_a_trait_that_becomes_known_is_shown_with_its_value(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its evidence is beside it, before and after."""
    main(["step", "--events", write(tmp_path, *[click(one, "view_item") for one in (1, 2, 3)])])

    said = capsys.readouterr().out
    assert "    taste.categories[COFFEE]: unknown (n=1) -> unknown (n=2)" in said
    assert "    taste.categories[COFFEE]: unknown (n=2) -> 0.6" in said
    assert " (n=3)" in said


def test_only_what_has_new_evidence_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A look at tea lowers the share of coffee, and says nothing new of it."""
    tea = {**COFFEE, "item_id": "p2", "item_category2": "TEA"}
    looks = [click(one, "view_item") for one in (1, 2, 3)]

    main(
        ["step", "--json", "--events", write(tmp_path, *looks, click(4, "view_item", items=[tea]))]
    )

    changes = json.loads(capsys.readouterr().out.splitlines()[3])["changes"]
    assert changes["taste.categories[TEA]"][0] is None
    assert changes["taste.categories[TEA]"][1]["count"] == 1
    assert "taste.categories[COFFEE]" not in changes
    assert "as_of_ms" not in changes


def test_gates_are_named_when_nothing_passes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Silence is explained too."""
    main(["step", "--events", write(tmp_path, *HISTORY[:4], HISTORY[4], click(9, "view_item"))])

    said = capsys.readouterr().out
    assert "decision on view_item (main): silence" in said
    assert "coffee-again / plain / regular by web: stopped by open_complaint" in said
    assert "      stopped: open_complaint 6" in said


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("{", "undecodable"),
        (line(2, "offer.email.v1", {}), "envelope"),
        (line(2, "clickstream.event.v1", {"event_name": "dance"}), "schema"),
        (line(2, "clickstream.event.v1", {}, subject="nobody"), "key"),
        (line(2, "clickstream.event.v1", {"event_name": "page_view"}, time="noon"), "envelope"),
    ],
)
def test_a_line_that_is_no_event_is_named_and_the_rest_goes_on(
    bad: str, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a dead letter would be; the command ends with 1."""
    code = main(["step", "--events", write(tmp_path, bad, click(3, "view_item"))])

    said = capsys.readouterr()
    assert code == 1
    assert f"streams: line 1: {reason}: " in said.err
    assert "2: 2025-06-10T15:03:00Z" in said.out


def test_a_missing_file_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """With one sentence."""
    code = main(["step", "--events", "/no/such/file"])

    assert code == 2
    assert capsys.readouterr().err == (
        "streams: --events /no/such/file cannot be read: No such file or directory\n"
    )


def test_a_directory_without_a_catalogue_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And says which setting to change."""
    monkeypatch.setenv("STREAMS_OFFERS_DIR", str(tmp_path))

    code = main(["step", "--events", write(tmp_path, *HISTORY)])

    assert code == 2
    assert "or set STREAMS_OFFERS_DIR to it" in capsys.readouterr().err
