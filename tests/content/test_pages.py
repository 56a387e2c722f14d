"""Reading web pages: our own small ones, and every real sample."""

from pathlib import Path

import pytest

from kaja.content import pages
from kaja.outbound import Refused
from tests import samples

OG = """<html lang="et"><head><base href="https://base.example/dir/"><meta property="og:title" content="Õhtu &amp;amp; öö">
<meta property="og:description" content="Kaks\n  rida"><meta property="og:image" content="pic name.png">
<link rel="canonical" href="/a"></head><body></body></html>"""


def read(text: str | bytes, content_type: str = "text/html; charset=utf-8") -> pages.Page:
    content = text.encode() if isinstance(text, str) else text
    return pages.read(content, content_type, "https://base.example/dir/a.html")


def test_what_a_page_says_for_sharing_comes_first_with_absolute_addresses() -> None:
    page = read(OG)
    assert page == pages.Page(
        title="Õhtu & öö",
        description="Kaks rida",
        image="https://base.example/dir/pic%20name.png",
        language="et",
        address="https://base.example/a",
    )


def test_without_social_tags_the_title_and_first_paragraph_serve() -> None:
    body = "A paragraph that is long enough to say what the page is about, really."
    page = read(f"<title> Plain </title><h1>x</h1><p>short</p><p>{body}</p>")
    assert (page.title, page.description, page.image) == ("Plain", body, "")


def test_json_ld_and_microdata_are_read() -> None:
    job = read('<script type="application/ld+json">{"@graph":[{"@type":"JobPosting","title":"Engineer"}]}</script>')
    assert (job.title, job.job) == ("Engineer", True)
    thing = '<div itemscope itemtype="http://schema.org/Product"><h2 itemprop="name">Robot</h2><img itemprop="image" src="r.png"></div>'
    assert read(thing).title == "Robot"
    assert read(thing).image == "https://base.example/dir/r.png"


@pytest.mark.parametrize("label", ["windows-1257", "iso-8859-13", "utf-8", "iso-8859-1", "windows-1252"])
def test_the_charset_is_read_from_the_page_as_browsers_do(label: str) -> None:
    codec = {"iso-8859-1": "cp1252"}.get(label, label)
    text = "äöüõ“" if codec == "cp1252" else "äöüõž"
    content = f'<meta charset="{label}"><title>{text}</title>'.encode(codec)
    assert read(content, "text/html").title == text


def test_nothing_that_could_run_comes_through() -> None:
    page = read(
        '<title>&lt;script&gt;alert(1)&lt;/script&gt;</title><meta name="og:image" content="javascript:alert(1)">'
    )
    assert page.title == "<script>alert(1)</script>"  # words, escaped wherever they are shown
    assert page.image == ""


@pytest.mark.parametrize(
    ("content", "kind", "reason"),
    [(b"", "text/html", "empty"), (b"%PDF-1.7", "application/pdf", "no-page"), (b"<p>hi</p>", "text/html", "no-title")],
)
def test_what_is_no_page_is_refused_with_a_sentence(content: bytes, kind: str, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        read(content, kind)
    assert refused.value.reason == reason
    assert len(refused.value.sentence) > 10


def test_a_foreign_canonical_address_is_not_believed() -> None:
    page = read('<title>x</title><link rel="canonical" href="https://evil.example/">')
    assert page.address == "https://base.example/dir/a.html"


@pytest.mark.parametrize(
    "head",
    [
        '<meta property="og:image" content="http://[::1">',
        '<link rel="canonical" href="http://[x"><base href="http://[y">',
        '<script type="application/ld+json">{"@type": {"a": 1}, "name": {"b": 2}}</script>',
        '<script type="application/ld+json">{"@type": "Article", "image": [[1]], "description": 7}</script>',
        '<script type="application/ld+json">{"@graph": [[[{"@type": [["x"]]}]], 5, null]}</script>',
    ],
)
def test_nonsense_in_one_place_spoils_no_other(head: str) -> None:
    page = read(f"<title>Plain</title>{head}")
    assert (page.title, page.image, page.address) == ("Plain", "", "https://base.example/dir/a.html")


def test_half_a_letter_is_left_out() -> None:
    page = read('<script type="application/ld+json">{"@type": "Article", "headline": "Half \\ud800 letter"}</script>')
    assert page.title.encode()
    assert page.title.startswith("Half")


EXPECTED = {
    "assabah-rtl.ar.html": ("الناشط الحقوقي السوداني", "ar"),
    "automobilwoche-cp1252.de.html": (
        "Krach vor der VW-Betriebsversammlung: Es knirscht zwischen Diess und Aufsichtsräten",
        "de",
    ),
    "globenewswire-press.en.html": ("Segment Launches Sources to Unify Siloed Customer Data in Minutes", "en"),
    "landwirt-iso88591.de.html": ("Precision Farming: Moderne Sensortechnik im Kuhstall", "de"),
    "lastefoto-artikkel.et.html": ("Kuidas valida vastsündinu fotograafi | Lastefotograaf Tallinnas", "et"),
    "lavazza-product-jsonld.de.html": ("Qualità Oro - Perfect Symphony, 250g Dose", "de"),
    "localstack-job.en.html": ("Senior Frontend Engineer (Typescript/React)", "en"),
    "lsm-raksts.lv.html": ("Norvēģijā pēc zemes nogruvuma pieci bojāgājušie", "lv"),
    "opengraph-namespaces.en.html": ("From Street Theater to Wagner on the Opera Stage", ""),
    "rs-ingenieure-no-metadata.de.html": ("Tragwerksplanung | RS Ingenieure", "de"),
    "rumma-toopakkumine.et.html": ("Lino Application Analyst", "et"),
    "shop-base-relative-image.de.html": (
        ".:: NMB-MEDIA ::. eBay-Templates, JTL-Wawi / Eazyauction Designvorlagen",
        "de",
    ),
    "tine-pressroom.no.html": ("NFF: TINE Fotballskole viktig for barneidretten gjennom pandemien", "no"),
    "tofugu-many-og.en.html": ("Dezuka Suisan: Deep-Fried Fish Cakes, Hot and Fresh", "en"),
    "toralin-product-microdata.de.html": ("XADO Schmierfett Reparierend, Verschleiß 50%, 125 ml", "de"),
}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_every_real_page_is_read(name: str) -> None:
    page = pages.read(samples.folder("pages", name).read_bytes(), "text/html", "https://site.example/x/")
    title, language = EXPECTED[name]
    assert page.title.startswith(title)
    assert page.language == language
    assert page.description
    assert page.image == "" or page.image.startswith("http")
    assert "\n" not in page.title + page.description


@pytest.mark.parametrize("name", ["lastefoto-artikkel.{}et.html", "lsm-raksts.{}lv.html"])
def test_older_baltic_bytes_come_out_as_the_original(name: str) -> None:
    original, older = (
        pages.read(samples.folder("pages", name.format(part)).read_bytes(), "text/html", "https://site.example/x/")
        for part in ("", "windows-1257.")
    )
    assert original == older


def test_there_is_an_expectation_for_every_sample() -> None:
    here = {path.name for path in Path(samples.folder("pages")).iterdir() if "windows-1257" not in path.name}
    assert here == set(EXPECTED)
