"""YAML files -> policy: the offer catalogue, the contact policy and everything a step reads.

Every file is a mapping with `offers`, a list, or `policy`, which exactly one file has, or both.
All problems of all files are reported at once, each with file, line, what was expected and what
came. The policy version is a hash of what was read: comments and file names do not change it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields as dataclass_fields
from dataclasses import replace
from typing import Any

import msgspec
import xxhash

from streams.codec.care_policy import read_care, said
from streams.codec.contact_policy import read_contact, read_zone
from streams.codec.fallbacks import check_fallbacks
from streams.codec.identity_policy import read_identity
from streams.codec.offer_rows import Around, read_offer
from streams.codec.timer_policy import read_timers
from streams.codec.yaml_tree import Fields, parse
from streams.core.care_policy import CarePolicy, TimerPolicy
from streams.core.contact_policy import ContactPolicy
from streams.core.decide.arbitration import GREEDY, SEATS_MAX, Exploration
from streams.core.decide.triggers import TRIGGER_WORDS
from streams.core.decision_policy import GOODS_LIFT_MAX, DecisionPolicy
from streams.core.errors import ConfigError
from streams.core.fold_policy import DAY_MS, HOUR_MS, FoldPolicy
from streams.core.identity.policy import IdentityPolicy
from streams.core.offers import Offer, Policy, make_policy
from streams.core.words.lexicon import EMPTY_LEXICON, Lexicon

HALF_LIFE_MIN_MS = 3_600_000
HALF_LIFE_MAX_MS = 3_650 * DAY_MS
AGE_MAX_MS = 365 * DAY_MS
WEIGHT_MAX = 1_000.0
BAR_MAX_MINOR = 1e9
LIFT_MAX = 5.0
GOODS_LIFT_LIMIT = 1_000.0
PURCHASES_MAX = 1_000.0
GOODS_STRENGTH_MAX = 100_000.0
EVIDENCE_MAX = 1_000
GAMMA_MAX = 1e6
AMOUNT_MAX_MINOR = 1e9
_LATER = frozenset(("goods_lift_max", "goods_lift_min", "accepts_purchases", "goods_strength"))
_CURRENCY = re.compile(r"^[A-Z]{3}$")


def load_policy(
    files: Mapping[str, str],
    *,
    lateness_max_ms: int,
    lexicon: Lexicon = EMPTY_LEXICON,
    products: Mapping[str, str] | None = None,
) -> Policy:
    """The policy that `files`, name -> YAML text, describe together, with the words of `lexicon`.

    With `products`, item -> its currency, every product that an offer names must be one of them.

    Raises:
        ConfigError: with every problem found, as `file:line: field: expected ..., got ...`.
    """
    problems: list[str] = []
    roots = [parse(file, files[file], problems) for file in sorted(files)]
    found = [root for root in roots if root is not None]
    policies = [part for root in found if (part := root.mapping("policy")) is not None]
    named = [root for root in found if "policy" in root.known]
    if len(named) != 1 and not problems:
        where = ", ".join(root.place.file for root in named) or "none"
        problems.append(f"offer files: expected exactly one with a policy, got {where}")
    if not policies:
        raise ConfigError(problems=problems)
    timers = read_timers(policies[0].mapping("timers"))
    care = read_care(policies[0])
    currency, contact, fold, decision, identity = _read_policy(policies[0], lateness_max_ms)
    fold = replace(fold, zone=contact.zone, lexicon=lexicon)
    around = Around(currency=currency, contact=contact, products=products)
    offers = _read_offers(found, around)
    if not offers and not problems:
        problems.append("offer files: expected at least one offer, got none")
    if problems:
        raise ConfigError(problems=problems)
    policy = make_policy(
        offers.values(),
        contact=contact,
        fold=fold,
        decision=decision,
        policy_version=_version(offers, contact, fold, decision, [identity, *_more(timers, care)]),
    )
    return replace(policy, identity=identity, timers=timers, care=care)


def _read_policy(
    fields: Fields, lateness_max_ms: int
) -> tuple[str, ContactPolicy, FoldPolicy, DecisionPolicy, IdentityPolicy]:
    currency = fields.text("currency", length_max=3)
    if currency and not _CURRENCY.match(currency):
        fields.report("currency", f"expected an ISO 4217 code such as EUR, got {currency!r}")
    decision = _read_decision(fields)
    evidence = fields.mapping("evidence")
    fold = FoldPolicy(lateness_max_ms=lateness_max_ms)
    if evidence is not None:
        fold = _read_evidence(evidence, fold)
    complaints = fields.mapping("complaints")
    if complaints is not None:
        fold = _read_complaints(complaints, fold)
    contact = fields.mapping("contact")
    if contact is None:
        fields.report("contact", "is missing")
        policy = ContactPolicy(
            rules={},
            costs_minor={},
            zone=read_zone("UTC"),
            open_offers_max=1,
            window_max_ms=DAY_MS,
        )
    else:
        policy = read_contact(contact)
    identity = read_identity(fields.mapping("identity"))
    fields.close()
    return currency, policy, fold, decision, identity


def _read_decision(fields: Fields) -> DecisionPolicy:
    made = DecisionPolicy(
        experiment_salt=fields.text("experiment_salt", length_max=64),
        holdout_salt=fields.text("holdout_salt", length_max=64),
        holdout_share=fields.number("holdout_share", 0.0, 0.5, 0.0),
        bar_minor=fields.number("bar_minor", 0.0, BAR_MAX_MINOR, 0.0),
        prior_strength=fields.number("prior_strength", 0.1, WEIGHT_MAX, 10.0),
        lift_min=fields.number("lift_min", 0.1, 1.0, 0.5),
        lift_max=fields.number("lift_max", 1.0, LIFT_MAX, 2.0),
        goods_lift_max=fields.number("goods_lift_max", 1.0, GOODS_LIFT_LIMIT, GOODS_LIFT_MAX),
        goods_lift_min=fields.number("goods_lift_min", 0.0, 1.0, 1.0),
        accepts_purchases=fields.number("accepts_purchases", 0.1, PURCHASES_MAX, 1.0),
        goods_strength=fields.number("goods_strength", 0.1, GOODS_STRENGTH_MAX, 10.0),
        cart_age_max_ms=fields.duration_ms("cart_age_max", 60_000, AGE_MAX_MS, 14 * DAY_MS),
        exploration=_read_exploration(fields.mapping("exploration")),
        trial_grace_ms=fields.duration_ms("trial_grace", 0, AGE_MAX_MS, HOUR_MS),
        trial_half_life_ms=fields.duration_ms(
            "trial_half_life", HALF_LIFE_MIN_MS, HALF_LIFE_MAX_MS, 60 * DAY_MS
        ),
    )
    slots = fields.mapping("slots")
    if slots is None:
        return made
    words = tuple(sorted(TRIGGER_WORDS))
    for name in slots.known:
        if name not in TRIGGER_WORDS:
            slots.report(name, f"is no trigger; triggers are {', '.join(words)}")
    return replace(made, slots={name: slots.text(name, length_max=32) for name in slots.known})


def _read_exploration(fields: Fields | None) -> Exploration:
    """How far the draw goes from the best; without the mapping it takes the best for certain."""
    if fields is None:
        return GREEDY
    made = Exploration(
        uniform=fields.number("uniform", 0.0, 1.0, 0.05),
        silence=fields.number("silence", 0.0, 0.5, 0.02),
        gamma=fields.number("gamma", 0.0, GAMMA_MAX, 20.0),
        scale_minor=fields.number("scale_minor", 0.01, AMOUNT_MAX_MINOR),
        seats_max=fields.whole("seats", 2, SEATS_MAX, SEATS_MAX),
        optimism=fields.number("optimism", 0.0, 10.0, 1.0),
    )
    fields.close()
    return made


def _read_evidence(fields: Fields, fold: FoldPolicy) -> FoldPolicy:
    def half_life(name: str, default_ms: int) -> int:
        return fields.duration_ms(name, HALF_LIFE_MIN_MS, HALF_LIFE_MAX_MS, default_ms)

    made = replace(
        fold,
        rate_half_life_ms=half_life("rate_half_life", fold.rate_half_life_ms),
        spend_half_life_ms=half_life("spend_half_life", fold.spend_half_life_ms),
        interest_half_life_ms=half_life("interest_half_life", fold.interest_half_life_ms),
        channel_half_life_ms=half_life("channel_half_life", fold.channel_half_life_ms),
        view_weight=fields.number("view_weight", 0.0, WEIGHT_MAX, fold.view_weight),
        cart_weight=fields.number("cart_weight", 0.0, WEIGHT_MAX, fold.cart_weight),
        purchase_weight=fields.number("purchase_weight", 0.0, WEIGHT_MAX, fold.purchase_weight),
        taste_half_life_ms=half_life("taste_half_life", fold.taste_half_life_ms),
        world_half_life_ms=half_life("world_half_life", fold.world_half_life_ms),
        experience_half_life_ms=half_life("experience_half_life", fold.experience_half_life_ms),
        evidence_min=fields.whole("evidence_min", 1, EVIDENCE_MAX, fold.evidence_min),
    )
    fields.close()
    return made


def _read_complaints(fields: Fields, fold: FoldPolicy) -> FoldPolicy:
    def words(name: str) -> frozenset[str]:
        return frozenset(word.lower().lstrip("@#") for word in fields.texts(name))

    made = replace(
        fold,
        handles=words("handles"),
        complaint_tags=words("hashtags"),
        complaint_words=words("words"),
        complaint_reasons=words("case_reasons"),
        complaint_age_max_ms=fields.duration_ms(
            "age_max", 60_000, AGE_MAX_MS, fold.complaint_age_max_ms
        ),
        complaint_below=fields.number("sentiment_below", -1.0, 0.0, fold.complaint_below),
        praise_above=fields.number("praise_above", 0.0, 1.0, fold.praise_above),
    )
    fields.close()
    return made


def _read_offers(roots: list[Fields], around: Around) -> dict[str, Offer]:
    offers: dict[str, Offer] = {}
    places: dict[str, str] = {}
    written: dict[str, Fields] = {}
    for root in roots:
        for fields in root.mappings("offers"):
            offer = read_offer(fields, around)
            here = f"{root.place.file}:{fields.node.start_mark.line + 1}"
            if offer.offer in offers:
                fields.report("offer", f"{offer.offer!r} is already at {places[offer.offer]}")
            offers[offer.offer] = offer
            places[offer.offer] = here
            written[offer.offer] = fields
        root.take("policy")
        root.close()
    check_fallbacks(offers, written)
    return offers


def _version(
    offers: Mapping[str, Offer],
    contact: ContactPolicy,
    fold: FoldPolicy,
    decision: DecisionPolicy,
    more: list[Any],
) -> str:
    rules = sorted((channel, purpose) for channel, purpose in contact.rules)
    content: list[Any] = [
        [_written(offers[name]) for name in sorted(offers)],
        [[*scope, contact.rules[scope]] for scope in rules],
        [contact.costs_minor, contact.zone, contact.open_offers_max, *_zones(contact)],
        _folding(fold),
        _deciding(decision),
        *more,
    ]
    if contact.capacities:  # without any, the version is what it was before there could be
        content.append(contact.capacities)
    canonical = msgspec.json.encode(content, order="deterministic")
    return xxhash.xxh3_128_hexdigest(canonical)[:16]


def _zones(contact: ContactPolicy) -> Iterable[Any]:
    """What is there beyond the one zone that there always is."""
    zones = contact.zones
    if zones.by_name:
        for named in (zones.places, zones.outlets):
            yield [[name, named[name].name] for name in sorted(named)]


def _more(timers: TimerPolicy, care: CarePolicy) -> Iterable[Any]:
    yield said(timers, "cart_abandoned_after_ms")
    if care != CarePolicy():
        yield said(care)


def _written(offer: Offer) -> dict[str, Any]:
    """What an offer says; what it leaves out stays out, so a new field changes no old version."""
    content: dict[str, Any] = {}
    for one in dataclass_fields(offer):
        said = getattr(offer, one.name)
        if one.init and said != one.default:
            content[one.name] = said
    if offer.rules:
        content["rules"] = [[one.name, one.kind, one.when, one.unless_known] for one in offer.rules]
    return content


def _deciding(decision: DecisionPolicy) -> msgspec.Raw:
    """In the order of its fields; those of `_LATER` are left out at their usual value."""
    content = {
        one.name: said
        for one in dataclass_fields(decision)
        if (said := getattr(decision, one.name)) != one.default or one.name not in _LATER
    }
    content["slots"] = dict(sorted(decision.slots.items()))
    return msgspec.Raw(msgspec.json.encode(content))


def _folding(fold: FoldPolicy) -> dict[str, Any]:
    """What the fold does, without the snapshots that have versions of their own."""
    content = {
        one.name: getattr(fold, one.name)
        for one in dataclass_fields(fold)
        if one.name not in {"products", "lexicon"}
    }
    return {**content, "lexicon": fold.lexicon.version}
