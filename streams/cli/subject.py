"""`streams subject show | correct | mute | suppress | erase SUBJECT`: it is the customer's profile.

`show` tells them in sentences what is known. Each of the others publishes one event to
`channel.outcome.v1`, as a preference centre would: it holds from its time on,
survives a replay, and wins over whatever was inferred. `erase` is for good: GDPR, article 17.
"""

import argparse
import re
import sys
import time
from typing import Any, cast
from uuid import uuid4

import msgspec
from confluent_kafka import KafkaError, KafkaException, Producer

from streams.cli.environment import read_settings
from streams.cli.finding import add_store, checked, found
from streams.cli.reading import Reader
from streams.cli.sending import PROPERTIES, SEND_MAX_S, Delivery
from streams.cli.subject_words import in_words
from streams.cli.words import clean
from streams.codec.sources import encode_event
from streams.config import Settings
from streams.core.errors import ConfigError, RestartError
from streams.core.events import Erased, Event, OutcomeBody, Suppressed, TraitCorrected, TraitMuted
from streams.core.kinds.outcome import MUTED_PATTERN, TRAIT_GROUPS, TRAIT_PATTERN, Scope
from streams.kafka.quiet import Complaints, connect, no_answer

TOPIC = "channel.outcome.v1"
SOURCE = "/streams/subject"
SOURCE_WORD_MAX, NAME_MAX = 64, 200
SCOPES = ("product", "attribute", "category", "brand")
ERASURE = (
    "the profile of the person whom it belongs to goes, and of all their identifiers; their open "
    "offers are withdrawn, nothing can be taken back, and earlier events count no more; their "
    "records stay in Kafka: sources, decisions and offers until retention, the changelog until "
    "compaction"
)
GROUPS = f"groups are {', '.join(TRAIT_GROUPS)}"


def add(subcommands: Any) -> None:
    """Add the commands to `subcommands`."""
    subject = subcommands.add_parser("subject", help="what a customer may see, correct, refuse")
    commands = subject.add_subparsers(required=True, metavar="COMMAND")
    show = commands.add_parser("show", help="tell a customer in words what is known of them")
    show.add_argument("subject", metavar="SUBJECT", help="whose profile, such as customer:1")
    add_store(show)
    show.set_defaults(func=run_show)
    correct = _command(commands, "correct", "how much of a trait the customer is: 0 not me, to 1")
    correct.add_argument(
        "--trait", required=True, metavar="GROUP/NAME", help=f"such as topic/gardening; {GROUPS}"
    )
    correct.add_argument("--share", type=float, metavar="SHARE", help="0 to 1")
    correct.set_defaults(func=run_correct)
    mute = _command(commands, "mute", "do not use a trait, or a whole group of them")
    mute.add_argument(
        "--trait", required=True, metavar="GROUP/NAME", help=f"or GROUP/* for all of it; {GROUPS}"
    )
    mute.set_defaults(func=run_mute)
    suppress = _command(commands, "suppress", "never offer a product, attribute, category or brand")
    what = suppress.add_mutually_exclusive_group(required=True)
    for scope in SCOPES:
        what.add_argument(f"--{scope}", metavar="NAME", help=_EXAMPLES[scope])
    suppress.set_defaults(func=run_suppress)
    erase = commands.add_parser("erase", help="forget the person, all their identifiers with them")
    erase.add_argument("subject", metavar="SUBJECT", help="who asks, such as customer:1")
    _add_saying(erase)
    erase.set_defaults(func=run_erase)


_EXAMPLES = {
    "product": "a SKU, as in the product catalogue",
    "attribute": "such as organic or size=M",
    "category": "as the profile names it",
    "brand": "as the profile names it",
}


def run_show(args: argparse.Namespace) -> int:
    """Print the profile in sentences, special categories included; 1 if there is none."""
    genome = found(args, special=True)
    if genome is None:
        return 1
    print("\n".join(in_words(genome)))
    return 0


def run_correct(args: argparse.Namespace) -> int:
    """Print the correction, and with --apply publish it."""
    trait = _trait(args.trait, TRAIT_PATTERN, "GROUP/NAME")
    share = 0.0 if args.undo and args.share is None else args.share
    if share is None or not 0.0 <= share <= 1.0:
        got = "nothing" if share is None else share
        raise ConfigError(problems=[f"--share: expected 0 to 1, got {got}"])
    body = TraitCorrected(trait=trait, share=share, withdrawn=args.undo, source=source_of(args))
    return say(args, body)


