"""Job ads and JSON feeds: what each of the usual shapes becomes."""

from __future__ import annotations

import json

import pytest

from kaja.content import entries, syndication
from kaja.outbound import Refused
from tests.content.feeding import job, jobs

URL = "https://jobs.example/feed"


def read(content: str, kind: str = "") -> syndication.Syndication:
    return syndication.read(content.encode(), URL, {"content-type": kind})


def test_a_list_of_ads_in_xml_is_read_by_the_names_that_are_in_use() -> None:
    found = read(jobs(job(7, "Welder &amp; smith", expires="2026-12-31")))
    (ad,) = found.entries
    assert (found.title, ad.guid, ad.address, ad.title, ad.summary) == (
        "Jobs", "7", "https://jobs.example/7", "Welder & smith", "Come & build",
    )  # fmt: skip
    assert ad.details == {"place": "Riga, LV", "last_day": "2026-12-31", "employment": "full"}


def test_an_ad_without_an_address_is_left_out_and_one_cut_off_makes_the_list_not_whole() -> None:
    assert read(jobs("<job><title>Nowhere</title></job>", job(1, "A"))).left_out == 1
    assert read(jobs(job(1, "A"), job(2, "B"))).whole
    assert not read(jobs(job(1, "A"), job(2, "B"))[:-30]).whole


def test_entities_of_a_list_of_ads_are_not_unfolded() -> None:
    with pytest.raises(Refused) as refused:
        read('<!DOCTYPE s [<!ENTITY a SYSTEM "file:///etc/passwd">]><source><job><title>&a;</title></job></source>')
    assert refused.value.reason == "entities"


POSTING = {
    "@context": "https://schema.org", "@type": "JobPosting", "title": "Tester", "url": "/t", "identifier": {"value": "T-1"},
    "validThrough": "2027-01-15T00:00:00Z", "employmentType": ["PART_TIME"], "jobLocationType": "TELECOMMUTE",
    "jobLocation": {"address": {"addressLocality": "Tallinn"}}, "description": "<b>Break</b> things",
}  # fmt: skip


@pytest.mark.parametrize(
    "data", [POSTING, [POSTING], {"@graph": [POSTING]}, {"@type": "ItemList", "itemListElement": [{"item": POSTING}]}]
)
def test_a_page_that_describes_its_ads_is_a_feed_of_them(data: object) -> None:
    page = f'<!doctype html><title>Careers</title><script type="application/ld+json">{json.dumps(data)}</script>'
    (ad,) = read(page, "text/html").entries
    assert (ad.guid, ad.address, ad.title, ad.summary) == ("T-1", "https://jobs.example/t", "Tester", "Break things")
    assert ad.details == {"place": "Tallinn", "remote": "remote", "last_day": "2027-01-15", "employment": "part"}


def test_a_page_without_ads_is_no_feed() -> None:
    with pytest.raises(Refused, match="Look for a link called RSS"):
        read("<!doctype html><title>Home</title><p>Hello</p>", "text/html")


def test_json_feed_is_read_with_its_authors_tags_and_dates() -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1.1", "title": "News", "language": "et-EE",
        "items": [
            {"id": "a", "url": "/a", "title": "Tere", "content_html": "<p>Hei &amp; tere</p><script>x</script>",
             "date_published": "2026-11-20T10:00:00+02:00", "authors": [{"name": "Mari"}], "tags": ["uudis"], "image": "/p.png"},
            {"id": "b", "content_text": "no address"},
        ],
    }  # fmt: skip
    found = read(json.dumps(feed))
    (entry,) = found.entries
    assert (found.title, found.language, found.left_out) == ("News", "et", 1)
    assert (entry.guid, entry.address, entry.summary, entry.author) == (
        "a",
        "https://jobs.example/a",
        "Hei & tere",
        "Mari",
    )
    assert (entry.categories, entry.image) == (("uudis",), "https://jobs.example/p.png")
    assert entry.published is not None
    assert entry.published.isoformat() == "2026-11-20T08:00:00+00:00"


@pytest.mark.parametrize(
    "data",
    [
        {"jobs": [{"id": 1, "title": "Tester", "absolute_url": "https://j.example/1", "location": {"name": "Riga"}}]},
        [{"id": 1, "text": "Tester", "hostedUrl": "https://j.example/1", "categories": {"location": "Riga"}}],
        {"data": {"postings": [{"uuid": "1", "name": "Tester", "url": "https://j.example/1", "city": "Riga"}]}},
    ],
)
def test_open_lists_of_recruiting_systems_are_read_whatever_they_call_things(data: object) -> None:
    (ad,) = read(json.dumps(data)).entries
    assert (ad.guid, ad.address, ad.title, ad.details) == ("1", "https://j.example/1", "Tester", {"place": "Riga"})


@pytest.mark.parametrize("text", ["{", '{"a": 1}', "[1, 2]", "[" * 5000, '{"jobs": 3}'])
def test_json_that_is_no_feed_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(Refused) as refused:
        read(text)
    assert refused.value.sentence.endswith(".")


def test_what_an_entry_says_can_be_written_down_and_read_again() -> None:
    (ad,) = read(jobs(job(7, "Welder", expires="2026-12-31"))).entries
    assert entries.read(json.loads(json.dumps(ad.said()))) == ad


def test_absurd_moments_are_no_moments() -> None:
    absurd: tuple[object, ...] = ("yesterday", "3026-01-01", "0001-01-01", -5, 10**30, True, None, [], "2026-13-45")
    for said in absurd:
        assert entries.moment(said) is None
