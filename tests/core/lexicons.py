"""A small lexicon, posts, and the tweets with their human ratings."""

import gzip
from functools import cache
from pathlib import Path

from streams.codec.lexicon import load_lexicon
from streams.core.events import Actor, Create, SocialObject, Tag
from streams.core.words.lexicon import Lexicon

ROOT = Path(__file__).parents[2]
TWEETS = ROOT / "tests" / "data" / "vader_tweets.txt.gz"
FILE = """\
special:
  - {topic: health, purpose: health, words: [diabetes, heart attack], categories: [Pharmacy]}
topics:
  - {topic: food, words: [dinner], categories: [Soup]}
  - {topic: coffee, parent: food, words: [coffee, flat white]}
  - {topic: pop music}
entities:
  - kind: artist
    topics: [pop music]
    names: {Adele: []}
brands: {United Airlines: [united], Acme: []}
values:
  - value: thrift
    words: {bargain: 0.5}
"""


@cache
def lexicon() -> Lexicon:
    """The lexicon of `FILE`, with the valences of the package."""
    return load_lexicon({"one.yaml": FILE})


@cache
def tweets() -> tuple[tuple[float, str], ...]:
    """(mean human rating -4 to 4, text) of every tweet."""
    with gzip.open(TWEETS, "rt", encoding="utf-8") as lines:
        rows = [line.rstrip("\n").split("\t") for line in lines]
    return tuple([(float(rating), text) for _, rating, text in rows])


def post(content: str | None, *tags: Tag, language: str | None = None) -> Create:
    """A post that says `content`."""
    note = SocialObject(type="Note", content=content, language=language, tag=tags)
    return Create(actor=Actor(id="https://social.example/users/1"), object=note)
