"""Errors: what they say, and what they keep for whoever counts them."""

from streams.core.errors import RestartError


def test_a_restart_is_asked_for_with_its_cause_and_what_was_done() -> None:
    """The cause is a short fixed word; the text is both."""
    error = RestartError(cause="broker refused", what="sending to a topic")

    assert (error.cause, error.what) == ("broker refused", "sending to a topic")
    assert str(error) == "broker refused: sending to a topic"