def run_mute(args: argparse.Namespace) -> int:
    """Print the mute, and with --apply publish it."""
    trait = _trait(args.trait, MUTED_PATTERN, "GROUP/NAME or GROUP/*")
    return say(args, TraitMuted(trait=trait, muted=not args.undo, source=source_of(args)))


def run_suppress(args: argparse.Namespace) -> int:
    """Print the suppression, and with --apply publish it."""
    scope = next(one for one in SCOPES if getattr(args, one) is not None)
    name = getattr(args, scope)
    if not 1 <= len(name) <= NAME_MAX:
        came = f"{len(name)} characters"
        raise ConfigError(problems=[f"--{scope}: expected 1 to {NAME_MAX} characters, got {came}"])
    body = Suppressed(
        scope=cast("Scope", scope), name=name, suppressed=not args.undo, source=source_of(args)
    )
    return say(args, body)


def run_erase(args: argparse.Namespace) -> int:
    """Print what is erased and what is not, and with --apply publish it."""
    print(f"{checked(args.subject)}: {ERASURE}", file=sys.stderr)
    return say(args, Erased(source=source_of(args)))


def publish(settings: Settings, event: Event) -> str:
    """Produce `event` to its topic and return that topic's name on this broker.

    Raises:
        ConfigError: the topic does not exist.
        RestartError: the broker does not answer, or refused the record.
    """
    topic = settings.topic_prefix + event.topic
    with Reader(settings) as reader:
        known = reader.partitions()
    if topic not in known:  # sending to it could make it, with the broker's partition count
        problem = f"topic {topic} does not exist; make it with: streams topics create --apply"
        raise ConfigError(problems=[problem])
    complaints, delivery = Complaints(), Delivery()
    producer = connect(Producer, settings, complaints, PROPERTIES)
    key, value, headers = encode_event(event, source=SOURCE)
    sent: list[tuple[str, str | bytes | None]] = [*headers]
    producer.produce(topic, value=value, key=key, headers=sent, on_delivery=delivery.note)
    if producer.flush(SEND_MAX_S):
        error = KafkaException(KafkaError(KafkaError._TIMED_OUT))  # noqa: SLF001  # librdkafka's own codes start with an underscore
        raise no_answer(settings, f"sending to {topic}", error, complaints.last)
    if delivery.refused:
        raise RestartError(cause="broker refused", what=f"sending to {topic}: {delivery.why}")
    return topic


def _command(commands: Any, name: str, summary: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=summary)
    parser.add_argument("subject", metavar="SUBJECT", help="whose word it is, such as customer:1")
    parser.add_argument("--undo", action="store_true", help="take an earlier word back")
    _add_saying(parser)
    return parser


def _add_saying(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--source",
        default="command-line",
        metavar="WORD",
        help="where the customer said it, such as contact-centre",
    )
    parser.add_argument("--apply", action="store_true", help="send; without it, only say what")


def _trait(text: str, pattern: str, form: str) -> str:
    if re.search(pattern, text):
        return text
    raise ConfigError(problems=[f"--trait {text!r}: expected {form}; {GROUPS}"])


def source_of(args: argparse.Namespace) -> str:
    """Where it was said, in a word.

    Raises:
        ConfigError: it is too long, or empty.
    """
    source = str(args.source)
    if 1 <= len(source) <= SOURCE_WORD_MAX:
        return source
    expected = f"1 to {SOURCE_WORD_MAX} characters"
    raise ConfigError(problems=[f"--source: expected {expected}, got {len(source)} characters"])


def say(args: argparse.Namespace, body: OutcomeBody) -> int:
    """Print what `args.subject` says, and with --apply publish it."""
    event = Event(
        event_id=f"subject:{uuid4().hex}",
        subject=checked(args.subject),
        event_time_ms=time.time_ns() // 1_000_000,
        topic=TOPIC,
        body=body,
    )
    settings = read_settings(args)
    value = clean(msgspec.json.encode(body).decode())
    if not args.apply:
        print(f"{settings.topic_prefix}{TOPIC}  {event.subject}  {value}")
        print("nothing was sent; send it with --apply", file=sys.stderr)
        return 0
    print(f"sent to {publish(settings, event)}  {event.subject}  {value}")
    return 0
