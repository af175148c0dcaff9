"""Personal worlds: what the customer lives for, says about brands, and is moved by.

Topics come from words and hashtags, and from what is looked at and bought; entities are artists,
teams, places and travel. Special categories are kept apart, and only with their consent
(`special`): no reader but the customer's own page sees them.
"""

from collections.abc import Iterable

from msgspec import Struct, field

from streams.core.decay import DecayedMap, DecayedMeans, add_names
from streams.core.means import add_means
from streams.core.profile.contact import Consent
from streams.core.profile.special import PURPOSE_MARK, consented
from streams.core.words.hearing import Heard

TOPICS_MAX = 16
ENTITIES_MAX = 8
OPINIONS_MAX = 8
INFLUENCES_MAX = 4
SPECIAL_MAX = 8
SAID_MAX = 8  # the eight values
DAY_MS = 86_400_000


class Worlds(Struct, array_like=True, gc=False):
    """Topics, entities, opinions and influences, each with its evidence."""

    topics: DecayedMap = field(default_factory=lambda: DecayedMap(DAY_MS))
    entities: DecayedMap = field(default_factory=lambda: DecayedMap(DAY_MS))
    """`artist:`, `team:`, `place:` or `travel:` and its name."""
    opinions: DecayedMeans = field(default_factory=lambda: DecayedMeans(DAY_MS))
    """Brand -> sentiment of what was said of it, -1 to 1."""
    influences: DecayedMap = field(default_factory=lambda: DecayedMap(DAY_MS))
    """Whom the customer shares, whose codes they use."""
    values: DecayedMeans = field(default_factory=lambda: DecayedMeans(DAY_MS))
    """Value system as said in words, -1 to 1 each: a weak prior beside what was bought."""
    special: DecayedMap = field(default_factory=lambda: DecayedMap(DAY_MS))


def hear_words(
    worlds: Worlds, heard: Heard, consents: dict[str, Consent], at_ms: int, source: int
) -> None:
    """Fold what was heard in one event."""
    if heard.topics:
        add_names(worlds.topics, heard.topics, 1.0, at_ms, names_max=TOPICS_MAX, source=source)
    if heard.entities:
        add_names(
            worlds.entities, heard.entities, 1.0, at_ms, names_max=ENTITIES_MAX, source=source
        )
    if heard.brands:
        add_means(worlds.opinions, heard.brands, 1.0, at_ms, names_max=OPINIONS_MAX, source=source)
    if heard.values:
        add_means(worlds.values, heard.values, 1.0, at_ms, names_max=SAID_MAX, source=source)
    if heard.special:
        kept = [
            purpose + PURPOSE_MARK + topic
            for purpose, topic in heard.special
            if consented(consents, purpose)
        ]
        add_names(worlds.special, kept, 1.0, at_ms, names_max=SPECIAL_MAX, source=source)


def add_topics(
    worlds: Worlds, topics: Iterable[str], amount: float, at_ms: int, source: int
) -> None:
    """The customer looked at or bought something of these topics."""
    add_names(worlds.topics, topics, amount, at_ms, names_max=TOPICS_MAX, source=source)


def add_influence(worlds: Worlds, who: str, at_ms: int, source: int) -> None:
    """The customer shared what `who` wrote, or used a code of theirs."""
    add_names(worlds.influences, (who,), 1.0, at_ms, names_max=INFLUENCES_MAX, source=source)
