"""Reading feeds: our own small ones, and every real sample."""

import time

import pytest

from kaja.content import syndication
from kaja.outbound import Refused
from tests import samples

RSS = """<rss version="2.0"><channel><title>News &amp;amp; more</title><language>et-EE</language>
<item><title>Esimene</title><link>/a</link><guid isPermaLink="false">1</guid><pubDate>Tue, 24 Nov 2026 08:00:00 +0200</pubDate>
<description>&lt;p&gt;Tere&lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;p&gt;jälle&lt;/p&gt;</description></item>
<item><title>No address</title></item>
<item><title>Absurd</title><link>https://x.example/b</link><pubDate>Tue, 24 Nov 3026 08:00:00 GMT</pubDate></item>
</channel></rss>"""


def read(text: str | bytes) -> syndication.Syndication:
    content = text.encode() if isinstance(text, str) else text
    return syndication.read(content, "https://site.example/feed.xml")


def test_entries_come_out_as_plain_words_with_absolute_addresses_and_sane_dates() -> None:
    found = read(RSS)
    first, absurd = found.entries
    assert (found.title, found.language, found.left_out) == ("News & more", "et", 1)
    assert (first.guid, first.address, first.title, first.summary) == (
        "1",
        "https://site.example/a",
        "Esimene",
        "Tere jälle",
    )
    assert first.published is not None
    assert first.published.isoformat() == "2026-11-24T06:00:00+00:00"
    assert absurd.published is None


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<html><body>no feed</body></html>", "no-feed"),
        (b"", "no-feed"),
        (b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><rss version="2.0"></rss>', "entities"),
        (b"x" * (syndication.LARGEST + 1), "too-large"),
    ],
)
def test_what_is_no_feed_or_means_harm_is_refused_with_a_sentence(content: bytes, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        read(content)
    assert refused.value.reason == reason
    assert refused.value.sentence.endswith(".")


def test_a_feed_without_end_is_cut_at_a_thousand_and_says_so() -> None:
    many = "".join(f"<item><title>T{n}</title><link>https://x.example/{n}</link></item>" for n in range(1500))
    found = read(f'<rss version="2.0"><channel>{many}</channel></rss>')
    assert (len(found.entries), found.left_out) == (1000, 500)


SAMPLES = {
    "broken-not-wellformed.rss.xml": 3,
    "giantbomb-huge.rss.xml": 730,
    "intertwingly-relative.atom.xml": 20,
    "itunes-german-podcast.rss.xml": 32,
    "lastefoto-et.rss.xml": 14,
    "latin1-cdata.rss.xml": 40,
    "localstack-blog.rss.xml": 10,
    "localstack-careers.rss.xml": 7,
    "no-dates.rss.xml": 3,
    "saffre-rumma-et.rss.xml": 5,
    "techcrunch-cdata.rss.xml": 20,
    "xmlbase-relative.atom.xml": 10,
}


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_every_real_feed_is_read_within_a_few_seconds(name: str) -> None:
    begun = time.process_time()
    found = read(samples.folder("feeds", name).read_bytes())
    assert len(found.entries) == SAMPLES[name]
    assert time.process_time() - begun < 10
    for entry in found.entries:
        assert entry.address.startswith("http")
        assert entry.title
        assert "<" not in entry.title + entry.summary or "&" not in entry.summary
        assert "&amp;" not in entry.title + entry.summary
        assert "<script" not in entry.summary
    assert len({entry.guid for entry in found.entries}) == len(found.entries)


def test_there_is_an_expectation_for_every_sample() -> None:
    assert {path.name for path in samples.folder("feeds").iterdir()} == set(SAMPLES)


def test_an_entry_whose_address_is_nonsense_is_left_out_and_spoils_no_other() -> None:
    found = read(
        """<rss version="2.0"><channel><item><title>A</title><link>http://[::1</link></item>
        <item><title>B</title><link>javascript:alert(1)</link></item>
        <item><title>C</title><link>/õun kala</link><media:content xmlns:media="http://search.yahoo.com/mrss/"
        url="http://[bad" type="image/png"/></item></channel></rss>"""
    )
    assert [(entry.title, entry.address, entry.image) for entry in found.entries] == [
        ("C", "https://site.example/%C3%B5un%20kala", "")
    ]
    assert found.left_out == 2
    assert found.title == "site.example"  # a feed without a title is called by its host
