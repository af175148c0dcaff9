"""VADER's numbers, as the package `vaderSentiment` ships them; its own slow analyser stays unused.

Source: Hutto & Gilbert, VADER, ICWSM 2014; vaderSentiment 3.3.2, MIT.
"""

from functools import cache
from importlib.resources import files

from vaderSentiment.vaderSentiment import BOOSTER_DICT, NEGATE, SPECIAL_CASES

from streams.core.words.sentiment import Valences


@cache
def vader() -> Valences:
    """The valences of English words, emoticons and emoji; about 7,500, read once."""
    return Valences(
        words={word: float(score) for word, score in _rows("vader_lexicon.txt")},
        boosters=BOOSTER_DICT,
        negations=frozenset(NEGATE),
        idioms=SPECIAL_CASES,
        emoji=dict(_rows("emoji_utf8_lexicon.txt")),
    )


def _rows(name: str) -> list[tuple[str, str]]:
    """The first two columns of one of the package's tables."""
    text = files("vaderSentiment").joinpath(name).read_text(encoding="utf-8")
    rows = [line.strip().split("\t") for line in text.rstrip("\n").split("\n") if line.strip()]
    return [(row[0], row[1]) for row in rows]
