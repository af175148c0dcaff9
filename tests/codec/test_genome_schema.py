"""The published form of a genome is what the code writes."""

import json

import msgspec
from hypothesis import given

from streams.core.events import Event
from streams.core.fold import fold
from streams.core.genome.background import make_background
from streams.core.genome.reading import read_genome
from streams.core.profile.profile import new_profile
from tests.codec.genome_schema import FILE, NAME, made
from tests.codec.schema_files import VALIDATORS
from tests.strategies_profiles import FEW, FOLD, NOON, anything


def test_the_file_is_made_from_the_structs() -> None:
    """Write it anew with `python -m tests.codec.genome_schema`."""
    assert json.loads(FILE.read_text("utf-8")) == made()


@FEW
@given(anything)
def test_every_genome_is_valid(events: list[Event]) -> None:
    """Whatever was folded, a machine that knows the schema can read it."""
    profile = new_profile("customer:ann")
    for one in events:
        fold(profile, one, FOLD, now_ms=NOON)

    genome = read_genome(profile, make_background(FOLD), NOON)

    VALIDATORS[NAME].validate(json.loads(msgspec.json.encode(genome)))
