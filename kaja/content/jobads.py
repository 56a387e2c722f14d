"""Job ads as feeds: the XML lists of recruiting systems, and pages that describe their ads in schema.org's words (A5).

Recruiting systems write one `<job>` (or `<position>`, `<vacancy>`) for each ad, in the manner of Indeed or HR-XML; what
they call its parts differs, and the names below are those in use.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from kaja import addresses
from kaja.content import entries, pages
from kaja.content.entries import Entry
from kaja.content.pages import DESCRIPTION, TITLE
from kaja.outbound import Refused

ADS = ("job", "position", "vacancy", "positionopening", "offer", "jobposting")
BEGINS = re.compile(rb"<(?:\w+:)?(rss|feed|rdf)\b", re.IGNORECASE)
ONE = re.compile(
    rb"<(?:\w+:)?(?:jobs?|positions?|vacanc(?:y|ies)|source|offers?|jobpostings?|positionopenings?)\b", re.IGNORECASE
)
NAMES: dict[str, tuple[str, ...]] = {
    "guid": ("referencenumber", "jobid", "id", "guid", "requisitionid", "reference"),
    "address": ("url", "link", "joburl", "applyurl", "apply_url", "detailurl"),
    "title": ("title", "jobtitle", "positiontitle", "name"),
    "summary": ("description", "jobdescription", "summary", "body"),
    "city": ("city", "place", "location", "locality"),
    "country": ("country", "countrycode"),
    "employment": ("jobtype", "employmenttype", "type", "schedule"),
    "apply_by": ("expirationdate", "expirydate", "expiry", "validthrough", "closingdate", "deadline", "apply_by"),
    "published": ("date", "pubdate", "dateposted", "postingdate", "published"),
    "remote": ("remotetype", "remote"),
    "category": ("category", "department"),
}
# The words of schema.org and of the lists, as kinds.py has them; others say nothing that people could choose from.
EMPLOYMENT = {
    "FULL_TIME": "full", "PERMANENT": "full", "PART_TIME": "part", "CONTRACTOR": "temporary", "CONTRACT": "temporary",
    "TEMPORARY": "temporary", "FIXED_TERM": "temporary", "INTERN": "intern", "INTERNSHIP": "intern",
}  # fmt: skip


def are_in(begins: bytes) -> bool:
    """Whether the beginning of a file looks like a list of job ads and like no RSS or Atom."""
    return begins[:1] == b"<" and not BEGINS.search(begins) and bool(ONE.search(begins))


def read_xml(content: bytes, address: str) -> tuple[str, str, list[Entry | None], bool]:
    """Title, language, ads, and whether the file was whole. Raises Refused when no ad is in it."""
    from lxml import etree

    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise Refused("broken", _("The feed is broken and nothing in it could be read.")) from error
    ads = [element for element in root.iter() if root is not None and _name(element) in ADS] if root is not None else []
    ads = [element for element in ads if not any(_name(inner) in ADS for inner in element)]
    if not ads and len(content) > 300:
        raise Refused("no-feed", _("There is XML at this address, but no job ads that Kaja could find."))
    publisher = root.findtext("publisher") if root is not None else ""
    title = entries.text(publisher, TITLE) or addresses.host(address)
    return title, "", [_ad(element, address) for element in ads], not parser.error_log


def _name(element: Any) -> str:
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def _ad(element: Any, base: str) -> Entry | None:
    said: dict[str, str] = {}
    for inner in element.iter():
        words = "".join(inner.itertext()).strip() if inner is not element else ""
        if words:
            said.setdefault(_name(inner), words)
    found = {name: next((said[way] for way in ways if way in said), "") for name, ways in NAMES.items()}
    # An attribute is where some keep the number of the ad.
    guid = found.pop("guid") or element.get("id") or ""
    city, country, remote = found.pop("city"), found.pop("country"), found.pop("remote")
    place = f"{city}, {country}" if city and country and country not in city else city or country
    far = remote.lower() not in ("", "0", "no", "false", "none", "onsite", "on-site")
    return entry(base, guid=guid, place=place, remote=far, **found)


def read_page(content: bytes, content_type: str, address: str) -> tuple[str, str, list[Entry | None]]:
    """Title, language and ads of a page that describes them as schema.org JobPosting. Raises Refused when it does not:
    most pages that people paste here are no feeds."""
    ads = [thing for thing in pages.things(content, content_type) if _is_posting(thing)]
    if not ads:
        raise Refused("no-feed", _("There is no RSS or Atom feed at this address. Look for a link called RSS."))
    try:
        page = pages.read(content, content_type, address)
        title, language = page.title, page.language
    except Refused:
        title, language = addresses.host(address), ""
    return title, language, [_posting(thing, address) for thing in ads]


def _is_posting(thing: dict[str, Any]) -> bool:
    kind = thing.get("@type")
    return "JobPosting" in (kind if isinstance(kind, list) else [kind])


def _posting(thing: dict[str, Any], base: str) -> Entry | None:
    known = thing.get("identifier")
    employment = thing.get("employmentType")
    return entry(
        base,
        guid=known.get("value", "") if isinstance(known, dict) else known or "",
        address=thing.get("url") or thing.get("@id") or base,
        title=thing.get("title") or thing.get("name"),
        summary=thing.get("description"),
        place=", ".join(dict.fromkeys(_places(thing.get("jobLocation")))),
        remote=thing.get("jobLocationType") == "TELECOMMUTE",
        employment=employment[0] if isinstance(employment, list) and employment else employment or "",
        apply_by=thing.get("validThrough"),
        published=thing.get("datePosted"),
        category=thing.get("occupationalCategory") or "",
    )


def _places(location: Any) -> Iterator[str]:
    for one in location if isinstance(location, list) else [location]:
        address = one.get("address") if isinstance(one, dict) else one
        if isinstance(address, dict):
            address = address.get("addressLocality") or address.get("addressRegion") or address.get("addressCountry")
        if isinstance(address, str) and address.strip():
            yield address.strip()


def entry(
    base: str,
    *,
    guid: Any = "",
    address: Any = "",
    title: Any = "",
    summary: Any = "",
    place: Any = "",
    remote: bool = False,
    employment: Any = "",
    apply_by: Any = "",
    published: Any = "",
    category: Any = "",
) -> Entry | None:
    """A job ad from what a list says of it; None without a title or an address."""
    found, named = entries.web(address, base), entries.text(title, TITLE)
    if not found or not named:
        return None
    closes = day(apply_by)
    kind = str(employment or "").upper().replace("-", "_").replace(" ", "_")
    kind = kind.replace("FULLTIME", "FULL_TIME").replace("PARTTIME", "PART_TIME")
    details: dict[str, Any] = {
        "place": entries.text(str(place or ""), 120),
        "remote": "remote" if remote else "",
        "last_day": closes.isoformat() if closes else "",
        "employment": EMPLOYMENT.get(kind, ""),
    }
    return Entry(
        guid=entries.text(str(guid or ""), 500) or found[:500],
        address=found,
        title=named,
        summary=entries.text(summary, DESCRIPTION),
        published=entries.moment(published),
        categories=tuple(filter(None, [entries.text(str(category or ""), 80)])),
        job=True,
        details={name: value for name, value in details.items() if value},
    )


def day(said: Any) -> date | None:
    """The day of a moment as lists write it; also 31.12.2026."""
    if isinstance(said, str) and (parts := re.fullmatch(r"\s*(\d{1,2})\.(\d{1,2})\.(\d{4})\s*", said)):
        try:
            return date(int(parts[3]), int(parts[2]), int(parts[1]))
        except ValueError:
            return None
    found = entries.moment(said)
    return found.date() if found else None
