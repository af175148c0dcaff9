"""The policy file's `identity`: which identifiers may be linked to a person, and how many."""

from streams.codec.yaml_tree import Fields, fields_of
from streams.core.events import SUBJECT_KINDS
from streams.core.identity.policy import DAY_MS, NO_LINKS, IdentityPolicy, LinkRule

MEMBERS_MAX = 64
PARTS_MIN, PARTS_MAX = 2, 16
SWITCH_MIN_MS, SWITCH_MAX_MS = 60_000, 3_650 * DAY_MS


def read_identity(fields: Fields | None) -> IdentityPolicy:
    """The rules by kind; nothing is ever linked without them."""
    if fields is None:
        return NO_LINKS
    parts_max = fields.whole("parts_max", PARTS_MIN, PARTS_MAX, IdentityPolicy().parts_max)
    rules: dict[str, LinkRule] = {}
    kinds = fields.mapping("kinds")
    if kinds is None:
        fields.report("kinds", "is missing")
    else:
        for kind, node in kinds.entries():
            if kind not in SUBJECT_KINDS:
                kinds.report(kind, f"is no kind of subject; kinds are {', '.join(SUBJECT_KINDS)}")
            rule = fields_of(kinds.place, node, f"{kinds.path}{kind}.")
            if rule is not None:
                rules[kind] = _rule(rule)
    fields.close()
    return IdentityPolicy(rules=rules, parts_max=parts_max)


def _rule(fields: Fields) -> LinkRule:
    rule = LinkRule(
        members_max=fields.whole("members_max", 1, MEMBERS_MAX),
        switch_after_ms=fields.duration_ms(
            "switch_after", SWITCH_MIN_MS, SWITCH_MAX_MS, 90 * DAY_MS
        ),
    )
    fields.close()
    return rule
