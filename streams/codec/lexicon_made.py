"""From what the lexicon's files say to the lexicon: parents joined, hashtags added, versioned."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from dataclasses import fields as dataclass_fields

import msgspec
import xxhash

from streams.codec.valences import vader
from streams.codec.yaml_tree import Fields
from streams.core.words.lexicon import BandValue, Lexicon, Special

TOPICS_PER_WORD_MAX = 8


@dataclass(slots=True)
class Read:
    """What was read so far, and the tree of topics whose parents may come later."""

    parents: dict[str, str | None] = field(default_factory=dict[str, str | None])
    topic_fields: dict[str, Fields] = field(default_factory=dict[str, Fields])
    words: dict[str, dict[str, None]] = field(default_factory=dict[str, dict[str, None]])
    categories: dict[str, dict[str, None]] = field(default_factory=dict[str, dict[str, None]])
    special: dict[str, Special] = field(default_factory=dict[str, Special])
    special_topics: dict[str, str] = field(default_factory=dict[str, str])
    special_categories: dict[str, str] = field(default_factory=dict[str, str])
    entities: dict[str, str] = field(default_factory=dict[str, str])
    brands: dict[str, str] = field(default_factory=dict[str, str])
    said: dict[str, dict[str, float]] = field(default_factory=dict[str, dict[str, float]])
    marks: dict[str, dict[str, float]] = field(default_factory=dict[str, dict[str, float]])
    bands: dict[str, list[BandValue]] = field(default_factory=dict[str, list[BandValue]])
    category_fields: dict[str, Fields] = field(default_factory=dict[str, Fields])
    ordinary: dict[str, Fields] = field(default_factory=dict[str, Fields])
    """Every word and category that stands for something ordinary -> where it is written."""


def make_lexicon(read: Read) -> Lexicon:
    """The lexicon of what was read and found to be right, under a hash of its content."""
    lines = {topic: _line(topic, read.parents) for topic in read.parents}
    topics = {word: _above(found, lines) for word, found in read.words.items() if found}
    known = {**read.special, **read.ordinary}
    for word in [one for one in read.ordinary if " " in one]:
        _hear_hashtag(hashtag(word), word, read, topics, known)
    for category, found in read.categories.items():
        tag = hashtag(category)
        if tag not in read.special:
            topics.setdefault(tag, _above(found, lines))
    made = Lexicon(
        topics=topics,
        special=read.special,
        entities=read.entities,
        brands=read.brands,
        said_values={word: tuple(sorted(found.items())) for word, found in read.said.items()},
        category_topics={name: _above(found, lines) for name, found in read.categories.items()},
        special_categories=read.special_categories,
        attribute_values={mark: tuple(sorted(found.items())) for mark, found in read.marks.items()},
        price_values=tuple(read.bands.get("price_bands", ())),
        pack_values=tuple(read.bands.get("pack_bands", ())),
        valences=vader(),
    )
    return _versioned(made)


def _hear_hashtag(
    tag: str,
    phrase: str,
    read: Read,
    topics: dict[str, tuple[str, ...]],
    known: Mapping[str, object],
) -> None:
    """`#icehockey` says what `ice hockey` says, unless somebody wrote what it stands for."""
    if tag in known:
        return
    tables: tuple[dict[str, object], ...] = (topics, read.entities, read.brands, read.said)  # type: ignore[assignment]  # each keeps its own kind of value
    for table in tables:
        if phrase in table:
            table.setdefault(tag, table[phrase])


def _line(topic: str, parents: Mapping[str, str | None]) -> list[str]:
    """The topic, its parent, and so on."""
    line = [topic]
    while (above := parents[line[-1]]) is not None:
        line.append(above)
    return line


def _above(found: Iterable[str], lines: Mapping[str, list[str]]) -> tuple[str, ...]:
    every = dict.fromkeys([each for topic in found for each in lines[topic]])
    return tuple(every)[:TOPICS_PER_WORD_MAX]


def _versioned(made: Lexicon) -> Lexicon:
    content = {
        one.name: getattr(made, one.name)
        for one in dataclass_fields(made)
        if one.init and one.name != "version"
    }
    canonical = msgspec.json.encode(content, order="deterministic")
    version = xxhash.xxh3_128_hexdigest(canonical)[:16]
    return Lexicon(version=version, **content)


def hashtag(phrase: str) -> str:
    """`phrase` as a hashtag: lower case, letters and digits alone."""
    return "".join([one for one in phrase.lower() if one.isalnum()])
