"""The guarantees of DESIGN section 8 as checks: each returns what is broken, in sentences.

`verify` runs them all. A check that finds nothing returns an empty list.
"""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from streams.codec.packed import unpack
from tests.integration.kept import Expected, Kept, Output, Run, Unit
from tests.integration.labels import header, label
from tests.integration.reading import Logged, Place

SHOWN_MAX = 12  # problems of one check in a failure; the first ones tell the story
FORWARD = "identity.forward.v1"
OUTCOMES = ("applied", "duplicate", "late", "dead_lettered", "forwarded", "exchanged")


def verify(kept: Kept, expected: Expected) -> None:
    """Raise AssertionError that names every broken guarantee."""
    found = {
        "G1 every record once": coverage(kept),
        "G1 counts": counts(kept, expected),
        "positions": positions(kept),
        "G2 table and changelog": table(kept, expected),
        "G2 table and RocksDB": stores(kept, expected),
        "G3 offers, decisions and forwards": outputs(kept, expected),
        "G4 sequences": sequences(kept),
        "timers fire once": timers(kept),
        "G5 dead letters": dead_letters(kept, expected),
    }
    complain(found)


def complain(found: Mapping[str, list[str]]) -> None:
    """Raise AssertionError with the problems that were found, by check, unless there are none."""
    broken = [
        f"{name}: {len(problems)} problems\n  " + "\n  ".join(problems[:SHOWN_MAX])
        for name, problems in found.items()
        if problems
    ]
    if broken:
        raise AssertionError("\n".join(broken))


def coverage(kept: Kept) -> list[str]:
    """Every source record lies in exactly one run of one committed unit, in order."""
    problems: list[str] = []
    runs: dict[Place, list[tuple[Run, Unit]]] = defaultdict(list)
    for unit in itertools.chain.from_iterable(kept.units.values()):
        for run in unit.ledger.runs:
            runs[run.topic, unit.partition].append((run, unit))
    for place in sorted(runs.keys() | kept.by_place.keys()):
        problems += _overlaps(place, runs[place])
        problems += _uncovered(kept, place, [run for run, _ in runs[place]])
    return problems


def _overlaps(place: Place, runs: list[tuple[Run, Unit]]) -> Iterator[str]:
    position = 0
    for run, unit in runs:
        if run.next <= run.first:
            yield f"{place}: empty run {run.first}..{run.next} in the {unit.where()}"
        if run.first < position:
            yield (
                f"{place}: offsets {run.first}..{min(position, run.next) - 1} were folded twice, "
                f"the second time in the {unit.where()}"
            )
        position = max(position, run.next)


def _uncovered(kept: Kept, place: Place, runs: list[Run]) -> Iterator[str]:
    ordered = iter(sorted(runs, key=lambda run: run.first))
    run = next(ordered, None)
    for record in kept.by_place.get(place, []):
        while run is not None and run.next <= record.offset:
            run = next(ordered, None)
        covered = run is not None and run.first <= record.offset
        lost = (*place, record.offset) in kept.lost
        if not covered and not lost:
            yield f"{record.where()} was never folded"
        if covered and lost:
            yield f"{record.where()} was deleted by retention, yet it is in a run"


def counts(kept: Kept, expected: Expected) -> list[str]:
    """In = applied + duplicate + late + dead-lettered + forwarded, unit by unit and in all."""
    problems: list[str] = []
    for partition, units in sorted(kept.units.items()):
        before: dict[str, int] = {}
        for unit in units:
            problems += _unit_counts(unit, before, kept)
            before = unit.ledger.counts
        wanted = {name: number for name, number in expected.counts[partition].items() if number}
        got = {name: number for name, number in before.items() if number}
        lost = sum(got.pop(name) for name in list(got) if name.endswith("|lost"))
        if got != wanted:
            problems.append(f"partition {partition}: counted {got}, the oracle {wanted}")
        gone = sum(place[1] == partition for place in kept.lost)
        if lost != gone:
            problems.append(f"partition {partition}: counted {lost} lost, retention took {gone}")
    return problems


