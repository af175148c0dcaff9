"""What is heard of an event: topics, entities, values, brands, and what is said of us."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.events import EventAttended, Login, PollAnswer, Review, Search, Tag
from streams.core.words.hearing import CHARACTERS_MAX, FOUND_MAX, NOTHING_HEARD, Heard, hear
from streams.core.words.lexicon import EMPTY_LEXICON
from streams.core.words.sentiment import compound
from tests.core.lexicons import lexicon, post

US = frozenset({"shop"})
MENTION = Tag(type="Mention", name="@shop")
SPECIAL = "diabetes heart attack Pharmacy #Diabetes #heartattack coffee Adele acme bargain . the"


def said(text: str, *tags: Tag, language: str | None = "en") -> Heard:
    """What is heard of a post."""
    return hear(post(text, *tags, language=language), lexicon(), US)


def test_a_post_is_heard_whole() -> None:
    """Topics with those above them, entities, values, brands."""
    heard = said("Great flat white and the new Adele! What a bargain. Acme was awful.")

    assert heard.topics == ("coffee", "food", "pop music")
    assert heard.entities == ("artist:Adele",)
    assert heard.values == (("thrift", 0.5),)
    assert heard.brands == (("Acme", compound("x was awful.", lexicon().valences)),)
    assert heard.about_us is None


def test_hashtags_are_heard_in_the_text_and_beside_it() -> None:
    """A phrase is a hashtag too; one that nobody knows is nothing."""
    tags = (Tag(type="Hashtag", name="#FlatWhite"), Tag(type="Hashtag", name="#other"))

    assert hear(post(None, *tags), lexicon(), US).topics == ("coffee", "food")
    assert said("look #Soup").topics == ("food",)
    assert said("dinner", Tag(type="Mention", name="@flat")).topics == ("food",)


def test_the_first_word_of_a_phrase_alone_is_nothing() -> None:
    """Flat is no coffee."""
    assert said("a flat one") == NOTHING_HEARD
    assert said("flat").topics == ()


def test_what_is_said_of_us_is_the_sentence_that_names_us() -> None:
    """The rest of the post is about something else."""
    heard = said("@shop was terrible. The dinner was great!", MENTION)

    assert heard.about_us == compound("x was terrible.", lexicon().valences)


def test_a_mention_by_tag_alone_makes_the_whole_text_about_us() -> None:
    """With names masked; in another language nothing is known."""
    heard = said("United was great, flat or not, so was the dinner", MENTION)

    masked = compound("x was great, flat or not, so was the dinner", lexicon().valences)
    assert heard.about_us == masked
    assert said("alles wunderbar", MENTION, language="de").about_us is None


@pytest.mark.parametrize(
    ("text", "language", "scored"),
    [
        ("Acme is great", "en-US", True),
        ("Acme is great", "de", False),
        ("Acme great", None, True),
        ("Acme großartig", None, False),
        ("Acme ist ganz gut heute", None, False),
        ("Acme and its very good things", None, True),
    ],
)
def test_sentiment_is_of_english_alone(text: str, language: str | None, *, scored: bool) -> None:
    """As the post says, else by script and small words."""
    assert bool(said(text, language=language).brands) is scored


def test_a_text_of_spaces_says_nothing() -> None:
    """No word, no language."""
    assert said("   ", language=None) == NOTHING_HEARD


def test_a_search_names_topics_but_praises_nothing() -> None:
    """Brands need a sentence."""
    assert hear(Search(search_term="acme coffee"), lexicon(), US) == Heard(
        topics=("coffee", "food")
    )


def test_a_poll_answer_is_heard_with_its_category() -> None:
    """Either may name a topic."""
    with_category = PollAnswer(poll_id="p", answer="never", category="dinner")

    assert hear(with_category, lexicon(), US).topics == ("food",)
    assert hear(PollAnswer(poll_id="p", answer="coffee"), lexicon(), US).topics[0] == "coffee"


def test_a_review_is_about_the_brand_of_its_product() -> None:
    """All of it, unless the product is of a special category or nothing is said."""
    review = Review(
        item_id="i", rating=4, content="It is good.", item_brand="Bean", item_category="A"
    )
    special = Review(
        item_id="i", rating=4, content="It is good.", item_brand="B", item_category="Pharmacy"
    )
    other = Review(item_id="i", rating=4, content="It is good.", item_brand="Bean")

    assert hear(review, lexicon(), US) == hear(other, lexicon(), US)
    assert hear(review, lexicon(), US).brands == (
        ("Bean", compound("It is good.", lexicon().valences)),
    )
    assert hear(special, lexicon(), US) == NOTHING_HEARD
    assert hear(Review(item_id="i", rating=4), lexicon(), US) == NOTHING_HEARD
    assert hear(Review(item_id="i", rating=4, content="good"), lexicon(), US).brands == ()


def test_a_visit_is_heard_with_its_place() -> None:
    """Unless something special was visited."""
    concert = EventAttended(attended_id="e", attended_name="Adele live", place_name="Market hall")
    talk = EventAttended(attended_id="e", attended_name="Diabetes day", place_name="Market hall")
    nowhere = EventAttended(attended_id="e", attended_name="dinner", category="x")

    assert hear(concert, lexicon(), US).entities == ("artist:Adele", "place:Market hall")
    assert hear(talk, lexicon(), US) == Heard(special=(("health", "health"),))
    assert hear(nowhere, lexicon(), US) == Heard(topics=("food",))


def test_an_event_without_words_says_nothing() -> None:
    """The very same nothing."""
    assert hear(Login(user_subject="customer:1"), lexicon(), US) is NOTHING_HEARD


@given(st.lists(st.sampled_from(SPECIAL.split()), max_size=12).map(" ".join))
def test_a_special_topic_stands_for_nothing_else(text: str) -> None:
    """What is ordinary is heard as if the special words were not there."""
    heard = said(text)

    special = ("diabetes", "heart", "attack", "pharmacy", "#diabetes", "#heartattack")
    left = " ".join([word if word.lower() not in special else "-" for word in text.split()])
    ordinary = said(left)
    assert (heard.topics, heard.entities) == (ordinary.topics, ordinary.entities)
    assert heard.values == ordinary.values
    assert "health" not in heard.topics
    assert [name for name, _ in heard.brands] == [name for name, _ in ordinary.brands]


@given(st.text(max_size=500), st.sampled_from([None, "en", "de"]))
def test_any_text_is_heard_without_an_exception(text: str, language: str | None) -> None:
    """Bounded, and every number finite."""
    heard = said(text, MENTION, language=language)

    numbers = [score for _, score in heard.brands] + [heard.about_us or 0.0]
    assert all(math.isfinite(one) for one in numbers)
    assert max(len(heard.topics), len(heard.brands), len(heard.special)) <= FOUND_MAX


def test_an_empty_lexicon_hears_nothing() -> None:
    """No file, no topics."""
    assert hear(post("coffee with Adele"), EMPTY_LEXICON, US) == NOTHING_HEARD


def test_a_long_text_is_heard_to_a_bound() -> None:
    """What comes after is not read."""
    assert said("- " * (CHARACTERS_MAX // 2) + "coffee").topics == ()
