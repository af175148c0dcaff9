"""The lexicon's files: what they say, and what is wrong with them, by file and line."""

from pathlib import Path

import pytest

from streams.codec.lexicon import load_lexicon
from streams.core.errors import ConfigError
from streams.core.words.hearing import hear
from streams.core.words.lexicon import EMPTY_LEXICON, VALUES, Special
from tests.core.lexicons import FILE, post

SHIPPED = Path(__file__).parents[2] / "deploy" / "lexicon"
SPECIAL = "special:\n- {topic: s, purpose: p, categories: [C]}\n"
VALUED = """\
values:
  - value: thrift
    words: {Cheap!: 0.5}
    attributes: {private_label: 0.4, size=XL: 0.2}
    price_bands: [{from: 0.0, to: 0.2, weight: 0.4}, {from: 0.8, to: 1.0, weight: -0.3}]
    pack_bands: [{from: 0.8, to: 1.0, weight: 0.9}]
  - value: status
    attributes: {private_label: -0.3}
"""


def problems(**files: str) -> list[str]:
    """What is wrong with the files."""
    with pytest.raises(ConfigError) as caught:
        load_lexicon({f"{name}.yaml": text for name, text in files.items()})
    return list(caught.value.problems)


def test_topics_are_heard_with_those_above_them() -> None:
    """By word, phrase, hashtag and product category."""
    lexicon = load_lexicon({"one.yaml": FILE})

    assert lexicon.topics["flat white"] == ("coffee", "food")
    assert lexicon.topics["flatwhite"] == ("coffee", "food")
    assert lexicon.topics_of_category("Soup") == ("food",)
    assert lexicon.topics_of_category("Other") == ()
    assert lexicon.topics["adele"] == ("pop music",)
    assert lexicon.entities == {"adele": "artist:Adele"}


def test_brands_are_heard_by_all_their_names() -> None:
    """Whole names are hashtags too."""
    brands = load_lexicon({"one.yaml": FILE}).brands

    assert {name for name, brand in brands.items() if brand == "United Airlines"} == {
        "united",
        "united airlines",
        "unitedairlines",
    }


def test_special_words_and_categories_name_their_purpose() -> None:
    """As words, hashtags and product categories."""
    lexicon = load_lexicon({"one.yaml": FILE})

    health = Special(purpose="health", topic="health")
    words = ("diabetes", "heart attack", "heartattack", "pharmacy")
    assert lexicon.special == dict.fromkeys(words, health)
    assert lexicon.special_of_category("Pharmacy") == "health"
    assert lexicon.special_of_category("Soup") is None


def test_products_stand_for_values_by_attributes_and_bands() -> None:
    """Sums, cut to -1..1; what sums up to nothing is left out."""
    lexicon = load_lexicon({"one.yaml": VALUED})

    assert lexicon.said_values == {"cheap": (("thrift", 0.5),)}
    assert lexicon.values_of({"private_label": True, "size": "XL"}, 0.1, 0.9) == (
        ("status", -0.3),
        ("thrift", 1.0),
    )
    assert lexicon.values_of({"private_label": False, "other": 1.5}, 0.5, None) == ()


def test_no_files_score_sentiment_and_hear_nothing() -> None:
    """All but the valences is empty."""
    lexicon = load_lexicon({})

    assert lexicon.topics == EMPTY_LEXICON.topics
    assert lexicon.valences.words["good"] == pytest.approx(1.9)


def test_the_version_is_of_the_content_alone() -> None:
    """Comments and names of files change nothing; a weight does."""
    version = load_lexicon({"one.yaml": VALUED}).version

    assert load_lexicon({"two.yaml": f"# a comment\n{VALUED}"}).version == version
    assert load_lexicon({"one.yaml": VALUED.replace("0.9", "0.8")}).version != version


