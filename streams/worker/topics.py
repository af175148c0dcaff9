"""Every topic of the product: its name, partitions and properties (the contract with users)."""

from collections.abc import Mapping

from streams.config import Settings
from streams.core.events import CHANNELS, SOURCE_TOPICS
from streams.kafka.clients import RECORD_OVERHEAD_BYTES, produced_bytes_max, source_bytes_max
from streams.kafka.topics import AT_LEAST, EXACT, TopicSpec

DECISION_TOPIC = "decision.log.v1"
SHADOW_TOPIC = "decision.shadow.v1"  # bears the schema of the log
OFFER_TOPICS = tuple(f"offer.{channel}.v1" for channel in CHANNELS)
DEAD_LETTER_TOPICS = tuple(f"{topic}.dlq" for topic in SOURCE_TOPICS)
# Read whole by every worker, so one partition: all rows in one order, pointers after versions.
REFERENCE_TOPICS = (
    "product.catalogue.v1",
    "offer.catalogue.v1",
    "model.snapshot.v1",
    "stock.level.v1",
)
REFERENCE_BYTES_MAX = 8_388_608  # one row is a whole catalogue page or a whole model
DAY_MS = 86_400_000
CHANGELOG_SEGMENT_BYTES = 134_217_728  # a restore reads uncompacted segments too
CHANGELOG_SEGMENT_MS = 21_600_000  # only closed segments are compacted
ERASED_MAX_MS = DAY_MS  # an erased profile is gone from the changelog's disks after this and a bit


def specs(settings: Settings) -> list[TopicSpec]:
    """Return every topic of a deployment, sources first, names with the deployment's prefix."""
    retention = {"cleanup.policy": "delete", "retention.ms": str(settings.retention_ms)}
    topics = [_source(settings, topic, retention) for topic in SOURCE_TOPICS]
    roomy = {"max.message.bytes": str(produced_bytes_max(settings))}
    topics += [
        _keyed(settings, settings.topic_prefix + topic, retention | roomy)
        for topic in (*OFFER_TOPICS, DECISION_TOPIC, SHADOW_TOPIC, *DEAD_LETTER_TOPICS)
    ]
    topics.append(_changelog(settings, roomy))
    topics += [_reference(settings, topic) for topic in REFERENCE_TOPICS]
    return topics


def _source(settings: Settings, topic: str, retention: Mapping[str, str]) -> TopicSpec:
    forward = topic == SOURCE_TOPICS[-1]  # has headers more than the record it forwards
    size = source_bytes_max(settings) + (RECORD_OVERHEAD_BYTES // 2 if forward else 0)
    config = {
        **retention,
        "max.message.bytes": str(size),
        # Decision time is the broker's clock, not the producer's.
        "message.timestamp.type": "LogAppendTime",
    }
    # Exactly this size: a larger record would not fit into its dead-letter topic.
    exact = EXACT | {"max.message.bytes"}
    return _keyed(settings, settings.topic_prefix + topic, config, exact=exact)


def _changelog(settings: Settings, roomy: Mapping[str, str]) -> TopicSpec:
    # A tombstone must outlive every local checkpoint, which may be half of this old.
    delete_retention_ms = max(DAY_MS, 2 * settings.checkpoint_age_max_ms)
    config = {
        **roomy,
        "cleanup.policy": "compact",
        "delete.retention.ms": str(delete_retention_ms),
        "max.compaction.lag.ms": str(ERASED_MAX_MS),
        "segment.bytes": str(CHANGELOG_SEGMENT_BYTES),
        "segment.ms": str(CHANGELOG_SEGMENT_MS),
    }
    return _keyed(settings, settings.changelog_topic, config)


def _reference(settings: Settings, topic: str) -> TopicSpec:
    return TopicSpec(
        name=settings.topic_prefix + topic,
        partitions=1,
        replication=settings.replication_factor,
        config={"cleanup.policy": "compact", "max.message.bytes": str(REFERENCE_BYTES_MAX)},
    )


def _keyed(
    settings: Settings,
    name: str,
    config: Mapping[str, str],
    *,
    exact: frozenset[str] = EXACT,
) -> TopicSpec:
    return TopicSpec(
        name=name,
        partitions=settings.partitions,
        replication=settings.replication_factor,
        config=config,
        exact=exact,
        at_least=AT_LEAST,
    )
