"""hear: what one event says in words, as values a fold can use.

A word of a special topic stands for that topic alone: it never reaches an ordinary field. Work is
cut at named bounds, so a post of 20,000 characters costs no more than its first words. English is
what is understood; of other languages hashtags and names count, and sentiment is None.
"""

import re

from msgspec import Struct

from streams.core import events
from streams.core.events import Body
from streams.core.words.lexicon import Lexicon
from streams.core.words.sentiment import compound

WORDS_MAX = 400  # of one sentence; what comes after is not heard
CHARACTERS_MAX = 4_000  # of one text; the same
FOUND_MAX = 8  # topics, entities, values or brands of one event
PHRASE_MAX = 3  # words of a phrase in the lexicon
NAME_MAX = 40  # characters of an entity that is kept
MASK = "x"  # stands for a name while sentiment is scored
LANGUAGE_WORDS_MIN = 4  # fewer words do not tell a language
EDGES = ".,;:!?\"()[]<>#@*_/\u2026\u201c\u201d\u2019'"
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_ENGLISH = frozenset(
    """
    the a an and or but i my me we our you your it its this that is are was be been am to of in on
    for with at from have has had not no so just do did can all what who they them he she his
    her as by up out if will would there get got new
    """.split()  # noqa: SIM905  # words are read as words
)


class Heard(Struct, frozen=True, gc=False):
    """What one event said; empty where it said nothing of the kind."""

    topics: tuple[str, ...] = ()
    special: tuple[tuple[str, str], ...] = ()
    """(consent purpose, topic)."""
    entities: tuple[str, ...] = ()
    """`artist:Adele`, `team:...`, `place:...`, `travel:...`."""
    values: tuple[tuple[str, float], ...] = ()
    """Value -> -1..1, as said."""
    brands: tuple[tuple[str, float], ...] = ()
    """Brand -> compound over the sentences that name it."""
    about_us: float | None = None
    """Compound over the sentences that name one of our handles; None when none does."""


NOTHING_HEARD = Heard()


class _Found(Struct, gc=False):
    topics: dict[str, None] = {}
    special: dict[tuple[str, str], None] = {}
    entities: dict[str, None] = {}
    values: dict[str, float] = {}
    brands: dict[str, list[float]] = {}
    about_us: list[float] = []

    def heard(self) -> Heard:
        return Heard(
            tuple(self.topics)[:FOUND_MAX],
            tuple(self.special)[:FOUND_MAX],
            tuple(self.entities)[:FOUND_MAX],
            tuple(self.values.items())[:FOUND_MAX],
            tuple([(name, sum(each) / len(each)) for name, each in self.brands.items()])[
                :FOUND_MAX
            ],
            sum(self.about_us) / len(self.about_us) if self.about_us else None,
        )


def hear(body: Body, lexicon: Lexicon, handles: frozenset[str]) -> Heard:
    """What `body` says; `NOTHING_HEARD` for kinds of event without words."""
    match body:
        case events.Activity():
            return _hear_post(body, lexicon, handles)
        case events.Search():
            return _hear_text(body.search_term, lexicon)
        case events.Review():
            return _hear_review(body, lexicon)
        case events.PollAnswer():
            return _hear_text(f"{body.category or ''} {body.answer}", lexicon)
        case events.EventAttended():
            return _hear_visit(body, lexicon)
        case _:
            return NOTHING_HEARD


def _hear_post(activity: events.Activity, lexicon: Lexicon, handles: frozenset[str]) -> Heard:
    found = _Found()
    said = activity.object
    ours: set[str] = set()
    for tag in said.tag:
        name = tag.name.lstrip("#@").lower()
        if tag.type == "Mention" and name in handles:
            ours.add(name)
        elif name in lexicon.heads:
            _look_up(name, lexicon, found)
    if said.content:
        text = said.content[:CHARACTERS_MAX]
        english = _is_english(text, said.language)
        for sentence in _SENTENCE.split(text):
            _hear_sentence(sentence, lexicon, found, ours if english else set(), english=english)
        if ours and english and not found.about_us:  # mentioned by tag alone: all of it is for us
            found.about_us.append(compound(_masked(text, lexicon), lexicon.valences))
    return found.heard()


