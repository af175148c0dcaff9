"""Sentiment: VADER's compound, compared with the package and with people."""

from statistics import correlation

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from streams.core.words.hearing import hear
from streams.core.words.sentiment import NO_VALENCES, compound
from tests.core.lexicons import lexicon, post, tweets

VALENCES = lexicon().valences
TWEETS = [text for _, text in tweets()]
RATINGS = [rating for rating, _ in tweets()]
NAMES = {"acme": "Acme", "united": "United Airlines", "United airlines": "United Airlines"}
_PACKAGE = SentimentIntensityAnalyzer()
_WORDS = st.sampled_from(
    [
        *("good", "GOOD", "bad", "sucks", "kind", "of", "kinda", "very", "VERY", "so", "this"),
        *("never", "not", "no", "nor", "or", "without", "doubt", "least", "at", "but", "isn't"),
        *("the", "shit", "bomb", "hand", "to", "mouth", "bad", "ass", "x", ":)", "\U0001f60a"),
        *("yeah", "right", "great!", "really?", "??", "!!!", "kiss", "death", "cut", "mustard"),
    ]
)


def test_tweets_score_as_the_package_has_it() -> None:
    """The one-pass scorer gives the compounds of vaderSentiment 3.3.2, tweet by tweet."""
    ours = [compound(tweet, VALENCES) for tweet in TWEETS]

    assert ours == pytest.approx([_scored(tweet) for tweet in TWEETS], abs=1e-4)


def test_scores_agree_with_people() -> None:
    """Pearson's r with the mean of ten human ratings a tweet is at least .87."""
    ours = [compound(tweet, VALENCES) for tweet in TWEETS]

    assert len(ours) == 4_200
    assert correlation(ours, RATINGS) >= 0.87


@given(st.lists(_WORDS, max_size=12))
def test_any_words_score_as_the_package_has_it(words: list[str]) -> None:
    """Negation, boosters, idioms, capitals, but, least, emoji and marks in any order."""
    text = " ".join(words)

    assert compound(text, VALENCES) == pytest.approx(_scored(text), abs=1e-4)


@given(st.text())
def test_any_text_scores_within_bounds(text: str) -> None:
    """No text raises, and every compound lies in -1 to 1."""
    assert -1.0 <= compound(text, VALENCES) <= 1.0


def test_nothing_known_scores_nothing() -> None:
    """Without valences every text is neutral."""
    assert compound("the best day ever!", NO_VALENCES) == 0.0


@pytest.mark.parametrize(
    "text",
    [
        "without a doubt an excellent dish",
        "without doubt excellent",
        "never this good again",
        "it was never so bad",
        "the worst of the least good ones",
        "at least good enough",
        "no good",
        "no really good or great thing",
        "that is kind of nice",
        "the food was the bomb",
        "he is a bad ass cook",
        "they upper hand won and cut the mustard",
        "a VERY good SHOP",
        "VERY BAD",
        "good? really? why? who?",
        "good??",
        "good but bad but good",
        "what a day \U0001f600 good",
    ],
)
def test_rules_are_those_of_the_package(text: str) -> None:
    """Each rule by a sentence of its own."""
    assert compound(text, VALENCES) == pytest.approx(_scored(text), abs=1e-4)


@given(st.sampled_from(TWEETS), st.sampled_from(sorted(NAMES)), st.integers(0, 30))
def test_naming_a_brand_changes_no_score(tweet: str, name: str, at: int) -> None:
    """Put anywhere into any tweet, it scores as a word that means nothing: united is no praise."""
    words = tweet.replace("United", "").replace("united", "").split()
    before, after = " ".join(words[:at]), " ".join(words[at:])

    heard = hear(post(f"{before} {name} {after}", language="en"), lexicon(), frozenset())

    plain = hear(post(f"{before} acme {after}", language="en"), lexicon(), frozenset())
    assert dict(heard.brands)[NAMES[name]] == dict(plain.brands)["Acme"]


def test_a_name_is_masked_before_the_sentence_is_scored() -> None:
    """As VADER has it, united is a good word; as the name of an airline it is none."""
    named = hear(post("we fly united today", language="en"), lexicon(), frozenset())

    assert compound("united", VALENCES) > 0.0
    assert named.brands == (("United Airlines", 0.0),)


def _scored(text: str) -> float:
    return float(_PACKAGE.polarity_scores(text)["compound"])
