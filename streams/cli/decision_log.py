"""The decision log as commands read it: finding decisions, and the policies they were made by."""

import argparse
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from streams.cli.finding import checked
from streams.cli.learned import Learned
from streams.cli.published import policy_of
from streams.cli.reading import Reader, Record
from streams.cli.words import read_utc
from streams.codec import model
from streams.codec.outputs import DECISION_TOPIC, SHADOW_TOPIC
from streams.config import Settings
from streams.core.decide.record import DecisionRecord
from streams.core.errors import ConfigError
from streams.core.offers import Policy
from streams.kafka.partitioner import partition_for
from streams.worker.policies import read_policy

ID_HEADER = "ce_id"
_ID = re.compile(r"[0-9a-f]{32}")


class Policies:
    """The policies at hand: of the files in one directory, and those that were published.

    What had been learned by the time of a decision has versions of its own. Topics are looked at
    once `connect` was called.
    """

    def __init__(self, settings: Settings, offers_dir: Path | None = None) -> None:
        """Read the files of `offers_dir`, or of the settings.

        Raises:
            ConfigError: naming file and line of every problem.
        """
        if offers_dir is not None:
            settings = replace(settings, offers_dir=offers_dir)
        self._directory = settings.offers_dir
        self._files = read_policy(settings)
        self._learned = Learned()
        self._broker: Settings | None = None
        self._offers: dict[str, Policy | None] = {self._files.policy_version: self._files}
        self._made: dict[tuple[str, str], Policy] = {}

    def connect(self, reader: Reader, settings: Settings) -> None:
        """Read the versions of what outcomes taught; look for published offers from now on."""
        self._learned.read(reader, settings)
        self._broker = settings

    def of(self, decision: DecisionRecord) -> Policy | None:
        """Return the policy that `decision` was made by; None when it is not at hand."""
        offers = self._offers_of(decision.policy_version)
        version = decision.acceptance_version
        if offers is None or not version:
            return offers
        learned, key = self._learned.get(version), (decision.policy_version, version)
        if key not in self._made and learned is not None:
            self._made[key] = replace(offers, acceptance=learned)
        return self._made.get(key)

    def offers_of(self, decision: DecisionRecord) -> Policy | None:
        """Return the same without what was learned: its rows are those of any version of that."""
        return self._offers_of(decision.policy_version)

    def missing(self, decision: DecisionRecord) -> str:
        """Return the sentence that says why there is no policy of `decision`."""
        version = decision.policy_version
        if self._offers_of(version) is not None:
            return (
                f"the log names what was learned by version {decision.acceptance_version}, and "
                f"{model.TOPIC} does not hold it any more"
            )
        return (
            f"the log names policy version {version}, and the files in {self._directory} are "
            f"version {self._files.policy_version}; name that version's files with --offers "
            "(its lexicon and STREAMS_LATENESS_MAX_MS count too)"
        )

    def _offers_of(self, version: str) -> Policy | None:
        if version not in self._offers and self._broker is not None:
            try:
                found = policy_of(self._broker, version, self._files)
            except ConfigError:  # it was never published, or not all of it is there any more
                found = None
            self._offers[version] = found
        return self._offers.get(version)


def add_log(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which part of the log to read, and whose policy to take."""
    option = parser.add_argument
    option("--subject", metavar="SUBJECT", help="read this customer's partition of the log alone")
    option("--from", dest="since", metavar="TIME", help="logged since, such as 2025-01-31T00:00Z")
    option("--until", metavar="TIME", help="logged before")
    option("--shadow", action="store_true", help="read what decided beside: decision.shadow.v1")
    option("--offers", type=Path, metavar="DIR", help="the policy's files; STREAMS_OFFERS_DIR")


def checked_id(text: str) -> str:
    """Return `text` if it can be the id of an offer or decision.

    Raises:
        ConfigError: it cannot.
    """
    if _ID.fullmatch(text):
        return text
    problem = f"offer id {text!r}: expected 32 hex digits, as `streams offers tail --json` shows"
    raise ConfigError(problems=[problem])


def asked(args: argparse.Namespace) -> tuple[int, int, bytes | None]:
    """Return the first time, the time after the last, and the key of the records asked for.

    Raises:
        ConfigError: an option is wrong.
    """
    since_ms = read_utc("--from", args.since, 0)
    until_ms = read_utc("--until", args.until, sys.maxsize)
    return since_ms, until_ms, None if args.subject is None else checked(args.subject).encode()


def logged(
    reader: Reader, settings: Settings, args: argparse.Namespace, name: str
) -> Iterator[Record]:
    """Yield the committed records of `name`, a log of decisions, that `args` of `add_log` ask for.

    Raises:
        ConfigError: an option is wrong, or there is no log.
        RestartError: the broker does not answer.
    """
    since_ms, until_ms, key = asked(args)
    topic = settings.topic_prefix + name
    bounds = reader.bounds([topic])
    if not bounds:
        problem = f"topic {topic} does not exist; make it with: streams topics create --apply"
        raise ConfigError(problems=[problem])
    if key is not None:
        place = (topic, partition_for(key, len(bounds)))
        bounds = {place: bounds[place]}
    if since_ms:
        bounds = reader.since(bounds, since_ms)
    for record in reader.records(bounds):
        if since_ms <= record.time_ms < until_ms and (key is None or record.key == key):
            yield record


def decision_of(
    reader: Reader, settings: Settings, args: argparse.Namespace, offer_id: str
) -> Record | None:
    """Return the record of the decision that made `offer_id`, whose id it has.

    It is looked for in the decision log, then among shadows; with `--shadow` there alone. None,
    with a sentence on stderr, when neither holds it.
    """
    names = [SHADOW_TOPIC] if args.shadow else [DECISION_TOPIC]
    if not args.shadow and settings.topic_prefix + SHADOW_TOPIC in reader.partitions():
        names.append(SHADOW_TOPIC)
    for name in names:
        for record in logged(reader, settings, args, name):
            if record.header(ID_HEADER) == offer_id:
                return record
    where = " or ".join(settings.topic_prefix + name for name in names)
    print(
        f"no decision {offer_id} in {where}; "
        "retention may have deleted it, or an option leaves it out",
        file=sys.stderr,
    )
    return None


def is_shadow(record: Record, settings: Settings) -> bool:
    """Whether `record` of a log of decisions is of the one that nothing was sent of."""
    return record.topic == settings.topic_prefix + SHADOW_TOPIC
