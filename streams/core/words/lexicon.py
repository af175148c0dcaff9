"""The lexicon: which words, hashtags and product categories stand for which topics and values.

Values only: the codec reads and checks the files. All names are lower case but those of product
categories, which are written as receipts write them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from streams.core.words.sentiment import NO_VALENCES, Valences

VALUES = (
    "safety",
    "simplicity",
    "quality",
    "thrift",
    "sustainability",
    "status",
    "tradition",
    "novelty",
)
"""The value system's closed set."""
Attributes = Mapping[str, str | float | bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Special:
    """A special topic, and the purpose of the consent it needs."""

    purpose: str
    topic: str


class Entry(NamedTuple):
    """What one word or phrase stands for; a special one for nothing else."""

    special: Special | None
    topics: tuple[str, ...]
    entity: str | None
    values: tuple[tuple[str, float], ...]
    brand: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BandValue:
    """A value that a price or pack band speaks for: from `low` to `high`, with `weight`."""

    value: str
    low: float
    high: float
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """All of it; empty where nobody said anything."""

    version: str = ""
    topics: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Word or hashtag -> topics."""
    special: Mapping[str, Special] = field(default_factory=dict[str, Special])
    """Word or hashtag -> special topic; such a word stands for nothing else."""
    entities: Mapping[str, str] = field(default_factory=dict[str, str])
    """Word or words -> `artist:...`, `team:...`, `place:...` or `travel:...`."""
    brands: Mapping[str, str] = field(default_factory=dict[str, str])
    """Word or words -> brand."""
    said_values: Mapping[str, tuple[tuple[str, float], ...]] = field(
        default_factory=dict[str, tuple[tuple[str, float], ...]]
    )
    """Word -> values, -1..1."""
    category_topics: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict[str, tuple[str, ...]]
    )
    """Product category -> topics."""
    special_categories: Mapping[str, str] = field(default_factory=dict[str, str])
    """Product category -> purpose of the consent it needs."""
    attribute_values: Mapping[str, tuple[tuple[str, float], ...]] = field(
        default_factory=dict[str, tuple[tuple[str, float], ...]]
    )
    """Attribute of a product (`organic`, `size=M`) -> values, -1..1."""
    price_values: tuple[BandValue, ...] = ()
    pack_values: tuple[BandValue, ...] = ()
    valences: Valences = NO_VALENCES
    heads: Mapping[str, int] = field(init=False)
    """First word of everything that can be heard -> words of the longest phrase it begins.

    Most words of a text are not among them.
    """
    entries: Mapping[str, Entry] = field(init=False)
    """Word or words -> all that they stand for."""

    def __post_init__(self) -> None:
        """Work out once what every word asks."""
        heard = (self.topics, self.special, self.entities, self.brands, self.said_values)
        heads: dict[str, int] = {}
        entries: dict[str, Entry] = {}
        for phrase in [phrase for each in heard for phrase in each]:
            head = phrase.partition(" ")[0]
            heads[head] = max(heads.get(head, 0), 1 + phrase.count(" "))
            entries[phrase] = self._entry(phrase)
        object.__setattr__(self, "heads", heads)
        object.__setattr__(self, "entries", entries)

    def _entry(self, phrase: str) -> Entry:
        special = self.special.get(phrase)
        if special is not None:
            return Entry(special, (), None, (), "")
        return Entry(
            None,
            tuple(self.topics.get(phrase, ())),
            self.entities.get(phrase),
            tuple(self.said_values.get(phrase, ())),
            self.brands.get(phrase, ""),
        )

    def topics_of_category(self, category: str) -> tuple[str, ...]:
        """Topics that things of this product category belong to."""
        return self.category_topics.get(category, ())

    def special_of_category(self, category: str) -> str | None:
        """Purpose of the consent that this product category needs; None for nearly all."""
        return self.special_categories.get(category)

    def is_special(self, category: str | None, department: str | None) -> bool:
        """Whether what has these two levels may be in no decision; one special level is enough."""
        special = self.special_categories
        return category in special or department in special

    def values_of(
        self, attributes: Attributes, price_band: float | None, pack_band: float | None
    ) -> tuple[tuple[str, float], ...]:
        """Value -> -1..1 that a product of these attributes and bands stands for."""
        found: dict[str, float] = {}
        for name, said in attributes.items():
            mark = name if said is True else f"{name}={said}"
            for value, weight in self.attribute_values.get(mark, ()):
                found[value] = found.get(value, 0.0) + weight
        for bands, at in ((self.price_values, price_band), (self.pack_values, pack_band)):
            for one in bands:
                if at is not None and one.low <= at <= one.high:
                    found[one.value] = found.get(one.value, 0.0) + one.weight
        bounded = [(value, max(-1.0, min(weight, 1.0))) for value, weight in found.items()]
        return tuple(sorted([(value, weight) for value, weight in bounded if weight]))


EMPTY_LEXICON = Lexicon()
