"""How rows read in JSON. Outsiders rely on these names: more may be added, none renamed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from kaja.content import campaigns, feedrules, kinds
from kaja.content.fits import Fit
from kaja.content.models import (
    Attachment,
    Campaign,
    Caption,
    Feed,
    FeedReading,
    FeedRule,
    Item,
    LinkPreview,
    Media,
)
from kaja.links import minting
from kaja.measurement import own
from kaja.measurement.figures import Figure
from kaja.networks.contract import Network
from kaja.networks.models import ConnectedAccount
from kaja.people.models import Import, Person
from kaja.sharing import shares
from kaja.sharing.models import Attempt, Share


def moment(at: datetime | None) -> str | None:
    """RFC 3339 in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if at else None


def figure(one: Figure) -> dict[str, Any]:
    """A figure; `rows` is the address in this API of what it was counted from."""
    return {
        "value": one.value,
        "numerator": one.numerator,
        "denominator": one.denominator,
        "low": one.low,
        "high": one.high,
        "provenance": one.provenance,
        "formula": one.formula,
        "rows": f"{settings.BASE_URL}/api/v1{one.rows.replace('/?', '?')}",
        "read_at": moment(one.read_at),
    }


def caption(one: Caption) -> dict[str, Any]:
    return {"id": one.pk, "language": one.language, "network": one.network, "voice": one.voice, "text": one.text}


def kind(one: kinds.Kind) -> dict[str, Any]:
    """What a kind of item needs and allows."""
    return {
        "key": one.key,
        "name": one.label,
        "address": one.address.value,
        "body": one.body,
        "attaches": one.attaches or None,
        "most_attachments": one.most,
        "captions": one.words,
        "details": [
            {
                "name": detail.name,
                "type": detail.type.value,
                "required": detail.required,
                "choices": [key for key, _label in detail.choices],
            }
            for detail in one.details
        ],
    }


def attachment(one: Attachment) -> dict[str, Any]:
    """A file of an item; `media` is its number for other items and for previews."""
    kept = one.media
    return {
        "id": one.pk,
        "media": kept.pk,
        "kind": kept.kind,
        "url": kept.address,
        "name": kept.name,
        "size": kept.size,
        "alt": kept.alt,
        "width": kept.width,
        "height": kept.height,
    }


def preview(one: LinkPreview) -> dict[str, Any]:
    """What was written for the link's card; `network` null is for all."""
    return {
        "network": one.network or None,
        "title": one.title,
        "text": one.text,
        "image": one.image.address if one.image else None,
    }


def item(one: Item) -> dict[str, Any]:
    """An item with its captions, files and previews; ask for them with `prefetch_related`."""
    return {
        "id": one.pk,
        "kind": one.kind,
        "title": one.title,
        "summary": one.summary,
        "url": one.url,
        "language": one.language,
        "category": one.category.slug,
        "campaign": one.campaign.slug if one.campaign and one.campaign.started_at else None,
        "shareable": one.category.shareable,
        "audience": one.audience.label if one.audience else None,
        # The approved item that this is a change of.
        "replaces": one.replaces_id,
        "step": one.step or None,
        "status": one.status,
        "live_from": moment(one.live_from),
        "live_until": moment(one.live_until),
        "evergreen": one.evergreen,
        "refresh_on": one.refresh_on.isoformat() if one.refresh_on else None,
        "image": one.image.address if one.image else None,
        "resource": one.resource,
        "body": one.body,
        "details": one.details,
        "attachments": [attachment(row) for row in one.attachments.all()],
        "previews": [preview(row) for row in one.previews.all()],
        "updated_at": moment(one.updated_at),
        "captions": [caption(words) for words in one.captions.all()],
    }


def campaign(one: Campaign, figures: dict[str, Figure]) -> dict[str, Any]:
    """A campaign with what its posts brought in its days; `goal` names the figure that counts towards `target`."""
    return {
        "slug": one.slug,
        "name": one.name,
        "about": one.about,
        "thanks": one.thanks,
        "translations": one.translations,
        "hashtag": one.hashtag,
        "stage": campaigns.stage(one),
        "begins_on": one.begins_on,
        "ends_on": one.ends_on,
        "goal": one.metric or None,
        "target": one.target,
        "image": one.image.address if one.image else None,
        "updated_at": moment(one.updated_at),
        "figures": {name: figure(told) for name, told in figures.items()},
    }


def media(one: Media) -> dict[str, Any]:
    """A picture, film or document; `url` opens for whoever is signed in, a picture's for everybody."""
    return {
        "id": one.pk,
        "kind": one.kind,
        "name": one.name,
        "alt": one.alt,
        "mime": one.mime,
        "size": one.size,
        "width": one.width or None,
        "height": one.height or None,
        "seconds": one.seconds,
        "pages": one.pages,
        "url": one.address,
        "preview": f"{settings.BASE_URL}{one.small_path}" if one.small_path else None,
        "still": f"{settings.BASE_URL}{one.still_path}" if one.still else None,
        "created_at": moment(one.created_at),
    }


