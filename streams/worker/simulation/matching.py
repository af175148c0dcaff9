"""Does a genome tell customers apart? Whose later receipts are these, out of four households?

Protocol, fixed before any figure of the test weeks was seen. The real fold makes a profile of one
household's receipts of weeks 1 to `learn_until`, and its genome is read as of the last receipt of
anybody in these weeks. Four households, each with `BEFORE_MIN` receipts in these weeks and
`AFTER_MIN` in the weeks after until `test_until`, are drawn; one of them is the subject. The reader
(`matching_reader`) gets the genome without its subject's name, what the population bought in the
learning weeks, and the later receipts of all four in random order, and picks one list. By chance
one in four is right. A household is the subject of one trial at most, so trials of one seed are
nearly independent. What belongs to a special category is on no list, as it is in no profile.

The reader and its constants were chosen on weeks 19-24, learned on 1-18, with other draws.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from streams.core.genome.evidence import beta_interval
from streams.core.genome.genome import Genome
from streams.worker.simulation.baskets import Basket
from streams.worker.simulation.matching_reader import (
    MEASURES,
    NAMES,
    Population,
    Reader,
    Seen,
    ordinary,
)

BEFORE_MIN, AFTER_MIN = 10, 3
PLACES = 4
LEVEL = 0.95
POPULAR = "popularity only (no genome)"
_TASTE = ("categories", "brands", "attributes")
_ALL = (*NAMES, *MEASURES)
ROWS: Mapping[str, tuple[str, ...]] = {
    "categories only": ("categories",),
    "categories, brands, attributes": _TASTE,
    "all but outlets": tuple(one for one in _ALL if one != "outlets"),
    "everything": _ALL,
    POPULAR: (),
}
"""Rows of the table -> what the reader goes by; the control goes by no genome."""


class Trial(NamedTuple):
    """One question: which of `households`, in the order shown, is the subject?"""

    subject: int
    households: tuple[int, ...]

    @property
    def answer(self) -> int:
        """The subject's place, from 0."""
        return self.households.index(self.subject)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """How often one way to read was right, with the 95 % interval of its rate."""

    name: str
    right: int
    rate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The result: a row for each of `ROWS`."""

    trials: int
    chance: float
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What readers are given: genomes without a name, and receipts of the test weeks.

    Both are by household; the receipts, of `days`, are in order of time.
    """

    genomes: Mapping[int, Genome]
    later: Mapping[int, Sequence[Seen]]
    population: Population
    days: float


def eligible(households: Mapping[int, Iterable[Basket]], learn_until: int) -> list[int]:
    """The households with enough receipts before and after the end of week `learn_until`."""
    found = []
    for household, baskets in sorted(households.items()):
        weeks = [one.week for one in baskets]
        before = sum(week <= learn_until for week in weeks)
        if before >= BEFORE_MIN and len(weeks) - before >= AFTER_MIN:
            found.append(household)
    return found


def draw(households: Sequence[int], count: int, seed: int) -> list[Trial]:
    """`count` trials of different subjects, at most as many as there are `households`.

    The first trials of a seed stay the same whatever the `count`.
    """
    chance = random.Random(seed)  # noqa: S311  # a sample, no secret
    subjects = sorted(households)
    chance.shuffle(subjects)
    trials = []
    for subject in subjects[:count]:
        others = [one for one in subjects if one != subject]
        shown = [subject, *chance.sample(others, PLACES - 1)]
        chance.shuffle(shown)
        trials.append(Trial(subject, tuple(shown)))
    return trials


def judge(trials: Sequence[Trial], material: Material) -> Table:
    """Have every trial read in every way."""
    right = dict.fromkeys(ROWS, 0)
    for trial in trials:
        lists = [material.later[household] for household in trial.households]
        picked = pick(
            material.genomes[trial.subject], lists, material.population, days=material.days
        )
        for name, place in picked.items():
            right[name] += place == trial.answer
    rows = tuple(_row(name, count, len(trials)) for name, count in right.items())
    return Table(trials=len(trials), chance=1 / PLACES, rows=rows)


def pick(
    genome: Genome, lists: Sequence[Sequence[Seen]], population: Population, *, days: float
) -> dict[str, int]:
    """Row -> the place of the list that fits best; of equal ones the first."""
    reader = Reader(genome, population)
    picked = {}
    for name, what in ROWS.items():
        scores = [
            ordinary(receipts, population)
            if name == POPULAR
            else reader.score(receipts, what, days=days)
            for receipts in lists
        ]
        picked[name] = scores.index(max(scores))
    return picked


def _row(name: str, right: int, trials: int) -> Row:
    low, high = beta_interval(right, trials - right, LEVEL)
    return Row(name=name, right=right, rate=right / trials, low=round(low, 4), high=round(high, 4))
