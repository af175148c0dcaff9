"""`streams channel`: what it says before it writes or reads anything."""

import pytest

from streams.cli.main import main

Capture = pytest.CaptureFixture[str]


def test_check_prints_its_plan_and_writes_nothing(capsys: Capture) -> None:
    """Without --apply it asks neither broker nor adapter: there are none here."""
    code = main(["channel", "check", "http://127.0.0.1:1", "--channel", "web"])

    lines = capsys.readouterr().out.splitlines()
    assert code == 0
    assert len(lines) == 12
    assert "11 rules would be checked at http://127.0.0.1:1 by some " in lines[-1]
    assert "nothing was written, do it with --apply" in lines[-1]


@pytest.mark.parametrize("url", ["nonsense", "ftp://host", "http://", "http://host:port", ""])
def test_check_of_no_address_is_wrong_usage(url: str, capsys: Capture) -> None:
    """It says what an address looks like."""
    code = main(["channel", "check", url, "--channel", "web"])

    said = capsys.readouterr().err
    assert code == 2
    assert said == (
        f"streams: adapter {url!r}: expected its address, such as http://localhost:6066\n"
    )


def test_check_without_a_channel_is_wrong_usage() -> None:
    """An adapter does not say which channel it is of."""
    assert main(["channel", "check", "http://127.0.0.1:1"]) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--life-max-days", "0"], "--life-max-days: expected at least 1, got 0"),
        (["--offers-max", "-1"], "--offers-max: expected at least 1, got -1"),
        (["--port", "65536"], "--port: expected 0 to 65535, got 65536"),
    ],
)
def test_option_out_of_range_is_named(arguments: list[str], said: str, capsys: Capture) -> None:
    """Exit code 2: starting it again would not help."""
    code = main(["channel", "run", "web", *arguments])

    assert (code, capsys.readouterr().err) == (2, f"streams: {said}\n")


def test_unknown_channel_is_wrong_usage() -> None:
    """Channels are a closed set."""
    assert main(["channel", "run", "pigeon"]) == 2
