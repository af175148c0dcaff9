"""YAML files -> lexicon: topics, entities, brands, values and special topics, checked whole.

Every file is a mapping with any of `topics`, `entities`, `brands`, `values` and `special`; the
files of `deploy/lexicon` show each. Words and phrases are heard in any case and without the
punctuation around them; a phrase, and the name of a product category, is heard as a hashtag too:
`ice hockey` is also `#icehockey`. All problems of all files are reported at once.
"""

import re
from collections.abc import Iterable, Mapping

from streams.codec.lexicon_made import Read, hashtag, make_lexicon
from streams.codec.yaml_tree import Fields, parse
from streams.core.errors import ConfigError
from streams.core.words.hearing import EDGES, NAME_MAX, PHRASE_MAX
from streams.core.words.lexicon import VALUES, BandValue, Lexicon, Special

ENTITY_KINDS = ("artist", "team", "place", "travel")
ORDINARY_PURPOSES = frozenset({"marketing", "service"})
"""Consents of every day; GDPR article 9 asks for one of its own."""
TOPIC_LENGTH_MAX = 32
_NAME = re.compile(r"[a-z0-9]+(?:[ -][a-z0-9]+)*")


def load_lexicon(files: Mapping[str, str]) -> Lexicon:
    """The lexicon that `files`, name -> YAML text, describe together, with VADER's valences.

    No files make a lexicon that hears no topics but scores sentiment.

    Raises:
        ConfigError: with every problem found, as `file:line: field: expected ..., got ...`.
    """
    problems: list[str] = []
    expected = "topics, entities, brands, values or special"
    roots = [parse(name, files[name], problems, expected) for name in sorted(files)]
    read = Read()
    for root in [one for one in roots if one is not None]:
        _read_file(root, read)
        root.close()
    _check_parents(read)
    _check_special(read)
    if problems:
        raise ConfigError(problems=problems)
    return make_lexicon(read)


def _read_file(root: Fields, read: Read) -> None:
    for fields in root.mappings("special"):
        _read_special(fields, read)
        fields.close()
    for fields in root.mappings("topics"):
        _read_topic(fields, read)
        fields.close()
    for fields in root.mappings("entities"):
        _read_entities(fields, read)
        fields.close()
    for fields in root.mappings("values"):
        _read_value(fields, read)
        fields.close()
    brands = root.mapping("brands")
    if brands is not None:
        for name in brands.known:
            _read_name(brands, name, name[:NAME_MAX], read.brands, read)


def _read_special(fields: Fields, read: Read) -> None:
    topic, purpose = _name(fields, "topic"), _name(fields, "purpose")
    if purpose in ORDINARY_PURPOSES:
        fields.report("purpose", f"{purpose!r} is no consent for a special topic; name its own")
    if topic in read.special_topics:
        fields.report("topic", f"{topic!r} is there twice")
    read.special_topics[topic] = purpose
    special = Special(purpose=purpose, topic=topic)
    for word in _words(fields, "words"):
        for each in dict.fromkeys((word, hashtag(word))):
            other = read.special.setdefault(each, special)
            if other.topic != topic:
                fields.report("words", f"{each!r} is under {other.topic!r} already")
    for category in fields.texts("categories"):
        if read.special_categories.setdefault(category, purpose) != purpose:
            fields.report("categories", f"{category!r} is under another purpose already")
        read.special.setdefault(hashtag(category), special)


def _read_topic(fields: Fields, read: Read) -> None:
    topic = _name(fields, "topic")
    if topic in read.parents:
        fields.report("topic", f"{topic!r} is there twice")
    read.parents[topic] = fields.text_or_none("parent")
    read.topic_fields[topic] = fields
    for word in _words(fields, "words"):
        read.words.setdefault(word, {})[topic] = None
        read.ordinary.setdefault(word, fields)
    for category in fields.texts("categories"):
        read.categories.setdefault(category, {})[topic] = None
        read.category_fields[category] = fields


def _read_entities(fields: Fields, read: Read) -> None:
    kind = fields.text("kind", choices=ENTITY_KINDS)
    topics = fields.texts("topics")
    for topic in topics:
        read.topic_fields.setdefault(topic, fields)
    names = fields.mapping("names")
    if names is None:
        fields.report("names", "is missing")
        return
    for name in names.known:
        for word in _read_name(names, name, f"{kind}:{name[:NAME_MAX]}", read.entities, read):
            read.words.setdefault(word, {}).update(dict.fromkeys(topics))


