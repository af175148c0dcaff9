"""The policy as settings name it: a start with files that are wrong is refused."""

from pathlib import Path

import pytest

from streams.cli.main import main
from streams.config import Settings
from streams.core.errors import ConfigError
from streams.worker.policies import read_policy

DEPLOY = Path(__file__).parents[2] / "deploy"
CYCLE = "topics:\n- {topic: a, parent: b}\n- {topic: b, parent: a}\n"


def settings(lexicon_dir: Path) -> Settings:
    """Settings with the shipped offers."""
    return Settings(offers_dir=DEPLOY / "offers", lexicon_dir=lexicon_dir)


def test_the_policy_hears_by_the_lexicon_of_its_directory() -> None:
    """As shipped: coffee is a topic, and a category of products belongs to it."""
    lexicon = read_policy(settings(DEPLOY / "lexicon")).fold.lexicon

    assert "coffee" in lexicon.topics_of_category("Coffee")
    assert lexicon.special_of_category("Family planning") is not None


def test_a_broken_lexicon_is_refused_with_file_and_line(tmp_path: Path) -> None:
    """A cycle of topics stops the start before anything is folded."""
    (tmp_path / "topics.yaml").write_text(CYCLE)

    with pytest.raises(ConfigError, match=r"topics\.yaml:2: topics\[1\]\.parent: is a cycle"):
        read_policy(settings(tmp_path))


def test_a_broken_lexicon_ends_a_command_with_exit_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wrong settings: do not start again."""
    (tmp_path / "topics.yaml").write_text(CYCLE)
    monkeypatch.setenv("STREAMS_LEXICON_DIR", str(tmp_path))
    monkeypatch.setenv("STREAMS_OFFERS_DIR", str(DEPLOY / "offers"))

    code = main(["worker"])

    assert code == 2
    assert "topics.yaml:2: topics[1].parent: is a cycle" in capsys.readouterr().err


def test_a_directory_without_a_lexicon_is_refused(tmp_path: Path) -> None:
    """And the setting to change is named."""
    with pytest.raises(ConfigError, match="set STREAMS_LEXICON_DIR"):
        read_policy(settings(tmp_path))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("offers.yaml", "got a file; name its directory, {parent}"),
        (
            "nowhere",
            "found none; name the directory of the offers files, or set STREAMS_OFFERS_DIR to it",
        ),
    ],
)
def test_what_is_no_directory_is_told_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, said: str
) -> None:
    """Who names a file learns that its directory was meant, and which one that is."""
    (tmp_path / "offers.yaml").write_text("offers: []\n")
    path = tmp_path / name

    code = main(["offers", "validate", str(path)])

    assert code == 2
    assert (
        f"offers directory {path}: expected a directory, {said.format(parent=tmp_path)}"
        in capsys.readouterr().err
    )


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """Bytes that are not UTF-8, at their line; an editor of another age wrote them."""
    path = tmp_path / "topics.yaml"
    path.write_bytes("topics:\n  - caf\u00e9\n".encode("latin-1"))

    with pytest.raises(ConfigError) as refused:
        read_policy(settings(tmp_path))

    expected = f"{path}:2: expected UTF-8, got the byte 0xe9; save it as UTF-8"
    assert refused.value.problems == [expected]


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    """A directory, and a link that leads to itself: both at once."""
    (tmp_path / "a.yaml").mkdir()
    (tmp_path / "b.yaml").symlink_to("b.yaml")

    with pytest.raises(ConfigError) as refused:
        read_policy(settings(tmp_path))

    remedy = "mend it, or take it away"
    assert refused.value.problems == [
        f"{tmp_path}/a.yaml cannot be read: Is a directory; {remedy}",
        f"{tmp_path}/b.yaml cannot be read: Too many levels of symbolic links; {remedy}",
    ]
