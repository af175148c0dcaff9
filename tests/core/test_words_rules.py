"""Each rule of sentiment by a text of its own, and names that score as nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from streams.codec.valences import vader
from streams.core.words.hearing import hear
from streams.core.words.sentiment import compound
from tests.core.lexicons import lexicon, post, tweets

PLAIN = [text.translate(str.maketrans(".!?\n", "    ")) for _, text in tweets()]
"""The tweets as one sentence each."""


@pytest.mark.parametrize(
    "text",
    [
        "never so good",
        "never was so good",
        "never this very good",
        "in a so good",
        "there is no good",
        "no one is good",
        "no bad or good",
        "here without doubt good",
        "without any doubt good",
        "without a good",
        "at least good",
        "the least good",
        "very least good",
        "least good",
        "it is VERY good and BAD",
        "VERY bad but good",
        "it was the shit",
        "they are the bomb good",
        "a bit kind of good",
        "the bad ass good",
        "yeah right good to go",
        "good ??",
        "bad ????!",
        "love \U0001f600",
        "kind of bad",
        "just enough of a good",
    ],
)
def test_each_rule_is_the_packages(text: str) -> None:
    """Negations, boosters, idioms, capitals, emoji and marks."""
    theirs = SentimentIntensityAnalyzer().polarity_scores(text)["compound"]

    assert compound(text, vader()) == pytest.approx(theirs, abs=1e-4)


@given(st.sampled_from(PLAIN), st.integers(0, 40))
def test_naming_a_brand_changes_no_score(text: str, at: int) -> None:
    """A brand whose name is praise scores as one whose name says nothing, wherever it stands."""
    words = text.split()[:300]

    praised, plain = [
        hear(
            post(" ".join([*words[:at], name, *words[at:]]), language="en"), lexicon(), frozenset()
        )
        for name in ("united", "Acme")
    ]

    assert dict(praised.brands)["United Airlines"] == dict(plain.brands)["Acme"]


def test_a_name_scores_as_a_word_that_means_nothing() -> None:
    """United is no praise, and not shouted."""
    heard = hear(post("We flew with UNITED to a terrible place"), lexicon(), frozenset())

    assert heard.brands == (
        ("United Airlines", compound("We flew with x to a terrible place", vader())),
    )