def _read_name(
    names: Fields, name: str, stands_for: str, into: dict[str, str], read: Read
) -> list[str]:
    """The words that stand for a name: itself and those listed under it."""
    words = [*_plain_of(names, name, (name,)), *_words(names, name)]
    for word in words:
        if into.setdefault(word, stands_for) != stands_for:
            names.report(name, f"{word!r} stands for {into[word]!r} already")
        read.ordinary.setdefault(word, names)
    return words


def _read_value(fields: Fields, read: Read) -> None:
    value = fields.text("value", choices=VALUES)
    words = fields.mapping("words")
    if words is not None:
        for word in words.known:
            weight = words.number(word, -1.0, 1.0)
            for each in _plain_of(words, word, (word,)):
                if value in read.said.setdefault(each, {}):
                    words.report(word, f"{each!r} is there twice")
                read.said[each][value] = weight
                read.ordinary.setdefault(each, words)
    attributes = fields.mapping("attributes")
    if attributes is not None:
        for mark in attributes.known:
            weight = attributes.number(mark, -1.0, 1.0)
            if value in read.marks.setdefault(mark, {}):
                attributes.report(mark, f"{mark!r} stands for {value} twice")
            read.marks[mark][value] = weight
    for name in ("price_bands", "pack_bands"):
        for band in fields.mappings(name):
            read.bands.setdefault(name, []).append(_read_band(band, value))
            band.close()


def _read_band(fields: Fields, value: str) -> BandValue:
    low, high = fields.number("from", 0.0, 1.0), fields.number("to", 0.0, 1.0)
    if low > high:
        fields.report("from", f"expected at most {high}, got {low}")
    return BandValue(value=value, low=low, high=high, weight=fields.number("weight", -1.0, 1.0))


def _check_parents(read: Read) -> None:
    for topic, fields in read.topic_fields.items():
        if topic not in read.parents:
            fields.report("topics", f"{topic!r} is no topic")
            continue
        above, chain = read.parents[topic], [topic]
        while above is not None and above in read.parents and above not in chain:
            chain.append(above)
            above = read.parents[above]
        if above == topic:
            fields.report("parent", f"is a cycle: {' -> '.join([*chain, topic])}")
        elif read.parents[topic] not in {None, *read.parents}:
            fields.report("parent", f"{read.parents[topic]!r} is no topic")


def _check_special(read: Read) -> None:
    """What is special stands for nothing else, alone or inside a phrase."""
    for topic, fields in read.topic_fields.items():
        if topic in read.special_topics:
            fields.report("topic", f"{topic!r} is a special topic")
    for category, fields in read.category_fields.items():
        if category in read.special_categories:
            fields.report("categories", f"{category!r} is special; it has no ordinary topic")
    for phrase, fields in read.ordinary.items():
        found = [part for part in _parts(phrase) if part in read.special]
        if found:
            topic = read.special[found[0]].topic
            where = next((key for key in fields.keys if key.lower() in {"words", phrase}), "names")
            fields.report(where, f"{phrase!r} has {found[0]!r} of the special topic {topic!r}")


def _parts(phrase: str) -> list[str]:
    words = phrase.split(" ")
    spans = [(at, end) for at in range(len(words)) for end in range(at + 1, len(words) + 1)]
    return [" ".join(words[at:end]) for at, end in spans]


def _name(fields: Fields, name: str) -> str:
    text = fields.text(name, length_max=TOPIC_LENGTH_MAX)
    if text and not _NAME.fullmatch(text):
        fields.report(name, f"expected lower-case words, got {text!r}")
    return text


def _words(fields: Fields, name: str) -> list[str]:
    return _plain_of(fields, name, fields.texts(name))


def _plain_of(fields: Fields, name: str, texts: Iterable[str]) -> list[str]:
    """The texts as `hear` compares them: lower case, no punctuation around words."""
    found: list[str] = []
    for text in texts:
        words = [word.strip(EDGES).lower() for word in text.split()]
        if not all(words) or not 0 < len(words) <= PHRASE_MAX:
            fields.report(name, f"expected 1 to {PHRASE_MAX} words, got {text!r}")
        found.append(" ".join(words))
    return found
