"""Settings come from the environment, checked whole, and never print a secret."""

from pathlib import Path

import pytest

from streams.config import Settings, bootstrap
from streams.core.errors import ConfigError


def test_empty_environment_gives_the_defaults() -> None:
    """A worker starts on a laptop without a single variable; others' variables are ignored."""
    assert Settings.from_env({}) == Settings.from_env({"PATH": "/bin"}) == Settings()


def test_values_are_read_in_their_types() -> None:
    """Numbers, paths and words, each from the variable of its name."""
    settings = Settings.from_env(
        {
            "STREAMS_PARTITIONS": "12",
            "STREAMS_STATE_DIR": "/var/lib/streams",
            "STREAMS_DECISION_CLOCK": "event",
            "STREAMS_TOPIC_PREFIX": "trial-",
            "STREAMS_TEST_KAFKA": "the tests' own",
        }
    )

    assert settings.partitions == 12
    assert settings.state_dir == Path("/var/lib/streams")
    assert settings.decision_clock == "event"
    assert settings.topic_prefix == "trial-"


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("PARTITION", "4", "STREAMS_PARTITION is not a setting; did you mean STREAMS_PARTITIONS?"),
        ("PARTITIONS", "many", "STREAMS_PARTITIONS: expected a whole number, got 'many'"),
        ("PARTITIONS", "0", "STREAMS_PARTITIONS: expected 1 to 10000, got 0"),
        ("RETENTION_MS", "1", "STREAMS_RETENTION_MS: expected at least 60000, got 1"),
        ("BROKER_KIND", "x", "STREAMS_BROKER_KIND: expected one of kafka, embedded, got 'x'"),
        (
            "STATE_DIR",
            " ",
            "STREAMS_STATE_DIR is empty; unset it to use the default, or give it a value",
        ),
        (
            "BROKER_URLS",
            " , ",
            "STREAMS_BROKER_URLS names no broker; set it, for example to kafka://localhost:9092",
        ),
        (
            "TOPIC_PREFIX",
            "a b",
            "STREAMS_TOPIC_PREFIX: expected 1 to 100 of a-z A-Z 0-9 . _ -, got 'a b'",
        ),
    ],
)
def test_wrong_variable_is_named_with_what_was_expected(name: str, text: str, problem: str) -> None:
    """One sentence an operator can act on."""
    with pytest.raises(ConfigError) as refused:
        Settings.from_env({f"STREAMS_{name}": text})

    assert refused.value.problems == [problem]


@pytest.mark.parametrize(
    "wrong", ["http://kafka:9092", "b:99999", "b:0", "b:port", "a b:9092", "b:9092/x", "::1:9092"]
)
def test_what_is_no_address_of_a_broker_is_refused(wrong: str) -> None:
    """A worker that asks nobody would be started again and again."""
    with pytest.raises(ConfigError) as refused:
        Settings.from_env({"STREAMS_BROKER_URLS": f"kafka://a:9092,{wrong}"})

    expected = "STREAMS_BROKER_URLS: expected kafka://host:port, separated by commas"
    assert refused.value.problems == [f"{expected}, got {wrong!r}"]


@pytest.mark.parametrize("right", ["[::1]:9092", "b-1.kafka_x.example:9092", "10.0.0.1", "b:65535"])
def test_an_address_of_a_broker_is_taken(right: str) -> None:
    """By name or number."""
    settings = Settings.from_env({"STREAMS_BROKER_URLS": f"kafka://a:9092,{right}"})

    assert right in settings.bootstrap_servers


def test_unlike_variable_is_told_the_known_ones() -> None:
    """Where no name is near, all of them are listed."""
    with pytest.raises(ConfigError, match="known are STREAMS_APPLICATION_ID, STREAMS_BROKER_KIND"):
        Settings.from_env({"STREAMS_ZZZZZZ": "1"})


def test_all_problems_are_reported_at_once() -> None:
    """Nobody should start a worker five times to learn of five mistakes."""
    with pytest.raises(ConfigError) as refused:
        Settings.from_env(
            {"STREAMS_HTTP_PORT": "70000", "STREAMS_KAFKA_GROUP_ID": "x", "STREAMS_HTTP_PORTS": "1"}
        )

    assert len(refused.value.problems) == 3


def test_security_properties_pass_through() -> None:
    """STREAMS_KAFKA_* becomes the librdkafka property of that name."""
    settings = Settings.from_env({"STREAMS_KAFKA_SASL_USERNAME": "streams"})

    assert settings.kafka == {"sasl.username": "streams"}


@pytest.mark.parametrize("name", ["GROUP_ID", "ISOLATION_LEVEL", "TRANSACTIONAL_ID", "PARTITIONER"])
def test_properties_of_exactly_once_cannot_be_set(name: str) -> None:
    """What the guarantees rest on is not an operator's to change."""
    with pytest.raises(ConfigError, match="exactly once depends on it"):
        Settings.from_env({f"STREAMS_KAFKA_{name}": "x"})


@pytest.mark.parametrize("name", ["NONSENSE", "LINGER_MS"])
def test_other_properties_are_no_settings(name: str) -> None:
    """A word that is none of ours or librdkafka's is not said to guard anything."""
    with pytest.raises(ConfigError, match="is not a setting, only security and network") as refused:
        Settings.from_env({f"STREAMS_KAFKA_{name}": "1"})

    assert "exactly once" not in str(refused.value)


def test_secrets_are_masked() -> None:
    """The settings a worker logs at start show that a password is set, not which."""
    env = {
        "STREAMS_KAFKA_SASL_PASSWORD": "hunter2",
        "STREAMS_KAFKA_SSL_KEY_PASSWORD": "hunter3",
        "STREAMS_KAFKA_SASL_USERNAME": "streams",
    }
    shown = Settings.from_env(env).masked()

    assert "hunter" not in str(shown)
    assert shown["kafka.sasl.password"] == "***"
    assert shown["kafka.sasl.username"] == "streams"
    assert shown["partitions"] == "4"


def test_broker_addresses_lose_their_scheme_and_gain_a_port() -> None:
    """As librdkafka wants them; spaces, a trailing slash and empty parts do not matter."""
    assert bootstrap("kafka://a:9093, b/,,kafka://c") == "a:9093,b:9092,c:9092"
    assert Settings(broker_urls="kafka://a").bootstrap_servers == "a:9092"


def test_changelog_is_named_after_the_application() -> None:
    """Two applications on one cluster have two tables."""
    settings = Settings(application_id="trial", topic_prefix="x-")

    assert settings.changelog_topic == "trial-profile-changelog"
