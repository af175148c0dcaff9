"""The count of contacts per person finds one too many, and calls none too many that was not."""

from pathlib import Path

import msgspec

from streams.codec.catalogue import load_policy
from streams.codec.exchanges import encode_exchange
from streams.core.fold_policy import DAY_MS
from streams.core.identity.routing import Exchange, Send
from streams.core.profile.profile import new_profile
from tests.integration.contacts import Limit, tight_offers, too_many
from tests.integration.feed import CLICK, headers
from tests.integration.kept import LEDGER_KEY, Kept, Ledger, Run
from tests.integration.reading import Logged

FORWARD, OFFER = "identity.forward.v1", "offer.web.v1"
ANN, PHONE = "customer:ann", "device:phone"
ONE_IN_A_SECOND = [Limit(frozenset({("web", "marketing")}), 1, 1_000)]
NOW_MS = 1_700_000_000_000
VIEW = b'{"event_name":"page_view"}'


def click(offset: int, event_id: str) -> Logged:
    """A click of the person."""
    marks = tuple(headers(CLICK, event_id, NOW_MS))
    return Logged(CLICK, 0, offset, ANN.encode(), VIEW, marks, NOW_MS)


def join(exchange: Exchange = Exchange.JOIN, *, offset: int = 0, last: int = 1) -> Logged:
    """The phone's part on its way to the person, or back, after its issue number `last`."""
    part = new_profile(PHONE)
    part.offer_sequence = last
    joins = exchange is Exchange.JOIN
    send = Send(exchange, ANN if joins else PHONE, PHONE, part, "login" if joins else ANN, 5)
    value, marks = encode_exchange(send, 1)
    return Logged(FORWARD, 0, offset, send.target.encode(), value, tuple(marks), 1_000)


def issue(subject: str, sequence: int, at_ms: int, cause_id: str) -> Logged:
    """An offer on the web."""
    value = {
        "action": "issue",
        "subject": subject,
        "sequence": sequence,
        "channel": "web",
        "purpose": "marketing",
        "issued_at_ms": at_ms,
        "cause_id": cause_id,
    }
    return Logged(OFFER, 0, sequence, subject.encode(), msgspec.json.encode(value), (), at_ms)


def kept(sources: list[Logged], issues: list[Logged]) -> Kept:
    """All of `sources` folded in this order by one partition."""
    runs = [Run(one.topic, one.offset, one.offset + 1) for one in sources]
    ledger = Ledger(positions={}, runs=runs, counts={}, clock_ms=0, folded=0)
    row = Logged("changelog", 0, 0, LEDGER_KEY, msgspec.json.encode(ledger), (), 0)
    return Kept(
        sources=sorted(sources, key=lambda one: one[:3]),
        changelog=[row],
        outputs=issues,
        dead_letters=[],
        committed={},
    )


def test_what_a_phone_brought_counts_towards_its_person() -> None:
    """One contact at the phone and one at its person within a second are one too many."""
    issues = [issue(PHONE, 1, 1_000, "e1"), issue(ANN, 1, 1_999, "e2")]

    found = too_many(kept([join(), click(0, "e2")], issues), ONE_IN_A_SECOND)

    assert found.problems == [
        "customer:ann: issue 1 by web/marketing after 0 of its own and 1 brought, 1 in 1000 ms"
    ]
    assert (found.issues, found.beside) == (2, 1)


def test_a_contact_as_old_as_the_window_is_outside_it() -> None:
    """A second later is not within a second."""
    issues = [issue(PHONE, 1, 1_000, "e1"), issue(ANN, 1, 2_000, "e2")]

    found = too_many(kept([join(), click(0, "e2")], issues), ONE_IN_A_SECOND)

    assert (found.problems, found.beside) == ([], 0)


def test_what_was_not_known_yet_does_not_count() -> None:
    """The person was contacted before the phone was known to be theirs."""
    issues = [issue(PHONE, 1, 1_000, "e1"), issue(ANN, 1, 1_001, "e2")]

    assert too_many(kept([click(0, "e2"), join()], issues), ONE_IN_A_SECOND).problems == []


def test_a_link_that_the_person_refused_brings_nothing() -> None:
    """The part went back: its contacts are the phone's own."""
    issues = [issue(PHONE, 1, 1_000, "e1"), issue(ANN, 1, 1_001, "e2")]
    sources = [join(), join(Exchange.BACK_SHARED, offset=1), click(0, "e2")]

    assert too_many(kept(sources, issues), ONE_IN_A_SECOND).problems == []


def test_a_contact_is_brought_once() -> None:
    """A second link of the same phone brings what came after the first, here nothing."""
    issues = [issue(PHONE, 1, 1_000, "e1"), issue(ANN, 1, 1_001, "e2")]
    two = [Limit(frozenset({("web", "marketing")}), 2, 1_000)]

    found = too_many(kept([join(), join(offset=1), click(0, "e2")], issues), two)

    assert (found.problems, found.beside) == ([], 1)


def test_ones_own_contacts_count_without_any_link() -> None:
    """A subject that is linked to nobody answers for its own."""
    issues = [issue(PHONE, 1, 1_000, "e1"), issue(PHONE, 2, 1_001, "e2")]

    (problem,) = too_many(kept([], issues), ONE_IN_A_SECOND).problems

    assert "after 1 of its own and 0 brought" in problem


def test_an_issue_that_no_record_caused_is_named() -> None:
    """Without its cause nobody can tell what was known."""
    issues = [issue(PHONE, 1, 1_000, "e1"), issue(ANN, 1, 1_999, "e3")]

    (problem,) = too_many(kept([join(), click(0, "e2")], issues), ONE_IN_A_SECOND).problems

    assert problem == "customer:ann: no record brought about its issue 1"


def test_the_tight_policy_is_one_a_worker_takes(tmp_path: Path) -> None:
    """All its caps and spacings are read, each as one limit."""
    limits = tight_offers(tmp_path / "offers")

    files = {path.name: path.read_text() for path in (tmp_path / "offers").glob("*.yaml")}
    policy = load_policy(files, lateness_max_ms=DAY_MS)
    assert policy.contact.rules.keys() <= {scope for one in limits for scope in one.scopes}
    assert max(one.window_ms for one in limits) == policy.contact.window_max_ms
    assert len(limits) == 13
