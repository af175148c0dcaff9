"""What any adapter of a channel must keep: a script of messages and questions, rule by rule.

Pure: who runs it produces the messages and asks the questions. Each rule has a subject of its own,
fresh in each run. What was said counts as read by the adapter when it shows the fence, an offer in
a slot of its own that is said last, to the same subject and so in the same partition.
"""

from dataclasses import dataclass

import msgspec

from streams.core.decide.record import Action, OfferId, OfferMessage, Pitch
from streams.core.events import Channel

MAIN, OTHER, FENCE = "main", "other", "conformance-fence"
LIFE_MS = 600_000
"""Offers of a run that broke off are gone after this."""
SHORT_MS = 1_500
"""Life of the offer that expires during the run,"""
SKEW_MS = 1_000
"""and how far the adapter's clock may be behind."""
FENCES = 1 << 16
"""Numbers of offers from here on are those of fences."""
SAID_MAX = 4
"""No rule speaks more often: each time has a fence of its own."""
MALFORMED = (b"", b"nonsense", b"[]", b"{}", b'{"subject": 7}', b'{"subject": "nobody"}')


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Produce `messages` in one transaction, in order; `abort` it instead of committing."""

    messages: tuple[OfferMessage, ...]
    abort: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Ask for the best offer; `expected` is its id, None for a 204."""

    subject: str
    slot: str | None
    expected: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Do nothing until `until_ms`."""

    until_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Send `body` to /best-offer, which must answer 400 in one sentence."""

    body: bytes