def fit(one: Fit) -> dict[str, Any]:
    return {"network": one.network.key, "verdict": one.verdict, "reasons": one.reasons}


def account(one: ConnectedAccount) -> dict[str, Any]:
    return {
        "id": one.pk,
        "network": one.network,
        "handle": one.handle,
        "state": one.state,
        "expires_at": moment(one.expires_at),
    }


def share(one: Share, figures: dict[str, Figure]) -> dict[str, Any]:
    return {
        "id": one.pk,
        "state": one.state,
        "network": one.network,
        "item": one.item_id,
        "way": one.way,
        "text": one.text,
        "own_words": one.own_words,
        "link": {"url": minting.address(one.link), "slug": one.link.slug} if one.link else None,
        "dialog_url": shares.dialog_address(one) or None,
        "post_url": one.post_url or None,
        "attempts": one.attempts,
        "not_before": moment(one.not_before),
        # What was asked for, when colleagues with the same item moved it; the slot of the queue it stands in.
        "wished_at": moment(one.wished_at),
        "slot": one.slot_id,
        "published_at": moment(one.published_at),
        "confirmed": one.confirmed or None,
        "edited_at": moment(one.edited_at),
        "reason": one.reason or None,
        "figures": {name: figure(told) for name, told in figures.items()},
    }


def attempt(one: Attempt, why: str) -> dict[str, Any]:
    """One call to a network; `outcome` null while it lasts."""
    return {
        "number": one.number,
        "started_at": moment(one.started_at),
        "finished_at": moment(one.finished_at),
        "outcome": one.outcome or None,
        "reason": one.reason or None,
        "why": why or None,
        "detail": one.detail or None,
    }


def many_shares(some: Iterable[Share]) -> list[dict[str, Any]]:
    """Shares of a list, their clicks counted in one query."""
    rows = list(some)
    clicks = own.clicks_of(rows)
    return [share(row, {"clicks": clicks[row.pk]}) for row in rows]


def person(one: Person) -> dict[str, Any]:
    """Who somebody is in the programme; no figures of one person."""
    return {
        "id": one.pk,
        "email": one.email,
        "name": one.name,
        "team": one.team.name if one.team else None,
        "location": one.location,
        "roles": sorted(grant.role for grant in one.grants.all()),
        "joined_at": moment(one.joined_at),
        "active": one.is_active,
    }


def feed(one: Feed) -> dict[str, Any]:
    return {
        "id": one.pk,
        "url": one.url,
        "title": one.title,
        "holds": one.holds,
        "category": one.category.slug,
        "language": one.language,
        "vanished": one.vanished,
        "off": one.off or None,
        "read_at": moment(one.read_at),
        "next_read_at": None if one.off else moment(one.next_read_at),
        "failing_since": moment(one.failing_since),
        "trouble": one.trouble or None,
    }


def feed_rule(one: FeedRule, times: int) -> dict[str, Any]:
    """A rule; `times` is how many entries it decided about."""
    return {
        "id": one.pk,
        "everything_else": one.is_rest,
        **{name: getattr(one, name) for name in feedrules.CONDITIONS},
        "what": one.what,
        "category": one.category.slug,
        "audience": one.audience.label if one.audience else None,
        "language": one.language or None,
        "campaign": one.campaign.slug if one.campaign else None,
        "per_day": one.per_day,
        "expires_days": one.expires_days,
        "evergreen": one.evergreen,
        "times": times,
    }


def feed_reading(one: FeedReading) -> dict[str, Any]:
    return {
        "id": one.pk,
        "at": moment(one.at),
        "outcome": one.outcome,
        "status": one.status or None,
        "new": one.new,
        "known": one.known,
        "waiting": one.waiting,
        "left_out": one.left_out,
        "bytes": one.size,
        "ms": one.ms,
        "trouble": one.trouble or None,
    }


def upload(one: Import) -> dict[str, Any]:
    """An import; `key` is how it is asked for."""
    return {
        "key": one.key,
        "kind": one.kind,
        "name": one.name,
        "state": one.state,
        "rows": one.rows,
        "done": one.done,
        "counts": one.counts,
        "trouble": one.trouble or None,
        "left": one.options.get("left", []),
    }


def network(one: Network) -> dict[str, Any]:
    """The constant of a network, as far as it is data."""
    limits = one.limits
    return {
        "key": one.key,
        "name": one.name,
        "api": one.api is not None,
        "dialog": one.dialog is not None,
        "dialog_takes_text": bool(one.dialog and one.dialog.takes_text),
        "connect": sorted(one.connect),
        "limit": limits.text if limits else None,
        "unit": limits.unit if limits else None,
        "bytes": limits.bytes if limits else None,
        "link_length": limits.link_length if limits else None,
        "pictures": limits.pictures if limits else 0,
        "alt": limits.alt if limits else 0,
        "can_edit": one.can_edit,
        "can_delete": one.can_delete,
    }
