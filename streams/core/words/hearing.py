"""hear: what one event says in words, as values a fold can use.

A word of a special topic stands for that topic alone: it never reaches an ordinary field. Work is
cut at named bounds, so a post of 20,000 characters costs no more than its first words. English is
what is understood; of other languages hashtags and names count, and sentiment is None.
"""

import re

from msgspec import Struct

from streams.core import events
from streams.core.events import Body
from streams.core.words.lexicon import Entry, Lexicon
from streams.core.words.sentiment import compound

WORDS_MAX = 600  # of one text; what comes after is not heard
CHARACTERS_MAX = 4_000  # of one text; the same
FOUND_MAX = 8  # topics, entities, values or brands of one event
PHRASE_MAX = 3  # words of a phrase in the lexicon
NAME_MAX = 40  # characters of an entity that is kept
MASK = "x"  # stands for a name while sentiment is scored
LANGUAGE_WORDS_MIN = 4  # fewer words do not tell a language
EDGES = ".,;:!?\"()[]<>#@*_/\u2026\u201c\u201d\u2019'"
SENTENCE_ENDS = (".", "!", "?")
BREAK = " . "  # parts words as a sentence's end does
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
"""For events without words: nothing listens."""
NOTHING_SAID = Heard()
"""For words that stand for nothing."""


class _Found(Struct, gc=False):
    topics: dict[str, None] = {}
    special: dict[tuple[str, str], None] = {}
    entities: dict[str, None] = {}
    values: dict[str, float] = {}
    brands: dict[str, list[float]] = {}
    about_us: list[float] = []

    def heard(self) -> Heard:
        if not (self.topics or self.special or self.entities or self.values or self.brands):
            return Heard(about_us=_mean(self.about_us)) if self.about_us else NOTHING_SAID
        return Heard(
            tuple(self.topics)[:FOUND_MAX],
            tuple(self.special)[:FOUND_MAX],
            tuple(self.entities)[:FOUND_MAX],
            tuple(self.values.items())[:FOUND_MAX],
            tuple([(name, sum(each) / len(each)) for name, each in self.brands.items()])[
                :FOUND_MAX
            ],
            _mean(self.about_us) if self.about_us else None,
        )


def _mean(scores: list[float]) -> float:
    return sum(scores) / len(scores)


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
        elif name in lexicon.entries:
            _hear_entry(lexicon.entries[name], found)
    if said.content:
        text = said.content[:CHARACTERS_MAX]
        named = _hear_words(text, lexicon, found)
        if (named or ours) and _is_english(text, said.language):
            _score_sentences(text, lexicon, found, ours)
            if ours and not found.about_us:  # mentioned by tag alone: all of it is for us
                found.about_us.append(compound(_masked(text, lexicon, ours), lexicon.valences))
    return found.heard()


def _hear_text(text: str, lexicon: Lexicon) -> Heard:
    found = _Found()
    _hear_words(text[:CHARACTERS_MAX], lexicon, found)
    return found.heard()  # a brand is named, but nothing was said of it


def _hear_review(review: events.Review, lexicon: Lexicon) -> Heard:
    found = _Found()
    if review.content:
        text = review.content[:CHARACTERS_MAX]
        named = _hear_words(text, lexicon, found)
        special = _is_special(review.item_category, lexicon)
        if (named or review.item_brand) and _is_english(text, None):
            _score_sentences(text, lexicon, found, set())
            if review.item_brand and not special:
                score = compound(_masked(text, lexicon, set()), lexicon.valences)
                found.brands.setdefault(review.item_brand[:NAME_MAX], []).append(score)
    return found.heard()


def _hear_visit(visit: events.EventAttended, lexicon: Lexicon) -> Heard:
    found = _Found()
    words = f"{visit.category or ''} {visit.attended_name} {visit.place_name or ''}"
    _hear_words(words[:CHARACTERS_MAX], lexicon, found)
    if visit.place_name and not found.special:
        found.entities[f"place:{visit.place_name[:NAME_MAX]}"] = None
    return found.heard()


def _is_special(category: str | None, lexicon: Lexicon) -> bool:
    return category is not None and lexicon.special_of_category(category) is not None


def _hear_words(text: str, lexicon: Lexicon, found: _Found) -> bool:
    """Note what the words of `text` stand for; whether a brand is among them.

    One pass over the whole text; sentences are only looked for when something is to be scored.
    """
    if "\n" in text:
        text = text.replace("\n", BREAK)
    words = text.lower().split()[:WORDS_MAX]
    lower = [word.strip(EDGES) for word in words]
    heads = lexicon.heads
    named, after = False, 0
    for at in [at for at, word in enumerate(lower) if word in heads]:
        if at < after:  # inside of a phrase that was heard
            continue
        entry, after = _entry_at(words, lower, at, lexicon)
        if entry is not None:
            _hear_entry(entry, found)
            named = named or bool(entry.brand)
    return named


def _score_sentences(text: str, lexicon: Lexicon, found: _Found, ours: set[str]) -> None:
    """Score each sentence that names a brand or us, names masked."""
    for sentence in _SENTENCE.split(text):
        masked, brands, about_us = _mask(sentence, lexicon, ours)
        if not brands and not about_us:
            continue
        score = compound(masked, lexicon.valences)
        for brand in sorted(brands):
            found.brands.setdefault(brand, []).append(score)
        if about_us:
            found.about_us.append(score)


def _masked(text: str, lexicon: Lexicon, ours: set[str]) -> str:
    return " ".join([_mask(one, lexicon, ours)[0] for one in _SENTENCE.split(text)])


def _mask(sentence: str, lexicon: Lexicon, ours: set[str]) -> tuple[str, set[str], bool]:
    """(the words with names replaced, the brands named, whether one of our handles is named).

    "United" is no praise.
    """
    words = sentence.split()[:WORDS_MAX]
    lower = [word.strip(EDGES) for word in sentence.lower().split()[:WORDS_MAX]]
    heads = lexicon.heads
    brands: set[str] = set()
    about_us, after = False, 0
    for at in [at for at, word in enumerate(lower) if word in heads or word in ours]:
        if at < after:
            continue
        if lower[at] not in heads:
            about_us = True
            words[at] = MASK
            continue
        entry, after = _entry_at(lower, lower, at, lexicon)
        if entry is not None and (entry.brand or entry.entity is not None):
            words[at:after] = [MASK, *[""] * (after - at - 1)]
            if entry.brand:
                brands.add(entry.brand)
    return " ".join(words), brands, about_us


def _entry_at(
    words: list[str], lower: list[str], at: int, lexicon: Lexicon
) -> tuple[Entry | None, int]:
    """The longest entry that begins at `at`, not beyond its sentence, and where it ends."""
    entries = lexicon.entries
    for length in range(min(PHRASE_MAX, lexicon.heads[lower[at]], len(lower) - at), 1, -1):
        entry = entries.get(" ".join(lower[at : at + length]))
        if entry is not None and not any(
            word.endswith(SENTENCE_ENDS) for word in words[at : at + length - 1]
        ):
            return entry, at + length
    return entries.get(lower[at]), at + 1


def _hear_entry(entry: Entry, found: _Found) -> None:
    special = entry.special
    if special is not None:
        found.special[special.purpose, special.topic] = None
        return
    for topic in entry.topics:
        found.topics[topic] = None
    if entry.entity is not None:
        found.entities[entry.entity] = None
    for value, weight in entry.values:
        found.values[value] = weight


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
