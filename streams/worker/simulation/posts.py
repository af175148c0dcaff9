"""Simulated posts, service cases and consents: what customers say."""

from streams.core.events import (
    Actor,
    Announce,
    Answered,
    Closed,
    ConsentChanged,
    Create,
    DeliveryDelayed,
    Follow,
    Like,
    Opened,
    OutcomeBody,
    ServiceBody,
    SocialBody,
    SocialObject,
    Tag,
    Viewed,
)
from streams.worker.simulation.goods import Draw, Goods, pick

TOPIC = "social.activity.v1"
SOURCE = "/simulated/social"
SERVICE_TOPIC = "service.interaction.v1"
SERVICE_SOURCE = "/simulated/service"
OUTCOME_TOPIC = "channel.outcome.v1"
OUTCOME_SOURCE = "/simulated/channel"
SHOP = "@shop"
NETWORK = "https://social.example"

PRAISE = (
    "Love the {name} from {shop}, could eat it every day. Best thing about my Saturday!",
    "Big thanks to the lady at the till of {shop}, she made my morning. And the {name} is great.",
    "Cooked with {name} again, the whole family was happy. #homecooking",
)
PLAIN = (
    "Weekend plans: friends over, {name} on the table and a long walk by the river.",
    "Does anybody know a good recipe with {name}? Asking for a hungry household.",
    "Shopping list for tomorrow: {name}, flowers, and something for the cat.",
)
COMPLAINTS = (
    "{shop} the {name} I bought yesterday was spoiled. Very disappointed, this is terrible.",
    "Waited 25 minutes at the till of {shop} and then no {name} left. Awful service.",
)
# Cumulative shares of the kinds of activity; posts split by what they say.
PRAISE_UNTIL = 0.22
COMPLAINT_UNTIL = 0.30
PLAIN_UNTIL = 0.62
LIKE_UNTIL = 0.85
SHARE_UNTIL = 0.96


def activity(draw: Draw, customer: int, goods: Goods, number: int) -> SocialBody:
    """One post, like, share or follow; reach is skewed: most are heard by few."""
    share = draw()
    actor = Actor(
        id=f"{NETWORK}/users/customer-{customer}",
        name=f"Customer {customer}",
        followers_count=int(20 / (draw() + 0.002)),
        following_count=20 + pick(draw, 400),
        statuses_count=number % 5_000,
    )
    if share < PRAISE_UNTIL:
        return _post(draw, actor, PRAISE[pick(draw, 3)], goods)
    if share < COMPLAINT_UNTIL:
        return complaint(draw, actor, goods)
    if share < PLAIN_UNTIL:
        return _post(draw, actor, PLAIN[pick(draw, 3)], goods)
    seen = SocialObject(
        type="Note",
        id=f"{NETWORK}/notes/{pick(draw, 100_000)}",
        content=f"New this week: {goods.name}, tried and photographed for you.",
        tag=_tags(goods, mention=False),
        likes_count=pick(draw, 500),
        shares_count=pick(draw, 50),
    )
    if share < LIKE_UNTIL:
        return Like(actor=actor, object=seen)
    if share < SHARE_UNTIL:
        return Announce(actor=actor, object=seen)
    return Follow(
        actor=actor, object=SocialObject(type="Organization", id=f"{NETWORK}/{SHOP}", name=SHOP)
    )


def complaint(draw: Draw, actor: Actor, goods: Goods) -> Create:
    """A post that says the shop did badly."""
    return _post(draw, actor, COMPLAINTS[pick(draw, 2)], goods)


def case(draw: Draw, goods: Goods, number: int) -> ServiceBody:
    """A step of a service case, or a late delivery; four numbers in a row share a case."""
    case_id = f"case-{number // 4}"
    kind = pick(draw, 10)
    if kind < 3:  # noqa: PLR2004  # shares out of ten
        reason = ("question", "complaint", "thanks")[pick(draw, 3)]
        return Opened(
            channel="chat",
            item_id=goods.item_id,
            case_id=case_id,
            reason=reason,
            content=f"About the {goods.name} of my last order.",
        )
    if kind < 5:  # noqa: PLR2004
        return Answered(channel="chat", case_id=case_id, content="Thank you, we looked into it.")
    if kind < 8:  # noqa: PLR2004
        return Closed(
            channel="chat", case_id=case_id, resolution="solved", satisfaction=1 + pick(draw, 5)
        )
    return DeliveryDelayed(channel="email", item_id=goods.item_id, delay_days=1 + pick(draw, 6))


def outcome(draw: Draw, number: int) -> OutcomeBody:
    """A consent given or withdrawn, or a look at an offer that another system made."""
    if draw() < 0.5:  # noqa: PLR2004  # half and half
        return ConsentChanged(purpose="marketing", granted=draw() < 0.8, channel="email")  # noqa: PLR2004
    return Viewed(offer_id=f"elsewhere-{number}", channel="web", offer_template="weekly-leaflet")


def _post(draw: Draw, actor: Actor, words: str, goods: Goods) -> Create:
    mention = SHOP in words or "{shop}" in words
    return Create(
        actor=actor,
        object=SocialObject(
            type="Note",
            content=words.format(name=goods.name.lower(), shop=SHOP),
            language="en",
            attributed_to=actor.id,
            tag=_tags(goods, mention=mention),
            likes_count=pick(draw, 40),
            replies_count=pick(draw, 8),
            shares_count=pick(draw, 5),
            views_count=40 + pick(draw, 900),
        ),
    )


def _tags(goods: Goods, *, mention: bool) -> tuple[Tag, ...]:
    words = "".join(one for one in (goods.category2 or goods.name).title() if one.isalnum())
    tag = Tag(type="Hashtag", name=f"#{words}")
    if not mention:
        return (tag,)
    return (tag, Tag(type="Mention", name=SHOP, href=f"{NETWORK}/{SHOP}"))
