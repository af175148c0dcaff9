"""Kinds of `channel.outcome.v1`: what became of an offer, and what customers say of themselves.

`None` means that the channel said nothing. `source` is where the customer said it, in a word:
preference-centre, unsubscribe-link, contact-centre ...
"""

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

from streams.core.kinds.bounds import (
    END,
    Amount,
    Channel,
    Currency,
    Fraction,
    Identifier,
    Subject,
    Word,
    kind_name,
)

TRAIT_GROUPS = (
    "category",
    "brand",
    "attribute",
    "topic",
    "entity",
    "value",
    "channel",
    "outlet",
    "device",
    "tone",
)
"""Groups of traits that a customer may correct or mute."""
EVERY_TRAIT = "*"
"""Stands for all traits of a group, in a mute."""
_TRAIT_NAME = r"[^\u0000-\u001f\u007f-\u009f]{1,200}"
_GROUP = f"({'|'.join(TRAIT_GROUPS)})/"
TRAIT_PATTERN = rf"^{_GROUP}(?!\*{END}){_TRAIT_NAME}{END}"
MUTED_PATTERN = rf"^{_GROUP}{_TRAIT_NAME}{END}"

Trait: TypeAlias = Annotated[str, Meta(pattern=TRAIT_PATTERN)]
MutedTrait: TypeAlias = Annotated[str, Meta(pattern=MUTED_PATTERN)]
Scope: TypeAlias = Literal["product", "attribute", "category", "brand"]
NEVER_THIS_ITEM = "never-this-item"
NEVER_THIS_ATTRIBUTE = "never-this-attribute"
NEVER_THIS_CATEGORY = "never-this-category"
NEVER_THIS_BRAND = "never-this-brand"
NEVER_SCOPES: dict[str, Scope] = {
    NEVER_THIS_ITEM: "product",
    NEVER_THIS_ATTRIBUTE: "attribute",
    NEVER_THIS_CATEGORY: "category",
    NEVER_THIS_BRAND: "brand",
}
"""Reason of a rejection that is a suppression too -> what it suppresses."""


class Outcome(
    Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    gc=False,
    tag_field="outcome",
    tag=kind_name,
):
    """What all kinds of `channel.outcome.v1` have in common: their tag."""


class OfferOutcome(Outcome, frozen=True, kw_only=True):
    """What became of one offer.

    `offer_template` is the catalogue row, for offers that another system made; `item_id` the
    product concerned.
    """

    offer_id: Identifier
    channel: Channel
    offer_template: Identifier | None = None
    item_id: Identifier | None = None
    reason: Word | None = None


class Delivered(OfferOutcome, frozen=True, kw_only=True):
    """The offer reached the customer."""


class Undeliverable(OfferOutcome, frozen=True, kw_only=True):
    """The offer could not reach the customer: full mailbox, wrong address ..."""


class Viewed(OfferOutcome, frozen=True, kw_only=True):
    """The customer saw the offer."""


class Clicked(OfferOutcome, frozen=True, kw_only=True):
    """The customer followed the offer's link."""


class Accepted(OfferOutcome, frozen=True, kw_only=True):
    """The customer took the offer; `value_minor` is what they paid, if known."""

    order_id: Identifier | None = None
    currency: Currency | None = None
    value_minor: Amount | None = None


class Rejected(OfferOutcome, frozen=True, kw_only=True):
    """The customer said no; a `reason` of `NEVER_SCOPES` means for ever.

    `name` is the attribute, category or brand they never want; the item is `item_id`, or that of
    the open offer.
    """

    name: Identifier | None = None


class Dismissed(OfferOutcome, frozen=True, kw_only=True):
    """The customer closed the offer without a word."""


class ConsentChanged(Outcome, frozen=True, kw_only=True):
    """A consent was given or withdrawn; `channel` None means every channel."""

    purpose: Word
    granted: bool
    channel: Channel | None = None
    source: Word | None = None


class TraitCorrected(Outcome, frozen=True, kw_only=True):
    """What the customer says about one trait, `group/name`; it wins over what was inferred.

    `share` is how much it is them, 0 "not me" to 1. `withdrawn` takes the correction back.
    """

    trait: Trait
    share: Fraction
    withdrawn: bool = False
    source: Word | None = None


class TraitMuted(Outcome, frozen=True, kw_only=True):
    """A trait, `group/name`, or a whole group, `group/*`, is not to be used; or again it is."""

    trait: MutedTrait
    muted: bool
    source: Word | None = None


class Suppressed(Outcome, frozen=True, kw_only=True):
    """A product, attribute, category or brand is never to be offered; or again it may be."""

    scope: Scope
    name: Identifier
    suppressed: bool
    source: Word | None = None


class Referred(Outcome, frozen=True, kw_only=True):
    """Somebody bought by this customer's code, link or introduction, with this margin.

    A negative `margin_minor` takes it back, for a return. `referred_subject_hash` tells those who
    came apart without naming them.
    """

    code: Identifier
    currency: Currency
    margin_minor: Amount
    order_id: Identifier | None = None
    referred_subject_hash: Identifier | None = None


class Linked(Outcome, frozen=True, kw_only=True):
    """The record's subject is `user_subject`, as the customer or somebody of the staff says."""

    user_subject: Subject
    source: Word | None = None


class Unlinked(Outcome, frozen=True, kw_only=True):
    """The record's subject is not who it was taken for."""

    source: Word | None = None


class Erased(Outcome, frozen=True, kw_only=True):
    """Forget the person whom the record's subject belongs to, all their identifiers with them."""

    source: Word | None = None


OutcomeBody: TypeAlias = (
    Delivered
    | Undeliverable
    | Viewed
    | Clicked
    | Accepted
    | Rejected
    | Dismissed
    | ConsentChanged
    | TraitCorrected
    | TraitMuted
    | Suppressed
    | Referred
    | Linked
    | Unlinked
    | Erased
)