def _unit_counts(unit: Unit, before: dict[str, int], kept: Kept) -> Iterator[str]:
    after = unit.ledger.counts
    folded: Counter[str] = Counter()
    for run in unit.ledger.runs:
        folded[run.topic] += len(kept.between((run.topic, unit.partition), run.first, run.next))
    for topic in folded.keys() | {name.partition("|")[0] for name in after}:
        counted = sum(
            after.get(f"{topic}|{outcome}", 0) - before.get(f"{topic}|{outcome}", 0)
            for outcome in OUTCOMES
        )
        if counted != folded[topic]:
            yield f"{unit.where()}: {folded[topic]} records of {topic} in, {counted} counted"


def positions(kept: Kept) -> list[str]:
    """Reserved rows carry the end of each run on, and the group's offsets equal the last row."""
    problems: list[str] = []
    for partition, units in sorted(kept.units.items()):
        now: dict[str, int] = {}
        for unit in units:
            now |= {run.topic: run.next for run in unit.ledger.runs}
            problems += [
                f"{unit.where()}: position of {topic} is {unit.ledger.positions.get(topic)}, "
                f"its runs end at {offset}"
                for topic, offset in now.items()
                if unit.ledger.positions.get(topic) != offset
            ]
        problems += [
            f"{topic}/{partition}: the group committed {kept.committed.get((topic, partition))}, "
            f"the last reserved row says {offset}"
            for topic, offset in now.items()
            if kept.committed.get((topic, partition)) != offset
        ]
    return problems


def table(kept: Kept, expected: Expected) -> list[str]:
    """The rows of a whole restore equal the oracle's, byte for byte."""
    latest = kept.latest_rows()
    problems: list[str] = []
    for partition in sorted(latest.keys() | expected.rows.keys()):
        problems += _rows_differ(
            f"changelog/{partition}",
            latest.get(partition, {}),
            expected.rows.get(partition, {}),
        )
    return problems


def stores(kept: Kept, expected: Expected) -> list[str]:
    """RocksDB equals the oracle's rows wherever its ledger is that of the last committed unit.

    A worker that lost a partition keeps an older store; one worker must have the newest. The
    whole ledger is compared: a unit of exchanges alone moves positions and counts no fold.
    """
    problems: list[str] = []
    for partition, units in sorted(kept.units.items()):
        last = units[-1].ledger
        newest = [
            store for store in kept.stores if store.partition == partition and store.ledger == last
        ]
        if kept.stores and not newest:
            problems.append(f"partition {partition}: no store is at the last committed unit")
        for store in newest:
            where = f"store p{partition} of {store.worker}"
            problems += _rows_differ(where, store.rows, expected.rows.get(partition, {}))
    return problems


def _rows_differ(where: str, got: dict[bytes, bytes], want: dict[bytes, bytes]) -> Iterator[str]:
    for key in sorted(got.keys() | want.keys()):
        if got.get(key) != want.get(key):
            name = key.decode(errors="replace")
            said = _difference(repr(got.get(key)), repr(want.get(key)))
            yield f"{where}: row {name} differs: {said}"


def _difference(got: str, want: str) -> str:
    """The first place where two texts differ, with what lies around it."""
    pairs = enumerate(zip(got, want, strict=False))
    same = next((at for at, (one, other) in pairs if one != other), min(len(got), len(want)))
    start = max(0, same - 60)
    return f"at {same}: {got[start : same + 60]} expected {want[start : same + 60]}"


