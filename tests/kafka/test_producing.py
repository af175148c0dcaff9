"""What each kind of error of a transaction leads to, on librdkafka's own error values."""

from collections.abc import Callable
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from streams.core.errors import FencedError, RestartError
from streams.kafka import producing
from streams.kafka.producing import TransactionalProducer


class Answers:
    """Stands for librdkafka's producer: gives the prepared answers, one a call, and counts."""

    def __init__(self, *answers: KafkaError | None) -> None:
        self.answers = list(answers)
        self.commits = 0
        self.aborted = 0
        self.fenced_by_now = False

    def commit_transaction(self, _: float) -> None:
        """The next answer."""
        self.commits += 1
        answer = self.answers.pop(0)
        if answer is not None:
            raise KafkaException(answer)

    def send_offsets_to_transaction(self, *_: Any) -> None:
        """Accepted."""

    def abort_transaction(self, _: float) -> None:
        """Counted."""
        self.aborted += 1
        if self.fenced_by_now:
            raise KafkaException(KafkaError(KafkaError._FENCED, "newer", True, False, False))  # noqa: FBT003  # fatal, retriable, abort


@pytest.fixture
def committing() -> Callable[..., Answers]:
    """Return a function: answers -> the fake after one commit on it; errors go through."""

    def commit(*answers: KafkaError | None, fenced_by_now: bool = False) -> Answers:
        producer = TransactionalProducer.__new__(TransactionalProducer)
        fake = Answers(*answers)
        fake.fenced_by_now = fenced_by_now
        producer._producer = fake  # type: ignore[assignment]  # a fake with the same calls
        producer._largest = (1234, "offer.web.v1")
        try:
            producer.commit([], None)
        except RestartError as error:
            error.fake = fake  # type: ignore[attr-defined]  # for the test to look at
            raise
        return fake

    return commit


def test_retriable_error_calls_the_same_function_again(
    committing: Callable[..., Answers],
) -> None:
    """Aborting a commit that was entered would answer _CONFLICT and lose the unit."""
    retriable = KafkaError(KafkaError._TIMED_OUT, "slow", False, True, False)  # noqa: FBT003  # fatal, retriable, abort

    fake = committing(retriable, retriable, None)

    assert (fake.commits, fake.aborted) == (3, 0)


def test_retriable_error_gives_up_after_a_minute(
    committing: Callable[..., Answers], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broker that never answers ends the worker; its supervisor starts it again."""
    monkeypatch.setattr(producing, "RETRY_S", 0.0)
    retriable = KafkaError(KafkaError._TIMED_OUT, "slow", False, True, False)  # noqa: FBT003  # fatal, retriable, abort

    with pytest.raises(RestartError, match=r"committing: _TIMED_OUT"):
        committing(retriable)


def test_abortable_error_aborts_once_and_names_the_largest_record(
    committing: Callable[..., Answers],
) -> None:
    """The broker refused a record: the size is the usual reason."""
    abortable = KafkaError(KafkaError.MSG_SIZE_TOO_LARGE, "refused", False, False, True)  # noqa: FBT003  # fatal, retriable, abort

    with pytest.raises(RestartError, match=r"largest record 1234 bytes, to offer.web.v1") as caught:
        committing(abortable)

    assert caught.value.cause == "transaction aborted"
    assert caught.value.fake.aborted == 1  # type: ignore[attr-defined]  # put there by the fixture


def test_abort_that_finds_a_newer_producer_is_fencing(committing: Callable[..., Answers]) -> None:
    """The commit only said that it must be aborted; why comes out at the abort."""
    abortable = KafkaError(KafkaError.UNKNOWN, "odd", False, False, True)  # noqa: FBT003  # fatal, retriable, abort

    with pytest.raises(FencedError, match=r"^fenced: committing"):
        committing(abortable, fenced_by_now=True)


@pytest.mark.parametrize(
    "code", [KafkaError._FENCED, KafkaError.PRODUCER_FENCED, KafkaError.INVALID_PRODUCER_EPOCH]
)
def test_being_fenced_has_its_own_cause(committing: Callable[..., Answers], code: int) -> None:
    """Two workers of one name need another remedy than a broker that is away."""
    with pytest.raises(FencedError, match=r"^fenced: committing"):
        committing(KafkaError(code, "newer", True, False, False))  # noqa: FBT003  # fatal, retriable, abort


def test_unknown_error_ends_the_worker(committing: Callable[..., Answers]) -> None:
    """Nothing is guessed about what happened to the transaction."""
    with pytest.raises(RestartError, match=r"^broker: committing: UNKNOWN"):
        committing(KafkaError(KafkaError.UNKNOWN, "odd", False, False, False))  # noqa: FBT003  # fatal, retriable, abort
