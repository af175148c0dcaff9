"""`streams explain`: what is told, to whom, and when it is not."""

import json

import msgspec
import pytest
from msgspec import structs

from streams.cli.aftermath import Later
from streams.cli.decision_log import Policies
from streams.cli.explain import as_json, explained
from streams.cli.explain_words import in_words
from streams.cli.main import main
from streams.codec.outputs import encode_decision
from streams.core.decide.explaining import Explanation
from tests.cli.decisions import SETTINGS, an_offer, as_record, explanation_of
from tests.strategies_profiles import NOON

OFFER_ID = "0123456789abcdef0123456789abcdef"


def words(one: Explanation) -> str:
    """All of its sentences."""
    return "\n".join(in_words(one))


def test_no_identifier_but_the_subject_is_told() -> None:
    """Neither the event's nor other offers'."""
    decision = an_offer()
    hidden = structs.replace(decision.view, cause_id="receipt-77")
    one = explanation_of(structs.replace(decision, view=hidden, cause_id="receipt-77"))

    assert "receipt-77" not in words(one)
    assert "receipt-77" not in as_json(one, None)


def test_machines_get_the_values_and_what_came_after() -> None:
    """The fields of the explanation, on one line."""
    one = explanation_of(an_offer())

    shown = json.loads(as_json(one, [Later(NOON, "withdrawn", "web", "it was bought")]))

    assert shown["fate"]["offer"] == "coffee-again"
    assert "accepts" in {each["changes"][0]["kind"] for each in shown["counterfactuals"]}
    assert shown["after"] == [
        {
            "at_ms": NOON,
            "what": "withdrawn",
            "channel": "web",
            "why": "it was bought",
            "counts": True,
        }
    ]
    assert "after" not in json.loads(as_json(one, None))


def test_a_decision_that_does_not_come_out_as_logged_says_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It is explained all the same; without its policy it is not."""
    policies = Policies(SETTINGS)
    document = msgspec.json.decode(encode_decision(an_offer())[0])

    changed = explained(msgspec.json.encode(document | {"draw": 0.5}), policies)
    said = capsys.readouterr().err
    older = explained(msgspec.json.encode(document | {"policy_version": "older"}), policies)

    assert changed is not None
    assert "this release does not come to the logged decision" in said
    assert older is None
    assert "the log names policy version older" in capsys.readouterr().err
    assert explained(as_record(an_offer()).value or b"", policies) == explanation_of(an_offer())
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["coffee"], "offer id 'coffee': expected 32 hex digits"),
        ([OFFER_ID, "--offers", "nowhere"], "found none"),
        ([OFFER_ID, "--until", "now"], "--until: expected a time such as"),
    ],
)
def test_wrong_usage_exits_2_without_asking_a_broker(
    arguments: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence; no traceback."""
    code = main(["explain", *arguments, "--broker", "kafka://127.0.0.1:1"])

    said = capsys.readouterr().err
    assert (code, said.count("\n")) == (2, 1)
    assert problem in said
