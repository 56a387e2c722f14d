"""Reading a web page: title, description, picture, language and address, as plain text (A5).

Bytes become text as browsers do it (encoding.spec.whatwg.org: byte-order mark, header, meta; ISO-8859-1 is read as
windows-1252). What a page says of itself for sharing comes first: Open Graph, then Twitter cards, JSON-LD, microdata,
and at last its title and first paragraph. Nothing of a page is ever run or shown as markup.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import webencodings
from django.utils.translation import gettext as _

from kaja import addresses
from kaja.outbound import Refused

META_CHARSET = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
SPACE = re.compile(r"[\s\u00a0\u200b\u200e\u200f\u2060\ufeff]+")
# Control characters, and halves of a letter that JSON can smuggle in and no database takes.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
TITLE, DESCRIPTION = 300, 1000
MOST_LISTED = 1000
THINGS = ("Article", "NewsArticle", "BlogPosting", "Product", "JobPosting", "Event", "WebPage")


@dataclass(frozen=True)
class Page:
    """What a page says of itself; empty where it says nothing. `address` and `image` are absolute."""

    title: str
    description: str
    image: str
    language: str
    address: str
    job: bool = False


def plain(text: Any, most: int) -> str:
    """One line of plain text: entities read once more where they were escaped twice, cut at a word."""
    if not isinstance(text, str):
        return ""
    clean = CONTROL.sub("", SPACE.sub(" ", html.unescape(text))).strip()
    if len(clean) <= most:
        return clean
    return clean[:most].rsplit(" ", 1)[0].rstrip(",;:–- ") + "…"


def decode(content: bytes, content_type: str) -> str:
    """The text of a page, by byte-order mark, header, meta element, or else UTF-8 if it fits and windows-1252."""
    declared = re.search(r"charset\s*=\s*[\"']?([\w.:-]+)", content_type or "", re.IGNORECASE)
    in_page = META_CHARSET.search(content[:4096])
    label = declared[1] if declared else in_page[1].decode("ascii", "replace") if in_page else ""
    encoding = webencodings.lookup(label) if label else None
    if encoding is not None and encoding.name == "utf-16le" and not declared:
        encoding = None  # A meta element that can be read says itself that the page is no UTF-16.
    if encoding is None:
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError:
            encoding = webencodings.lookup("windows-1252")
    text: str = webencodings.decode(content, encoding)[0]
    return text


def read(content: bytes, content_type: str, address: str) -> Page:
    """Read the page fetched from `address`. Raises Refused when it is no web page or says nothing of itself."""
    kind = (content_type or "text/html").split(";")[0].strip().lower()
    if kind not in ("text/html", "application/xhtml+xml", "text/plain", ""):
        raise Refused("no-page", _("There is no web page at this address, but a file (%s).") % kind[:60])
    tree = _tree(decode(content, content_type))
    if tree is None:
        raise Refused("empty", _("The page is empty."))
    base = addresses.fit(_first(tree, "//base/@href"), address) or address
    meta, linked = _meta(tree), list(_json_ld(tree))
    said = _Said(meta, linked, tree)
    title = plain(said.title(), TITLE)
    if not title:
        raise Refused("no-title", _("The page has no title that could be read. Fill in the words yourself."))
    image = said.image()
    return Page(
        title=title,
        description=plain(said.description(), DESCRIPTION),
        image=addresses.fit(image, base) if image else "",
        language=_language(tree, meta),
        address=_own_address(tree, meta, base, address),
        job=any(_is(thing, "JobPosting") for thing in linked),
    )


def things(content: bytes, content_type: str) -> list[dict[str, Any]]:
    """What a page describes in JSON-LD (schema.org), each thing as its dictionary, those of lists too."""
    tree = _tree(decode(content, content_type))
    found: list[dict[str, Any]] = []
    for thing in _json_ld(tree) if tree is not None else ():
        found.append(thing)
        listed = thing.get("itemListElement")
        for one in listed[:MOST_LISTED] if isinstance(listed, list) else ():
            inner = one.get("item", one) if isinstance(one, dict) else None
            found += [inner] if isinstance(inner, dict) else []
    return found


def _tree(text: str) -> Any:
    from lxml import etree
    from lxml import html as parser

    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
    if not text.strip():
        return None
    try:
        return parser.document_fromstring(text, parser=parser.HTMLParser(huge_tree=False))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None


def _first(tree: Any, path: str) -> str:
    for found in tree.xpath(path):
        text = found if isinstance(found, str) else found.text_content()
        if text and text.strip():
            return str(text)
    return ""


def _meta(tree: Any) -> dict[str, str]:
    """The first content of each meta name or property, in small letters."""
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        content = element.get("content")
        for attribute in ("property", "name", "itemprop"):
            for name in (element.get(attribute) or "").lower().split():
                if content and content.strip():
                    found.setdefault(name, content)
    return found


def _json_ld(tree: Any) -> Iterator[dict[str, Any]]:
    """Things described in JSON-LD, out of their graphs and lists."""
    for script in tree.xpath('//script[@type="application/ld+json"]'):
        try:
            waiting = [json.loads(script.text_content().strip().rstrip(";"), strict=False)]
        except (ValueError, RecursionError):
            continue
        for _step in range(200):
            if not waiting:
                break
            thing = waiting.pop(0)
            if isinstance(thing, list):
                waiting += thing[:50]
            elif isinstance(thing, dict):
                waiting += thing["@graph"][:50] if isinstance(thing.get("@graph"), list) else []
                yield thing


def _is(thing: dict[str, Any], *kinds: str) -> bool:
    kind = thing.get("@type", "")
    return any(one in kinds for one in (kind if isinstance(kind, list) else [kind]) if isinstance(one, str))


@dataclass(frozen=True)
class _Said:
    """The places where a page speaks of itself, asked in order."""

    meta: dict[str, str]
    linked: list[dict[str, Any]]
    tree: Any

    def title(self) -> str:
        return (
            self.meta.get("og:title")
            or self.meta.get("twitter:title")
            or self._linked("headline", "name", "title")
            or self._microdata("name", "headline")
            or _first(self.tree, "//title")
            or _first(self.tree, "//h1")
        )

    def description(self) -> str:
        return (
            self.meta.get("og:description")
            or self.meta.get("twitter:description")
            or self.meta.get("description")
            or self._linked("description")
            or self._microdata("description")
            or self._paragraph()
        )

    def image(self) -> str:
        return (
            self.meta.get("og:image")
            or self.meta.get("og:image:url")
            or self.meta.get("og:image:secure_url")
            or self.meta.get("twitter:image")
            or self.meta.get("twitter:image:src")
            or self._linked("image")
            or self._microdata("image")
            or _first(self.tree, '//link[@rel="image_src"]/@href')
        )

    def _linked(self, *names: str) -> str:
        for thing in self.linked:
            if _is(thing, *THINGS):
                for name in names:
                    value = thing.get(name)
                    value = value[0] if isinstance(value, list) and value else value
                    value = value.get("url") if isinstance(value, dict) else value
                    if isinstance(value, str) and value.strip():
                        return value
        return ""

    def _microdata(self, *names: str) -> str:
        """Of the first thing that a page marks as more than its own frame."""
        kinds = " or ".join(f'contains(@itemtype, "/{kind}")' for kind in THINGS)
        for thing in self.tree.xpath(f"//*[@itemscope][{kinds}]"):
            for name in names:
                for element in thing.xpath(f'.//*[@itemprop="{name}"]'):
                    value = element.get("content") or element.get("src") or element.get("href")
                    value = value or element.text_content()
                    if value and value.strip():
                        return str(value)
        return ""

    def _paragraph(self) -> str:
        paragraphs = (element.text_content() for element in self.tree.iter("p"))
        return next((text for text in paragraphs if len(text.strip()) > 60), "")


def _own_address(tree: Any, meta: dict[str, str], base: str, fetched: str) -> str:
    """The canonical address, or og:url, when it is on the host that was fetched; else the fetched one."""
    for said in (_first(tree, '//link[@rel="canonical"]/@href'), meta.get("og:url", "")):
        own = addresses.fit(said, base) if said else ""
        if own and addresses.host(own) == addresses.host(fetched):
            return own
    return fetched


def _language(tree: Any, meta: dict[str, str]) -> str:
    said = tree.get("lang") or meta.get("og:locale", "") or meta.get("content-language", "")
    code = said.replace("_", "-").split("-")[0].strip().lower()
    return code if re.fullmatch(r"[a-z]{2,3}", code) else ""
