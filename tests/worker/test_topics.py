"""The list of topics keeps what exactly once and the contracts need."""

from streams.config import Settings
from streams.core.events import SOURCE_TOPICS
from streams.kafka.topics import TopicSpec
from streams.worker.topics import DEAD_LETTER_TOPICS, OFFER_TOPICS, specs

HOUR_MS = 3_600_000


def test_every_topic_of_the_design_is_there() -> None:
    """Sources, forwards, offers, decisions, dead letters, the changelog and reference topics."""
    names = [spec.name for spec in specs(Settings())]

    assert len(names) == len(set(names)) == 25
    assert set(names) == {
        *SOURCE_TOPICS,
        *OFFER_TOPICS,
        *DEAD_LETTER_TOPICS,
        *(
            "decision.log.v1",
            "decision.shadow.v1",
            "streams-profile-changelog",
            "product.catalogue.v1",
        ),
        *("offer.catalogue.v1", "model.snapshot.v1", "stock.level.v1"),
    }
    assert "offer.contact-centre.v1" in names
    assert "identity.forward.v1.dlq" in names


def test_prefix_is_before_every_topic_but_the_changelog() -> None:
    """The changelog is told apart by the application id."""
    names = [
        spec.name for spec in specs(Settings(topic_prefix="trial-", application_id="trial-app"))
    ]

    assert [name for name in names if not name.startswith("trial-")] == []
    assert "trial-app-profile-changelog" in names
    assert "trial-trial-app-profile-changelog" not in names


def test_every_topic_keyed_by_subject_has_the_same_partition_count() -> None:
    """A subject's events, rows, offers and dead letters share one partition number."""
    by_count = {
        count: [spec.name for spec in specs(Settings(partitions=6)) if spec.partitions == count]
        for count in (1, 6)
    }

    assert len(by_count[6]) == 21
    assert len(by_count[1]) == 4


def test_a_dead_letter_has_room_for_its_record_and_headers() -> None:
    """64 KiB more than any source topic lets in, whatever the limit of a record is."""
    small, large = _by_name(Settings()), _by_name(Settings(record_bytes_max=16_777_216))

    assert _bytes_max(small["pos.transaction.v1"]) == 1_048_576
    assert _bytes_max(small["pos.transaction.v1.dlq"]) == 1_048_576 + 65_536
    assert _bytes_max(small["streams-profile-changelog"]) == 1_048_576 + 65_536
    assert _bytes_max(large["pos.transaction.v1"]) == 16_777_216 + 65_536
    assert _bytes_max(large["pos.transaction.v1.dlq"]) == 16_777_216 + 2 * 65_536
    forward = _bytes_max(large["identity.forward.v1"])
    assert _bytes_max(large["pos.transaction.v1"]) < forward
    assert forward < _bytes_max(large["identity.forward.v1.dlq"])


def test_source_topics_take_the_brokers_time() -> None:
    """Decision time is the append time of the cause, so a producer must not choose it."""
    stamped = {
        spec.name
        for spec in specs(Settings())
        if spec.config.get("message.timestamp.type") == "LogAppendTime"
    }

    assert stamped == set(SOURCE_TOPICS)


def test_tombstones_outlive_local_checkpoints_twice() -> None:
    """A checkpoint half as old as the last tombstone has seen every erasure."""
    usual = _by_name(Settings())["streams-profile-changelog"]
    longer = _by_name(Settings(checkpoint_age_max_ms=20 * HOUR_MS))["streams-profile-changelog"]

    assert usual.config["cleanup.policy"] == "compact"
    assert int(usual.config["delete.retention.ms"]) == 24 * HOUR_MS
    assert int(longer.config["delete.retention.ms"]) == 40 * HOUR_MS


def _by_name(settings: Settings) -> dict[str, TopicSpec]:
    return {spec.name: spec for spec in specs(settings)}


def _bytes_max(spec: TopicSpec) -> int:
    return int(spec.config["max.message.bytes"])
