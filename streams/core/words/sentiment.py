"""Sentiment of English text, -1 to 1: VADER's compound in one pass over the words.

The lexicon's numbers are handed in; the rules are those of the package `vaderSentiment` 3.3.2,
which a test compares with on thousands of tweets.

Source: Hutto & Gilbert, VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social
Media Text, ICWSM 2014; the compound is s / sqrt(s^2 + 15).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from string import punctuation

CAPITALS = 0.733  # what a word in capitals adds among others that are not
NEGATED = -0.74  # a negation turns a word, and weakens it
NEVER_SO = 1.25
BEFORE_BUT, AFTER_BUT = 0.5, 1.5
FADING = (1.0, 0.95, 0.9)  # of a booster one, two, three words before
NORMAL = 15.0
EXCLAMATION, EXCLAMATIONS_MAX = 0.292, 4
QUESTION, QUESTIONS_MAX, QUESTIONS = 0.18, 3, 0.96
WORD_LENGTH_MIN = 2  # shorter ones keep their punctuation: they are emoticons


@dataclass(frozen=True, slots=True, kw_only=True)
class Valences:
    """VADER's numbers; words in lower case."""

    words: Mapping[str, float] = field(default_factory=dict[str, float])
    boosters: Mapping[str, float] = field(default_factory=dict[str, float])
    negations: frozenset[str] = frozenset()
    idioms: Mapping[str, float] = field(default_factory=dict[str, float])
    emoji: Mapping[str, str] = field(default_factory=dict[str, str])
    """One character -> what it shows, in words."""


NO_VALENCES = Valences()


def compound(text: str, valences: Valences) -> float:
    """The compound of `text`, rounded to 4 digits; 0 for text that says nothing known."""
    emoji = valences.emoji
    if not text.isascii():
        text = "".join([f" {emoji[one]} " if one in emoji else one for one in text])
    words = [_stripped(one) for one in text.split()]
    lower = [one.lower() for one in words]
    known, boosters = valences.words, valences.boosters
    telling = [at for at, one in enumerate(lower) if one in known]
    if not telling:
        return 0.0
    shouting = _mixed_case(words)
    scores = [0.0] * len(lower)
    for at in telling:
        word = lower[at]
        if word not in boosters and not (word == "kind" and lower[at + 1 : at + 2] == ["of"]):
            scores[at] = _score(at, words, lower, valences, shouting=shouting)
    _weigh_but(lower, scores)
    return _normal(sum(scores), text)


def _stripped(word: str) -> str:
    bare = word.strip(punctuation)
    return word if len(bare) <= WORD_LENGTH_MIN else bare


def _mixed_case(words: Sequence[str]) -> bool:
    capitals = len([True for word in words if word.isupper()])
    return 0 < capitals < len(words)


def _score(
    at: int, words: Sequence[str], lower: Sequence[str], valences: Valences, *, shouting: bool
) -> float:
    known = valences.words
    word = lower[at]
    value = known[word]
    if word == "no" and at + 1 < len(lower) and lower[at + 1] in known:
        value = 0.0
    if _after_no(at, lower):
        value = known[word] * NEGATED
    if shouting and words[at].isupper():
        value += CAPITALS if value > 0 else -CAPITALS
    for back in range(3):
        if at <= back or lower[at - back - 1] in known:
            continue
        value += _boost(words[at - back - 1], value, valences, shouting=shouting) * FADING[back]
        value = _negate(value, lower, back, at, valences)
        if back == 2:  # noqa: PLR2004  # the third word back: an idiom may be complete
            value = _idiom(value, lower, at, valences)
    if at > 0 and lower[at - 1] == "least" and "least" not in known:
        plain = at > 1 and lower[at - 2] in {"at", "very"}
        value *= 1.0 if plain else NEGATED
    return value


def _after_no(at: int, lower: Sequence[str]) -> bool:
    if at > 0 and lower[at - 1] == "no":
        return True
    if at > 1 and lower[at - 2] == "no":
        return True
    return at > 2 and lower[at - 3] == "no" and lower[at - 1] in {"or", "nor"}  # noqa: PLR2004


def _boost(word: str, value: float, valences: Valences, *, shouting: bool) -> float:
    boost = valences.boosters.get(word.lower(), 0.0)
    if not boost:
        return 0.0
    if value < 0:
        boost = -boost
    if shouting and word.isupper():
        boost += CAPITALS if value > 0 else -CAPITALS
    return boost


def _negate(value: float, lower: Sequence[str], back: int, at: int, valences: Valences) -> float:
    word = lower[at - back - 1]
    between = lower[at - back : at]
    if back and word == "never":
        if back == 1:
            so = between[0] in {"so", "this"}
        else:
            so = between[0] in {"so", "this"} or between[1] in {"so", "this"}
        if so:
            return value * NEVER_SO
    elif back == 2 and (between[1] in {"so", "this"}):  # noqa: PLR2004  # as the package has it
        return value * NEVER_SO
    if back and word == "without" and "doubt" in between:
        return value
    negates = word in valences.negations or "n't" in word
    return value * NEGATED if negates else value


def _idiom(value: float, lower: Sequence[str], at: int, valences: Valences) -> float:
    three, two, one, zero = lower[at - 3 : at + 1]
    idioms = valences.idioms
    for phrase in (
        f"{one} {zero}",
        f"{two} {one} {zero}",
        f"{two} {one}",
        f"{three} {two} {one}",
        f"{three} {two}",
    ):
        if phrase in idioms:
            value = idioms[phrase]
            break
    following = lower[at + 1 : at + 3]
    for length in range(1, len(following) + 1):
        value = idioms.get(" ".join([zero, *following[:length]]), value)
    for phrase in (f"{three} {two} {one}", f"{three} {two}", f"{two} {one}"):
        value += valences.boosters.get(phrase, 0.0)
    return value


def _weigh_but(lower: Sequence[str], scores: list[float]) -> None:
    if "but" not in lower:
        return
    turn = lower.index("but")
    for score in list(scores):
        at = scores.index(score)  # of several equal ones the first: as the package has it
        if at < turn:
            scores[at] = score * BEFORE_BUT
        elif at > turn:
            scores[at] = score * AFTER_BUT


def _normal(score: float, text: str) -> float:
    emphasis = min(text.count("!"), EXCLAMATIONS_MAX) * EXCLAMATION
    questions = text.count("?")
    if questions > 1:
        emphasis += questions * QUESTION if questions <= QUESTIONS_MAX else QUESTIONS
    if score > 0:
        score += emphasis
    elif score < 0:
        score -= emphasis
    return round(max(-1.0, min(score / sqrt(score * score + NORMAL), 1.0)), 4)