def test_a_hashtag_that_somebody_wrote_keeps_its_meaning() -> None:
    """The phrase does not take it over, nor does a category that is special as a word."""
    text = """\
special: [{topic: health, purpose: health, words: [pharmacy]}]
topics:
  - {topic: a, words: [ice tea]}
  - {topic: b, words: [icetea], categories: [Pharmacy, Ice tea]}
"""

    topics = load_lexicon({"one.yaml": text}).topics

    assert (topics["icetea"], topics["ice tea"]) == (("b",), ("a",))
    assert "pharmacy" not in topics


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "1: is empty, expected topics, entities, brands, values or special"),
        ("other: []", "1: other is unknown; known here are brands, entities, special, topics, val"),
        ("topics: [{topic: a, parent: b}]", "1: topics[1].parent: 'b' is no topic"),
        (
            "topics:\n- {topic: a, parent: b}\n- {topic: b, parent: a}",
            "2: topics[1].parent: is a cycle: a -> b -> a",
        ),
        ("topics: [{topic: a},\n {topic: a}]", "2: topics[2].topic: 'a' is there twice"),
        ("topics: [{topic: A}]", "1: topics[1].topic: expected lower-case words, got 'A'"),
        ("topics: [{words: [a]}]", "1: topics[1].topic is missing"),
        ("topics: [{topic: a, words: [a b c d]}]", "1: topics[1].words: expected 1 to 3 words"),
        ("topics: [{topic: a, words: ['!']}]", "1: topics[1].words: expected 1 to 3 words"),
        (
            "special: [{topic: s, purpose: marketing}]",
            "1: special[1].purpose: 'marketing' is no consent for a special topic",
        ),
        (
            "special:\n- {topic: s, purpose: p, words: [w]}\n- {topic: t, purpose: p, words: [w]}",
            "3: special[2].words: 'w' is under 's' already",
        ),
        (
            "special: [{topic: s, purpose: p},\n {topic: s, purpose: p}]",
            "2: special[2].topic: 's' is there twice",
        ),
        (
            SPECIAL + "- {topic: t, purpose: q, categories: [C]}",
            "3: special[2].categories: 'C' is under another purpose already",
        ),
        (
            "topics: [{topic: a, categories: [C]}]\n" + SPECIAL,
            "1: topics[1].categories: 'C' is special; it has no ordinary topic",
        ),
        (
            "topics: [{topic: s}]\nspecial: [{topic: s, purpose: p}]",
            "1: topics[1].topic: 's' is a special topic",
        ),
        (
            "special: [{topic: s, purpose: p, words: [w]}]\ntopics: [{topic: a, words: [a w]}]",
            "2: topics[1].words: 'a w' has 'w' of the special topic 's'",
        ),
        (
            "special: [{topic: s, purpose: p, words: [w]}]\nbrands:\n  W: []",
            "3: brands.W",
        ),
        ("entities: [{kind: dog, names: {A: []}}]", "1: entities[1].kind: expected one of artist"),
        ("entities: [{kind: team}]", "1: entities[1].names: is missing"),
        (
            "entities: [{kind: team, topics: [a], names: {A: []}}]",
            "1: entities[1].topics: 'a' is no topic",
        ),
        ("brands:\n  A: [x]\n  B: [x]", "3: brands.B: 'x' stands for 'A' already"),
        ("values: [{value: fun}]", "1: values[1].value: expected one of safety, simplicity"),
        ("values: [{value: status, words: {a: 2}}]", "1: values[1].words.a: expected a number"),
        (
            "values: [{value: status, words: {a: 1, A: 1}}]",
            "1: values[1].words.A: 'a' is there twice",
        ),
        (
            "values:\n- {value: status, attributes: {a: 1}}\n- {value: status, attributes: {a: 1}}",
            "3: values[2].attributes.a: 'a' stands for status twice",
        ),
        (
            "values: [{value: status, price_bands: [{from: 1, to: 0, weight: 1}]}]",
            "1: values[1].price_bands[1].from: expected at most 0.0, got 1.0",
        ),
    ],
)
def test_a_mistake_is_reported_with_file_and_line(text: str, problem: str) -> None:
    """One file, one mistake, one sentence."""
    found = problems(one=text)

    assert [one for one in found if one.startswith(f"one.yaml:{problem}")]


def test_all_mistakes_of_all_files_are_reported_at_once() -> None:
    """A file that is no YAML hides nothing of the others."""
    found = problems(a="topics: [", b="topics: [{topic: a, parent: b}]", c="brands: []")

    assert [one.split(":")[0] for one in found] == ["a.yaml", "c.yaml", "b.yaml"]


def test_a_topic_above_which_is_a_cycle_is_no_cycle_itself() -> None:
    """Only the topics of the cycle are named."""
    found = problems(a="topics:\n- {topic: a, parent: b}\n- {topic: b, parent: b}")

    assert found == ["a.yaml:3: topics[2].parent: is a cycle: b -> b"]


def test_the_shipped_lexicon_hears_everyday_life() -> None:
    """Forty topics and more, all values, all kinds of special topic."""
    lexicon = load_lexicon({one.name: one.read_text() for one in SHIPPED.glob("*.yaml")})
    topics = {topic for found in lexicon.topics.values() for topic in found}
    values = {value for found in lexicon.said_values.values() for value, _ in found}
    special = {one.purpose for one in lexicon.special.values()}

    heard = hear(post("Best flat white of #Vienna, and my dog agrees"), lexicon, frozenset())

    assert len(topics) >= 40
    assert values == set(VALUES)
    assert len(special) >= 6
    assert {"coffee", "dogs", "pets"} <= set(heard.topics)
    assert lexicon.special_of_category("Family planning") is not None
    assert lexicon.topics_of_category("Frozen pizza")[0] in topics
