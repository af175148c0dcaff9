"""Kinds of `social.activity.v1`, in the words of W3C ActivityStreams 2.0.

The record's subject is the customer who acted. Counts that ActivityStreams does not have
(`followers_count`, `likes_count` ...) bear the names of Mastodon's API. `None` means that the
network said nothing.

Source: https://www.w3.org/TR/activitystreams-vocabulary/
"""

from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

from streams.core.kinds.bounds import TAGS_MAX, Count, Location, Name, Subject, Text, Word


class Actor(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Who acted, and how far their words carry."""

    id: Location
    name: Name | None = None
    followers_count: Count | None = None
    following_count: Count | None = None
    statuses_count: Count | None = None


class Tag(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A `Hashtag` or `Mention`; other types are decoded and mean nothing here."""

    type: Word
    name: Name
    href: Location | None = None


class SocialObject(
    Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    gc=False,
    rename={"attributed_to": "attributedTo", "in_reply_to": "inReplyTo"},
):
    """What was acted on: a `Note` written, liked or shared, or the one who is followed."""

    type: Word
    id: Location | None = None
    name: Name | None = None
    content: Text | None = None
    language: Word | None = None
    attributed_to: Location | None = None
    in_reply_to: Location | None = None
    tag: Annotated[tuple[Tag, ...], Meta(max_length=TAGS_MAX)] = ()
    likes_count: Count | None = None
    replies_count: Count | None = None
    shares_count: Count | None = None
    views_count: Count | None = None


class Activity(
    Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag_field="type", tag=str
):
    """What every kind of `social.activity.v1` says."""

    actor: Actor
    object: SocialObject
    id: Location | None = None
    user_subject: Subject | None = None
    """Who the handle was verified to be."""


class Create(Activity, frozen=True, kw_only=True):
    """A post was written."""


class Like(Activity, frozen=True, kw_only=True):
    """A post was liked."""


class Announce(Activity, frozen=True, kw_only=True):
    """A post was shared with one's own followers."""


class Follow(Activity, frozen=True, kw_only=True):
    """The customer follows `object`."""


SocialBody: TypeAlias = Create | Like | Announce | Follow
