"""The oracle's side of shared limits: rows of one partition that hold tokens, and its desk."""

from collections.abc import Callable
from typing import Any

from streams.codec.leasing import decode_said, encode_said, refuse_said
from streams.core.events import FORWARD_TOPIC, Body
from streams.core.leases.desk import Desk
from streams.core.leases.rows import Held, Known, Lease
from streams.core.leases.saying import Said
from streams.core.leases.taking import settle
from streams.core.offers import Policy
from streams.core.profile.profile import Profile
from streams.core.step import StepResult
from streams.kafka.partitioner import partition_for
from tests.integration.kept import Output
from tests.integration.reading import Logged

Send = Callable[[str, Output, int], None]


class Tokens(dict[bytes, Lease | Held | Known]):
    """The rows of one partition; `begin` comes first in each unit."""

    def __init__(self, partition: int, partitions: int, send: Send) -> None:
        """Hold nothing; exchanges go out by `send(topic, output, partition)`."""
        super().__init__()
        self._partition = partition
        self._partitions = partitions
        self._send = send
        self._policy: Policy
        self._desk: Desk

    def begin(self, policy: Policy, clock_ms: int) -> None:
        """Fold by `policy` from now on."""
        self._policy = policy
        self._desk = Desk(
            self,
            policy.limits,
            policy.contact.zone,
            number=self._partition,
            partitions=self._partitions,
            home_of=lambda key: partition_for(key, self._partitions),
            say=self._say,
            count=lambda *_: None,
        )
        if policy.limits.every:
            self._desk.adopt(clock_ms)

    @property
    def standing(self) -> Desk | None:
        """What decisions read; None where nothing is limited."""
        return self._desk if self._policy.limits.every else None

    def hear(self, record: Logged, clock_ms: int) -> str:
        """Fold an exchange.

        Raises:
            DecodeError: it says what cannot be.
        """
        said = decode_said(record.key, record.value, self._partitions)
        if not self._desk.expects(said):
            raise refuse_said("", "")
        self._desk.hear(said, clock_ms)
        return "exchanged"

    def settle(
        self, profile: Profile, before: int, body: Body | None, result: StepResult | None
    ) -> None:
        """Move tokens by what became of open offers; there were so many `before`."""
        if self._policy.limits.every:
            settle(
                self._desk,
                profile,
                self._policy,
                open_before=before,
                body=body,
                decision=None if result is None else result.decision,
                messages=() if result is None else result.offers,
            )

    def _say(self, to: int, said: Said) -> None:
        key, value, headers = encode_said(said)
        self._send(FORWARD_TOPIC, Output(key, value, tuple(headers)), to)

    def read(self, key: bytes) -> Any:
        """The row of `key`, None if there is none."""
        return self.get(key)

    def put(self, key: bytes, row: Any) -> None:
        """Keep `row`."""
        self[key] = row

    def remove(self, key: bytes) -> None:
        """Forget the row of `key`."""
        del self[key]
