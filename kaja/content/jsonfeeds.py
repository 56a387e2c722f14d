"""Feeds in JSON: JSON Feed 1.1, and the open job lists of recruiting systems, read by the names they use (A5)."""

from __future__ import annotations

import json
from typing import Any

from django.utils.translation import gettext as _

from kaja import addresses
from kaja.content import entries, jobads
from kaja.content.entries import Entry
from kaja.content.pages import DESCRIPTION, TITLE
from kaja.outbound import Refused

# Where recruiting systems keep their list, and what they call the parts of one ad; a dot leads inside.
LISTS = ("jobs", "postings", "positions", "offers", "vacancies", "results", "content", "data", "items")
NAMES: dict[str, tuple[str, ...]] = {
    "guid": ("id", "uuid", "guid", "requisition_id", "shortcode", "reqId"),
    "address": ("absolute_url", "hostedUrl", "url", "jobUrl", "careers_url", "link", "postingUrl", "applyUrl"),
    "title": ("title", "text", "name", "position"),
    "summary": ("descriptionPlain", "summary", "content", "description", "descriptionHtml"),
    "place": ("location.name", "categories.location", "location.city", "location", "city", "place"),
    "employment": ("categories.commitment", "employment_type", "employmentType", "commitment", "type"),
    "apply_by": ("application_deadline", "applicationDeadline", "validThrough", "expires_at", "closes_at", "deadline"),
    "published": ("published_at", "publishedAt", "createdAt", "created_at", "updated_at", "releasedDate", "datePosted"),
    "remote": ("workplaceType", "remote", "isRemote", "location.remote"),
    "category": ("categories.team", "department.name", "department", "categories.department"),
}


def read(content: bytes, address: str) -> tuple[str, str, list[Entry | None]]:
    """Title, language and entries. Raises Refused when the JSON holds no list that could be a feed."""
    try:
        found = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Refused("broken", _("The feed is broken and nothing in it could be read.")) from error
    if isinstance(found, dict) and "jsonfeed.org" in str(found.get("version", "")):
        listed = found.get("items")
        told = entries.language(found.get("language"))
        rows = [_item(one, address) for one in listed] if isinstance(listed, list) else []
        return entries.text(found.get("title"), TITLE) or addresses.host(address), told, rows
    jobs = found if isinstance(found, list) else _list(found)
    if jobs is None or not all(isinstance(one, dict) for one in jobs):
        raise Refused("no-feed", _("There is JSON at this address, but neither a JSON Feed nor a list of job ads."))
    return addresses.host(address), "", [_job(one, address) for one in jobs]


def _list(found: Any) -> list[Any] | None:
    for name in LISTS:
        inner = found.get(name) if isinstance(found, dict) else None
        if isinstance(inner, list):
            return inner
        if isinstance(inner, dict) and (deeper := _list(inner)) is not None:
            return deeper
    return None


def _item(raw: Any, base: str) -> Entry | None:
    """An item of JSON Feed 1.1 (jsonfeed.org/version/1.1)."""
    if not isinstance(raw, dict):
        return None
    address = entries.web(raw.get("external_url") or raw.get("url"), base)
    summary = entries.text(raw.get("summary") or raw.get("content_text") or raw.get("content_html"), DESCRIPTION)
    title = entries.text(raw.get("title"), TITLE) or entries.text(summary, 80)
    if not address or not title:
        return None
    authors = raw.get("authors") if isinstance(raw.get("authors"), list) else [raw.get("author")]
    names = [str(one.get("name", "")) for one in authors or [] if isinstance(one, dict)]
    tags = raw.get("tags") if isinstance(raw.get("tags"), list) else []
    return Entry(
        guid=str(raw.get("id") or address)[:500],
        address=address,
        title=title,
        summary=summary,
        image=entries.web(raw.get("image") or raw.get("banner_image"), base),
        published=entries.moment(raw.get("date_published") or raw.get("date_modified")),
        language=entries.language(raw.get("language")),
        author=entries.text(", ".join(names), 120),
        categories=tuple(entries.text(tag, 80) for tag in (tags or [])[:20] if isinstance(tag, str)),
    )


def _job(raw: dict[str, Any], base: str) -> Entry | None:
    said = {name: _first(raw, ways) for name, ways in NAMES.items()}
    return jobads.entry(
        base,
        guid=said["guid"],
        address=said["address"],
        title=said["title"],
        summary=said["summary"],
        place=said["place"],
        remote="remote" in str(said["remote"]).lower() or said["remote"] is True,
        employment=said["employment"],
        apply_by=said["apply_by"],
        published=said["published"],
        category=said["category"],
    )


def _first(raw: dict[str, Any], ways: tuple[str, ...]) -> Any:
    for way in ways:
        found: Any = raw
        for step in way.split("."):
            found = found.get(step) if isinstance(found, dict) else None
        if isinstance(found, str | int | float | bool) and found != "":
            return found
    return ""
