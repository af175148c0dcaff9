"""What customers say about themselves: corrections, mutes, and what they never want.

It wins over whatever was inferred. Each statement is settled by the latest word on its name, by
event time and then event id, so the order of arrival does not matter below the bounds. Taking a
statement back is a word too, and is kept as one: an older word that arrives later changes nothing.

Beyond a bound the words that took something back go first, then the oldest: what is dropped reads
as never said, and an older word on the same name that arrives after that would count again.
"""

from typing import TypeVar

from msgspec import Struct

from streams.core.kinds.outcome import EVERY_TRAIT, Scope

CORRECTIONS_MAX = 16
MUTES_MAX = 16
NEVER_MAX = 32  # the longest: it grows with every "never again", and forgetting one is worst
SOURCE_MAX = 24  # characters of where something was said that are kept

SAID = "said"
MUTED = "muted"
INFERRED = "inferred"
UNKNOWN = "unknown"


class Correction(Struct, frozen=True, array_like=True, gc=False):
    """The latest word on one trait: how much it is them, 0 to 1, unless taken back."""

    share: float
    at_ms: int
    tie: int
    withdrawn: bool = False
    source: str = ""

    @property
    def holds(self) -> bool:
        """Whether it says something, and not that an earlier word is taken back."""
        return not self.withdrawn


class Mute(Struct, frozen=True, array_like=True, gc=False):
    """The latest word on whether one trait, or a whole group, may be used."""

    muted: bool
    at_ms: int
    tie: int
    source: str = ""

    @property
    def holds(self) -> bool:
        """Whether it says something, and not that an earlier word is taken back."""
        return self.muted


class Never(Struct, frozen=True, array_like=True, gc=False):
    """The latest word on whether one thing may ever be offered."""

    suppressed: bool
    at_ms: int
    tie: int
    source: str = ""

    @property
    def holds(self) -> bool:
        """Whether it says something, and not that an earlier word is taken back."""
        return self.suppressed


Statement = TypeVar("Statement", Correction, Mute, Never)


class Stated(Struct, array_like=True, gc=False):
    """All that was said; names are cut to the `NAME_MAX` characters that a profile keeps."""

    corrections: dict[str, Correction] = {}
    """`group/name` -> word; at most `CORRECTIONS_MAX`."""
    muted: dict[str, Mute] = {}
    """`group/name`, or `group/*` for all of it -> word; at most `MUTES_MAX`."""
    never: dict[str, Never] = {}
    """`scope:name` -> word; at most `NEVER_MAX`."""


def said_share(stated: Stated, group: str, name: str) -> float | None:
    """How much of this trait the customer says to be, 0 to 1; None if they did not say."""
    corrections = stated.corrections
    if not corrections:
        return None
    held = corrections.get(f"{group}/{name}")
    return held.share if held is not None and held.holds else None


def is_muted(stated: Stated, group: str, name: str) -> bool:
    """Whether the customer wants this trait not to be used: the later word of trait and group."""
    muted = stated.muted
    if not muted:
        return False
    own = muted.get(f"{group}/{name}")
    every = muted.get(f"{group}/{EVERY_TRAIT}")
    if own is None or every is None:
        known = own or every
        return known is not None and known.muted
    return own.muted if (own.at_ms, own.tie) > (every.at_ms, every.tie) else every.muted


def mutes_any(stated: Stated, *named: tuple[str, str | None]) -> bool:
    """Whether the customer wants one of these traits, (group, name), not to be used."""
    return any(name is not None and is_muted(stated, group, name) for group, name in named)


def suppresses(stated: Stated, scope: Scope, name: str) -> bool:
    """Whether the customer never wants to be offered this product, attribute, category, brand."""
    never = stated.never
    if not never:
        return False
    held = never.get(f"{scope}:{name}")
    return held is not None and held.suppressed


def view_never(stated: Stated) -> tuple[str, ...]:
    """What must never be offered, as a decision reads it: `scope:name`, in the order of names."""
    never = stated.never
    if not never:
        return ()
    return tuple(sorted([name for name, held in never.items() if held.suppressed]))


def effective_share(
    inferred: float | None, stated: Stated, group: str, name: str
) -> tuple[float | None, str]:
    """(share, where it comes from): what readers use instead of what was inferred.

    A muted trait is (None, `MUTED`), a corrected one what the customer says and `SAID`, others
    as inferred: `INFERRED`, or `UNKNOWN` without a share.
    """
    if is_muted(stated, group, name):
        return None, MUTED
    said = said_share(stated, group, name)
    if said is not None:
        return said, SAID
    return inferred, UNKNOWN if inferred is None else INFERRED


def correct(stated: Stated, trait: str, correction: Correction) -> None:
    """Make `correction` the word on `trait`, `group/name`, unless a later one is known."""
    _settle(stated.corrections, trait, correction, CORRECTIONS_MAX)


def mute(stated: Stated, trait: str, word: Mute) -> None:
    """Make `word` the word on `trait`, `group/name` or `group/*`, unless a later one is known."""
    _settle(stated.muted, trait, word, MUTES_MAX)


def suppress(stated: Stated, scope: Scope, name: str, word: Never) -> None:
    """Make `word` the word on what `name` names, unless a later one is known."""
    _settle(stated.never, f"{scope}:{name}", word, NEVER_MAX)


def merge_stated(into: Stated, other: Stated) -> None:
    """Add to `into` what was said in `other`: below the bounds, as if all was said to `into`."""
    for trait, correction in other.corrections.items():
        correct(into, trait, correction)
    for trait, word in other.muted.items():
        mute(into, trait, word)
    for name, never in other.never.items():
        _settle(into.never, name, never, NEVER_MAX)


def _settle(words: dict[str, Statement], name: str, word: Statement, names_max: int) -> None:
    held = words.get(name)
    if held is not None and (held.at_ms, held.tie) >= (word.at_ms, word.tie):
        return
    words[name] = word
    while len(words) > names_max:
        del words[min(words, key=lambda one: (words[one].holds, words[one].at_ms, one))]
