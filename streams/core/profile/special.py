"""Special categories of personal data: health, religion, politics ... are off unless consented.

Source: GDPR, article 9. What lacks its consent is dropped before it is folded; the consent is one
for every channel, with the purpose that the lexicon names. A consent withdrawn takes along what
was kept under it. So here, and only here, the order of arrival matters: an event that comes in
before its consent stays unknown, however the two lie in event time.

Under a consent, a special category is known as a category and a habit, for the customer and whoever
they let read it; its articles, brands and attributes are not kept, but for the article of a recent
look. It never feeds a decision: no view holds it, whatever was consented to. An article is special
by either level of its category; if only its department is, that is what it is known by.
"""

from streams.core.fold_policy import FoldPolicy
from streams.core.profile.contact import EVERY_CHANNEL, Consent

PURPOSE_MARK = "|"  # between purpose and topic in `Worlds.special`


def consented(consents: dict[str, Consent], purpose: str) -> bool:
    """Whether the customer gave this consent and did not take it back."""
    held = consents.get(f"{EVERY_CHANNEL}/{purpose}")
    return held is not None and held.granted


def is_open(category: str | None, policy: FoldPolicy, consents: dict[str, Consent]) -> bool:
    """Whether a profile may know of `category`: it is not special, or its consent was given."""
    if category is None:
        return True
    purpose = policy.lexicon.special_of_category(category)
    return purpose is None or consented(consents, purpose)
