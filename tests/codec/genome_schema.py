"""The published form of a genome, made from the structs; run it to write the file anew.

`python -m tests.codec.genome_schema` after a change of `genome.py`, `reached.py` or `tastes.py` in
`streams/core/genome`; a test compares.
"""

import ast
import json
from pathlib import Path
from typing import Any

import msgspec

from streams.codec.lexicon import load_lexicon
from streams.core.events import Body
from streams.core.fold import fold
from streams.core.fold_policy import FoldPolicy
from streams.core.genome import genome, reached, tastes
from streams.core.genome.background import make_background
from streams.core.genome.genome import Genome
from streams.core.genome.reading import read_genome
from streams.core.profile.profile import new_profile
from tests.strategies_profiles import NOON, cart, event, item, line, sale, view

NAME = "profile.genome.v1"
FILE = Path(__file__).parent.parent.parent / "schemas" / f"{NAME}.json"
LEXICON = Path(__file__).parent.parent.parent / "deploy" / "lexicon"
DAY_MS = 86_400_000


def made() -> dict[str, Any]:
    """The schema: structs with their docstrings, fields with theirs."""
    (root,), definitions = msgspec.json.schema_components([Genome], ref_template="#/$defs/{name}")
    del root
    for name, words in _field_words().items():
        for field, text in words.items():
            if field in definitions.get(name, {}).get("properties", {}):
                _describe(definitions[name]["properties"], field, text)
    top = definitions.pop("Genome")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:streams:schema:{NAME}",
        **top,
        "description": _text(genome.__doc__),
        "$defs": definitions,
        "examples": [msgspec.to_builtins(one) for one in _examples()],
    }


def text() -> str:
    """The file's text."""
    return json.dumps(made(), indent=2, ensure_ascii=False) + "\n"


def _describe(properties: dict[str, Any], field: str, words: str) -> None:
    properties[field] = {"description": words, **properties[field]}


def _field_words() -> dict[str, dict[str, str]]:
    """Struct -> field -> the docstring below it."""
    found: dict[str, dict[str, str]] = {}
    for module in (genome, reached, tastes):
        tree = ast.parse(Path(str(module.__file__)).read_text("utf-8"))
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                found[node.name] = _words_in(node)
    return found


def _words_in(node: ast.ClassDef) -> dict[str, str]:
    pairs = zip(node.body, node.body[1:], strict=False)
    return {
        field.target.id: _text(below.value.value)
        for field, below in pairs
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(below, ast.Expr)
        and isinstance(below.value, ast.Constant)
    }


def _text(words: Any) -> str:
    return " ".join(str(words).split())


def _examples() -> list[Genome]:
    """A customer of four receipts, a look and a cart; and a stranger."""
    texts = {path.name: path.read_text("utf-8") for path in sorted(LEXICON.glob("*.yaml"))}
    policy = FoldPolicy(lateness_max_ms=365 * DAY_MS, lexicon=load_lexicon(texts))
    background = make_background(policy)
    ann = new_profile("customer:ann")
    bought = line("sku-1", "Coffee", item_brand="Roastery", unit_price_minor=499)
    bodies: list[tuple[Body, int]] = [
        *(
            (sale(number, bought, total_minor=499), NOON + number * 7 * DAY_MS)
            for number in range(4)
        ),
        (view(item("sku-2", "Tea")), NOON + 22 * DAY_MS),
        (cart(item("sku-2", "Tea", price_minor=349)), NOON + 22 * DAY_MS + 60_000),
    ]
    for number, (body, at_ms) in enumerate(bodies):
        fold(ann, event(f"e{number}", body, at_ms), policy, now_ms=at_ms)
    now_ms = NOON + 23 * DAY_MS
    stranger = read_genome(new_profile("device:d1"), background, now_ms)
    return [read_genome(ann, background, now_ms), stranger]


if __name__ == "__main__":
    FILE.write_text(text(), "utf-8")
