"""Posts as people write them: chatter, praise, complaints, questions, some in other languages."""

from random import Random

OURS = "@ourshop"
_TEXTS = (
    "I love my new {word} from {brand}, what a find! Wore it to work today and three people asked.",
    "Sunday: {word}, a long walk with the dog, and nothing else on the list. Could get used to it.",
    "Anyone tried the {brand} {word}? Thinking about it for the kitchen but the reviews are mixed.",
    "Just watched the match with the neighbours. We lost, of course. The {word} was great, though.",
    "The {brand} {word} broke after two weeks. Really disappointed, it was not exactly cheap.",
    "Made the lentil soup again. Onions, carrots, some cumin, and bread from the market. Good.",
    "New {word}, old habits :) Off to the garden before the rain comes, tomatoes need some help.",
    "Is it only me, or did {brand} get worse since they changed the packaging? No taste left.",
    "Three hours late and no seat on the train. At least I had a novel and a hot tea with me.",
    "We are going to Lisbon in May! Tips for places to eat with two kids are very welcome.",
    "Not a fan of the new {brand} shop. Loud music, long queue, no {word} anywhere.",
    "My daughter drew the {word} on the wall. I am not even angry, it is rather good.",
    "Bought organic {word} for once. Pricey, but you can tell the difference. Will buy it again.",
    "Concert last night was incredible, ears still ringing. Worth every cent!",
    "Das {word} von {brand} ist wirklich gut, danke f\u00fcr die Empfehlung. Gerne wieder.",
    "Tr\u00e8s content de mon achat chez {brand}, livraison rapide et service aimable.",
    "Running again after a month off. Slow, but it counts. New shoes help, the knees disagree.",
    "Why does every {word} come wrapped in so much plastic? {brand}, you can do better than this.",
)
_TO_US = (
    "Thanks @ourshop for the quick help with my {word}, your people at the till are lovely.",
    "Hey @ourshop, my {word} arrived broken and nobody answers. I want a refund, please.",
    "Found the {brand} {word} at @ourshop for half of what I paid last year. Happy!",
    "@ourshop do you have the {word} by {brand} in other sizes?",
)
TO_US_EVERY = 8


def post(draw: Random, word: str, brand: str, number: int) -> tuple[str, list[dict[str, str]]]:
    """A post's content and tags; one in `TO_US_EVERY` names us."""
    to_us = number % TO_US_EVERY == 0
    content = draw.choice(_TO_US if to_us else _TEXTS).format(word=word, brand=brand)
    if number % 3 == 0:  # some people have more to say
        content = f"{content}\n\n{draw.choice(_TEXTS).format(word=word, brand=brand)}"
    tags = [
        {"type": "Hashtag", "name": f"#{word}"},
        {"type": "Mention", "name": OURS if to_us else brand},
    ]
    return f"{content} #{word}", tags