Step = Say | Ask | Wait | Send


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing that an adapter must keep; the steps are done until one of them fails."""

    name: str
    subject: str
    steps: tuple[Step, ...]

    def messages(self) -> tuple[OfferMessage, ...]:
        """All that is said, in order."""
        return tuple(
            message for step in self.steps if isinstance(step, Say) for message in step.messages
        )


def rules(channel: Channel, run: str, *, now_ms: int) -> tuple[Rule, ...]:
    """Return the script of run `run`, a name of 16 hex digits that no run had before.

    The same run at another time has the same rules with other times in them.
    """
    script = _Script(channel, run, now_ms)
    return (
        script.issue_is_visible(),
        script.slot_is_its_own(),
        script.supersede_replaces(),
        script.withdraw_removes(),
        script.expired_is_not_shown(),
        script.redelivered_changes_nothing(),
        script.redelivered_end_stays(),
        script.older_is_ignored(),
        script.aborted_is_invisible(),
        script.unknown_gets_nothing(),
        script.malformed_is_refused(),
    )


def fence(rule: Rule, number: int, channel: Channel, run: str, *, now_ms: int) -> OfferMessage:
    """Return the `number`-th fence of `rule`, from 1: its sequence is above all that was said."""
    return replace_message(
        _message(channel, rule.subject, now_ms),
        offer_id=_offer_id(run, rule.subject, FENCES + number),
        slot=FENCE,
        sequence=_last(rule) + number,
    )


def endings(rule: Rule, channel: Channel, run: str, *, now_ms: int) -> tuple[OfferMessage, ...]:
    """Return what takes back all that a rule said, fences too: nothing of a run stays open."""
    fences = (fence(rule, one + 1, channel, run, now_ms=now_ms) for one in range(SAID_MAX))
    said = {one.offer_id: one for one in (*rule.messages(), *fences)}
    first = _last(rule) + SAID_MAX + 1
    return tuple(_withdrawal(one, number) for number, one in enumerate(said.values(), first))


def replace_message(message: OfferMessage, **changes: object) -> OfferMessage:
    """Return `message` with `changes`."""
    return msgspec.structs.replace(message, **changes)


class _Script:
    """The rules of one run, each on the next subject."""

    def __init__(self, channel: Channel, run: str, now_ms: int) -> None:
        self._channel = channel
        self._run = run
        self._now_ms = now_ms
        self._number = 0
        self._subject = ""

    def issue_is_visible(self) -> Rule:
        first = self._begin(1, sequence=3)
        return self._rule(
            "an issued offer is shown; without a slot, the one issued last",
            self._say(first),
            self._ask(MAIN, first),
            Ask(subject=self._subject, slot=None, expected=self._fence_id(1)),
        )

    def slot_is_its_own(self) -> Rule:
        first, second = self._begin(1, sequence=1), self._next(2, sequence=7, slot=OTHER)
        return self._rule(
            "a slot shows its own offer",
            self._say(first, second),
            self._ask(MAIN, first),
            self._ask(OTHER, second),
            self._ask("conformance-empty", None),
        )

    def supersede_replaces(self) -> Rule:
        first = self._begin(1, sequence=1)
        second = self._next(2, sequence=40, action=Action.SUPERSEDE, supersedes=first.offer_id)
        return self._rule(
            "a superseding offer replaces the one before",
            self._say(first),
            self._ask(MAIN, first),
            self._say(second),
            self._ask(MAIN, second),
        )

    def withdraw_removes(self) -> Rule:
        first = self._begin(1, sequence=1)
        return self._rule(
            "a withdrawn offer is not shown",
            self._say(first),
            self._ask(MAIN, first),
            self._say(_withdrawal(first, 5)),
            self._ask(MAIN, None),
        )

    def expired_is_not_shown(self) -> Rule:
        over = self._begin(1, sequence=1, expires_at_ms=self._now_ms - SKEW_MS)
        short_ms = self._now_ms + SHORT_MS
        short = self._next(2, sequence=2, slot=OTHER, expires_at_ms=short_ms)
        return self._rule(
            "an expired offer is not shown",
            self._say(over, short),
            self._ask(MAIN, None),
            Wait(until_ms=short_ms + SKEW_MS),
            self._ask(OTHER, None),
        )

    def redelivered_changes_nothing(self) -> Rule:
        first = self._begin(1, sequence=1)
        second = self._next(2, sequence=2, action=Action.SUPERSEDE, supersedes=first.offer_id)
        return self._rule(
            "a message that comes again changes nothing",
            self._say(first, second),
            self._say(first, second, first),
            self._ask(MAIN, second),
        )

    def redelivered_end_stays(self) -> Rule:
        first = self._begin(1, sequence=1)
        return self._rule(
            "an issue that comes again after its withdrawal opens nothing",
            self._say(first, _withdrawal(first, 2)),
            self._say(first),
            self._ask(MAIN, None),
        )

    def older_is_ignored(self) -> Rule:
        newer, older = self._begin(1, sequence=9), self._next(2, sequence=4)
        return self._rule(
            "an older sequence that comes late is ignored",
            self._say(newer),
            self._say(older),
            self._ask(MAIN, newer),
        )

    def aborted_is_invisible(self) -> Rule:
        aborted = self._begin(1, sequence=1)
        return self._rule(
            "an offer of an aborted transaction is not shown",
            Say(messages=(aborted,), abort=True),
            self._say(),
            self._ask(MAIN, None),
        )

    def unknown_gets_nothing(self) -> Rule:
        self._begin(1, sequence=1)
        return self._rule(
            "an unknown subject gets 204",
            self._ask(MAIN, None),
            Ask(subject=self._subject, slot=None, expected=None),
        )

    def malformed_is_refused(self) -> Rule:
        self._begin(1, sequence=1)
        return self._rule(
            "a malformed request gets 400 in one sentence", *(Send(body=one) for one in MALFORMED)
        )

    def _begin(self, name: int, **changes: object) -> OfferMessage:
        """The first offer to the next subject."""
        self._number += 1
        self._subject = f"customer:conformance-{self._run}-{self._number}"
        return self._next(name, **changes)

    def _next(self, name: int, **changes: object) -> OfferMessage:
        made = _message(self._channel, self._subject, self._now_ms)
        offer_id = _offer_id(self._run, self._subject, name)
        return replace_message(made, offer_id=offer_id, **changes)

    def _rule(self, name: str, *steps: Step) -> Rule:
        return Rule(name=name, subject=self._subject, steps=steps)

    def _say(self, *messages: OfferMessage) -> Say:
        return Say(messages=messages)

    def _ask(self, slot: str, offer: OfferMessage | None) -> Ask:
        return Ask(
            subject=self._subject, slot=slot, expected=None if offer is None else offer.offer_id
        )

    def _fence_id(self, number: int) -> OfferId:
        return _offer_id(self._run, self._subject, FENCES + number)


def _last(rule: Rule) -> int:
    return max((one.sequence for one in rule.messages()), default=0)


def _offer_id(run: str, subject: str, name: int) -> OfferId:
    number = int(subject.rpartition("-")[2])
    return OfferId(f"{int(run, 16):016x}{number:08x}{name:08x}")


def _message(channel: Channel, subject: str, now_ms: int) -> OfferMessage:
    return OfferMessage(
        offer_id=OfferId(""),
        action=Action.ISSUE,
        sequence=0,
        subject=subject,
        channel=channel,
        slot=MAIN,
        offer="conformance",
        purpose="service",
        reason="a conformance test of this channel's adapter",
        issued_at_ms=now_ms,
        cause_id="conformance",
        policy_version="conformance",
        expires_at_ms=now_ms + LIFE_MS,
        pitch=Pitch(treatment="conformance", text="This is a test; nobody should see it."),
    )


def _withdrawal(offer: OfferMessage, sequence: int) -> OfferMessage:
    return replace_message(
        offer,
        action=Action.WITHDRAW,
        sequence=sequence,
        expires_at_ms=None,
        pitch=None,
        supersedes=None,
    )