def outputs(kept: Kept, expected: Expected) -> list[str]:
    """Offers and decisions are the oracle's, each once, in its order, with its bytes.

    Forwarded records of one partition come from several, so their order is free.
    """
    got: dict[Place, list[Output]] = defaultdict(list)
    forwards = (one for one in kept.sources if one.topic == FORWARD)
    for record in [*kept.outputs, *forwards]:
        got[record.topic, record.partition].append(Output(record.key, record.value, record.headers))
    problems: list[str] = []
    for place in sorted(got.keys() | expected.outputs.keys()):
        have, want = got.get(place, []), expected.outputs.get(place, [])
        if have == want:
            continue
        differences = [
            *_count_differences(place, have, want),
            *_payload_differences(place, have, want),
        ]
        if not differences and place[0] != FORWARD:
            first = next(i for i, (a, b) in enumerate(zip(have, want, strict=True)) if a != b)
            differences = [f"{place}: order differs from record {first} on: {label(have[first])}"]
        problems += differences
    return problems


def _count_differences(place: Place, have: list[Output], want: list[Output]) -> Iterator[str]:
    got, wanted = Counter(map(label, have)), Counter(map(label, want))
    for name in sorted(got.keys() | wanted.keys()):
        if got[name] != wanted[name]:
            word = "missing" if got[name] < wanted[name] else "too often"
            yield f"{place}: {name} is {word}: {got[name]} times, the oracle {wanted[name]}"


def _payload_differences(place: Place, have: list[Output], want: list[Output]) -> Iterator[str]:
    wanted = {label(one): one for one in want}
    for one in have:
        other = wanted.get(label(one), one)
        if one != other:
            yield f"{place}: {label(one)} differs: {_difference(repr(one), repr(other))}"


def sequences(kept: Kept) -> list[str]:
    """Along each offer topic and decision log a subject's sequence never falls."""
    problems: list[str] = []
    last: dict[tuple[str, int, bytes | None], int] = {}
    for record in kept.outputs:
        fields = msgspec.json.decode(unpack(record.value or b""))
        number = fields.get("sequence", fields.get("fold_sequence"))
        along = (record.topic, record.partition, record.key)
        before = last.get(along, number)
        if number < before:
            problems.append(f"{record.where()}: sequence {number} after {before}")
        last[along] = number
    return problems


def timers(kept: Kept) -> list[str]:
    """No timer of a subject fires twice, whatever was killed or moved meanwhile."""
    fired = Counter(
        (one.subject, one.kind, one.due_ms)
        for unit in itertools.chain.from_iterable(kept.units.values())
        for one in unit.ledger.fired
        if one.kind
    )
    return [f"{one} fired {times} times" for one, times in sorted(fired.items()) if times > 1]


def dead_letters(kept: Kept, expected: Expected) -> list[str]:
    """Each unusable record is kept once, with its bytes, its headers, its place and a reason."""
    sources = {(one.topic, one.partition, one.offset): one for one in kept.sources}
    seen: Counter[tuple[str, int, int]] = Counter()
    problems: list[str] = []
    for letter in kept.dead_letters:
        place = (
            header(letter, "dlq_topic"),
            int(header(letter, "dlq_partition") or -1),
            int(header(letter, "dlq_offset") or -1),
        )
        seen[place] += 1
        source = sources.get(place)
        if source is None:
            problems.append(f"{letter.where()} names no source record: {place}")
            continue
        problems += _letter_differs(letter, source, expected.dead_letters.get(place))
    for place in sorted(seen.keys() | expected.dead_letters.keys()):
        wanted = int(place in expected.dead_letters)
        if seen[place] != wanted:
            problems.append(f"{place}: dead-lettered {seen[place]} times, the oracle {wanted}")
    return problems


def _letter_differs(letter: Logged, source: Logged, reason: str | None) -> Iterator[str]:
    kept_headers = tuple(one for one in letter.headers if not one[0].startswith("dlq_"))
    pairs: Iterable[tuple[str, object, object]] = (
        ("topic", letter.topic, f"{source.topic}.dlq"),
        ("key", letter.key, source.key),
        ("value", letter.value, source.value),
        ("headers", kept_headers, source.headers),
        ("reason", header(letter, "dlq_reason"), reason),
    )
    for what, got, want in pairs:
        if got != want:
            yield f"{letter.where()}: {what} is {got!r:.200}, expected {want!r:.200}"
