"""The reason of an offer in words, built from the facts that made it; English."""

from streams.core.decide.querying import covers
from streams.core.decide.record import Product
from streams.core.decide.view import ItemFact, View
from streams.core.fold_policy import DAY_MS
from streams.core.offers import Offer
from streams.core.profile.profile import EVIDENCE_MIN
from streams.core.rhythm_due import RHYTHM_DUE
from streams.core.timers import CART_ABANDONED, LAPSING, TIMER_TOPIC

_CART = frozenset({"add_to_cart", "begin_checkout", CART_ABANDONED})
_WORDS = {
    CART_ABANDONED: "you left something in the cart",
    LAPSING: "we have not seen you for a while",
    "check_in": "you are in one of our stores",
    "login": "you are back",
    "complaint": "you told us that something went wrong",
    "mention": "you mentioned us",
    "influence": "you mentioned us, and many listen to you",
    "praise": "you said something good about us",
    "loyalty": "you have been with us so often",
    "referral": "you recommended us",
    "delivery_delayed": "your delivery is late",
    "return": "you brought something back",
    "review": "you gave us your opinion",
    "event_attended": "you were there",
    "poll_answer": "you told us what you think",
}


def reason_of(offer: Offer, product: Product | None, interest: str | None, view: View) -> str:
    """Why this offer, now, to this customer: what happened, then what we know."""
    reasons = [_what_happened(offer, product, view)]
    if offer.selling:
        known = "" if interest is None else _what_we_know(interest, view)
        reasons.append(known or _what_was_bought(offer, view))
    return "; ".join(one for one in reasons if one)


def _what_happened(offer: Offer, product: Product | None, view: View) -> str:
    trigger = view.trigger
    if trigger in _CART and view.cart:
        category = product.category if product else None
        units = sum(one.quantity for one in view.cart if category and one.category == category)
        named = f"{category} " if units else ""
        units = units or view.cart_count
        verb = "left" if trigger == CART_ABANDONED else "have"
        return f"you {verb} {units} {named}{'item' if units == 1 else 'items'} in the cart"
    if trigger == RHYTHM_DUE:
        return f"it is about time for {', '.join(view.due) or 'what you usually buy'} again"
    if trigger == "search":
        return f"you searched for {' '.join(view.terms)}"
    if trigger in _WORDS:
        since_ms = view.complaint_since_ms
        days = (view.decision_time_ms - since_ms) // DAY_MS if since_ms is not None else 0
        return _WORDS[trigger] + (f", open for {days} days" if days > 1 else "")
    item = _about(offer, product, view)
    name = (item.name or item.category or item.item_id) if item else "our shop"
    if trigger == "view_streak":
        return f"you came back to {name} again and again"
    just = "" if view.cause_topic == TIMER_TOPIC else "just "  # quiet hours lie between
    return f"you {just}{'bought' if trigger == 'purchase' else 'looked at'} {name}"


def _about(offer: Offer, product: Product | None, view: View) -> ItemFact | None:
    """The item of the event that brought the offer: the one it names, else one it covers."""
    for item in view.items:
        if product is not None and item.item_id == product.item_id:
            return item
    for item in view.items:
        if covers(offer, item, view):
            return item
    return view.items[0] if view.items else None


def _what_we_know(interest: str, view: View) -> str:
    for interests, kind in ((view.categories, "category"), (view.brands, "brand")):
        held = interests.top.get(interest)
        if held is not None and held.count >= EVIDENCE_MIN:
            first = next(iter(interests.top)) == interest
            claim = f"is your top {kind}" if first else f"is a {kind} you come back to"
            return f"{interest} {claim} (n={held.count})"
    return ""


def _what_was_bought(offer: Offer, view: View) -> str:
    own = view.buys.lists.get(offer.goods)
    if own is None or own.receipts < EVIDENCE_MIN:
        return ""
    return f"you bought what it is for {own.receipts} times"