def _hear_text(text: str, lexicon: Lexicon) -> Heard:
    found = _Found()
    _hear_sentence(text[:CHARACTERS_MAX], lexicon, found, set(), english=False)
    found.brands.clear()  # named, but nothing was said of them
    return found.heard()


def _hear_review(review: events.Review, lexicon: Lexicon) -> Heard:
    found = _Found()
    if review.content:
        text = review.content[:CHARACTERS_MAX]
        english = _is_english(text, None)
        for sentence in _SENTENCE.split(text):
            _hear_sentence(sentence, lexicon, found, set(), english=english)
        if review.item_brand and english and not _is_special(review.item_category, lexicon):
            score = compound(_masked(text, lexicon), lexicon.valences)
            found.brands.setdefault(review.item_brand[:NAME_MAX], []).append(score)
    return found.heard()


def _hear_visit(visit: events.EventAttended, lexicon: Lexicon) -> Heard:
    found = _Found()
    words = f"{visit.category or ''} {visit.attended_name} {visit.place_name or ''}"
    _hear_sentence(words[:CHARACTERS_MAX], lexicon, found, set(), english=False)
    if visit.place_name and not found.special:
        found.entities[f"place:{visit.place_name[:NAME_MAX]}"] = None
    return found.heard()


def _is_special(category: str | None, lexicon: Lexicon) -> bool:
    return category is not None and lexicon.special_of_category(category) is not None


def _hear_sentence(
    sentence: str, lexicon: Lexicon, found: _Found, ours: set[str], *, english: bool
) -> None:
    words = sentence.split()[:WORDS_MAX]
    lower = [word.strip(EDGES).lower() for word in words]
    heads = lexicon.heads
    named: set[str] = set()
    about_us = False
    at = 0
    while at < len(lower):
        length = 1
        if lower[at] in heads:
            length, brand, name = _phrase(lower, at, lexicon, found)
            if brand:
                named.add(brand)
            if name:
                words[at : at + length] = [MASK, *[""] * (length - 1)]
        elif ours and lower[at] in ours:
            about_us = True
            words[at] = MASK
        at += length
    if english and (named or about_us):
        score = compound(" ".join(words), lexicon.valences)
        for brand in sorted(named):
            found.brands.setdefault(brand, []).append(score)
        if about_us:
            found.about_us.append(score)


def _phrase(lower: list[str], at: int, lexicon: Lexicon, found: _Found) -> tuple[int, str, bool]:
    """(words of the longest entry that begins here, the brand it names, whether it is a name)."""
    for length in range(min(PHRASE_MAX, len(lower) - at), 0, -1):
        phrase = " ".join(lower[at : at + length])
        if _look_up(phrase, lexicon, found):
            brand = lexicon.brands.get(phrase, "")
            return length, brand, bool(brand) or phrase in lexicon.entities
    return 1, "", False


def _look_up(phrase: str, lexicon: Lexicon, found: _Found) -> bool:
    special = lexicon.special.get(phrase)
    if special is not None:
        found.special[special.purpose, special.topic] = None
        return True
    known = False
    for topic in lexicon.topics.get(phrase, ()):
        found.topics[topic] = None
        known = True
    entity = lexicon.entities.get(phrase)
    if entity is not None:
        found.entities[entity] = None
        known = True
    for value, weight in lexicon.said_values.get(phrase, ()):
        found.values[value] = weight
        known = True
    return known or phrase in lexicon.brands


def _masked(text: str, lexicon: Lexicon) -> str:
    """`text` with the names of brands and entities replaced: "United" is no praise."""
    words = text.split()[:WORDS_MAX]
    lower = [word.strip(EDGES).lower() for word in words]
    nothing = _Found()
    for at, word in enumerate(lower):
        if word in lexicon.heads:
            length, _, name = _phrase(lower, at, lexicon, nothing)
            if name:
                words[at : at + length] = [MASK, *[""] * (length - 1)]
    return " ".join(words)


def _is_english(text: str, language: str | None) -> bool:
    """As the post itself says, else by its script and its small words."""
    if language is not None:
        return language.lower().partition("-")[0] == "en"
    words = text.lower().split()[:WORDS_MAX]
    if not words:
        return False
    if len(words) < LANGUAGE_WORDS_MIN:
        return text.isascii()
    return any(word.strip(EDGES) in _ENGLISH for word in words)
