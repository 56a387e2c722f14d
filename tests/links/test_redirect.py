import asyncio
import base64
import hashlib
import os
import re
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from kaja.links import answers, clicklog, counting, mine, minting, previews, visitors
from kaja.links.models import Click, ShortLink
from kaja.links.redirect import Redirect
from tests import samples
from tests.cast import Cast
from tests.links.asking import FIREFOX, answer, ask

pytestmark = pytest.mark.django_db(transaction=True)
TARGET = "https://nordwind.example/nw-7?utm_source=x#top"


@pytest.fixture
def link(cast: Cast) -> ShortLink:
    return ShortLink.objects.create(slug="abcdefg", target=TARGET, owner=cast.liis, network="x")


@pytest.fixture
def app(log_folder: Path) -> Iterator[Redirect]:
    made = Redirect("/l/")
    yield made
    made.close()


def lines(folder: Path) -> list[bytes]:
    return [line for segment in clicklog.segments(folder) for line in clicklog.read(segment, 0).lines]


def test_a_short_link_leads_to_its_target_and_is_written_down_first(
    app: Redirect, link: ShortLink, log_folder: Path
) -> None:
    got = answer(app, "/l/abcdefg", headers={"referer": "https://t.co/secret/path"})
    assert (got.status, got.headers["location"]) == (302, TARGET)
    assert got.headers["cache-control"] == "private, no-store"
    assert got.headers["x-robots-tag"] == "noindex"
    [line] = lines(log_folder)
    assert line.split(b"\t")[1:] == [b"%d" % link.pk, b"G", b"203.0.113.0", b"t.co", FIREFOX.encode()]


def test_neither_the_address_nor_what_was_read_before_is_kept(app: Redirect, link: ShortLink, log_folder: Path) -> None:
    answer(app, "/l/abcdefg", headers={"referer": "https://intranet.example/private?who=me"})
    [written] = lines(log_folder)
    assert b"203.0.113.77" not in written
    assert b"private" not in written
    assert b"who" not in written


def test_head_is_answered_alike_and_written_down_as_such(app: Redirect, link: ShortLink, log_folder: Path) -> None:
    got = answer(app, "/l/abcdefg", method="HEAD")
    assert (got.status, got.headers["location"]) == (302, TARGET)
    assert lines(log_folder)[0].split(b"\t")[2] == b"H"


def test_what_is_fetched_ahead_is_refused_so_that_the_click_comes_to_us(
    app: Redirect, link: ShortLink, log_folder: Path
) -> None:
    got = answer(app, "/l/abcdefg", headers={"sec-purpose": "prefetch;prerender"})
    assert (got.status, got.headers["cache-control"]) == (503, "private, no-store")
    assert lines(log_folder)[0].split(b"\t")[2] == b"P"


@pytest.mark.parametrize(("wish", "sentence"), [("et-EE,en;q=0.5", "See link ei vii kuhugi"), ("en", "leads nowhere")])
def test_an_unknown_link_is_told_in_the_browsers_language(app: Redirect, cast: Cast, wish: str, sentence: str) -> None:
    got = answer(app, "/l/zzzzzzz", headers={"accept-language": wish})
    assert got.status == 404
    assert sentence in got.body
    assert "Nordwind Robotics" in got.body
    assert "location" not in got.headers


@pytest.mark.parametrize(
    "path",
    [
        "/l/",
        "/l/" + "a" * 100_000,
        "/l/öäü",
        "/l/a/b/c",
        "/l//evil.example",
        "/l/https://evil.example",
        "/l/../../etc/passwd",
        "/l/abc\x00defg",
        "/l/%2e%2e",
        "/x/abcdefg",
        "/l/abcdefg'--",
        "/l/ａｂｃｄｅｆｇ",
    ],
)
def test_an_odd_slug_is_an_unknown_link_and_nothing_else(
    app: Redirect, link: ShortLink, log_folder: Path, path: str
) -> None:
    got = answer(app, path)
    assert got.status == 404
    assert "location" not in got.headers
    assert not lines(log_folder)


@pytest.mark.parametrize("path", ["/l/ABCDEFG", "/l/abcdefg/"])
def test_capitals_and_a_slash_at_the_end_are_forgiven(app: Redirect, link: ShortLink, path: str) -> None:
    assert answer(app, path).status == 302


def test_only_asking_is_allowed(app: Redirect, link: ShortLink, log_folder: Path) -> None:
    got = answer(app, "/l/abcdefg", method="POST")
    assert (got.status, got.headers["allow"]) == (405, "GET, HEAD")
    assert not lines(log_folder)


def test_a_link_switched_off_says_so(app: Redirect, link: ShortLink, log_folder: Path) -> None:
    link.disabled_at = timezone.now()
    link.save()
    got = answer(app, "/l/abcdefg")
    assert got.status == 410
    assert "no longer in use" in got.body
    assert not lines(log_folder)


def test_a_change_is_noticed_within_two_seconds(app: Redirect, link: ShortLink) -> None:
    async def story() -> list[int]:
        began = [(await ask(app, "/l/abcdefg")).status, (await ask(app, "/l/newnews")).status]
        await asyncio.to_thread(change)
        await app.lookup.refresh()
        return [*began, (await ask(app, "/l/abcdefg")).status, (await ask(app, "/l/newnews")).status]

    def change() -> None:
        link.disabled_at = timezone.now()
        link.save()
        ShortLink.objects.create(slug="newnews", target=TARGET, owner=None)

    assert asyncio.run(story()) == [302, 404, 410, 302]


def test_many_unknown_slugs_at_once_are_one_question_to_the_database(
    app: Redirect, link: ShortLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kaja.links import lookup

    questions: list[int] = []
    rows = lookup._rows

    def counted(slugs: Collection[str]) -> object:
        questions.append(len(slugs))
        return rows(slugs)

    monkeypatch.setattr(lookup, "_rows", counted)

    async def story() -> list[int]:
        answers = await asyncio.gather(
            *(ask(app, path) for path in ["/l/abcdefg", *(f"/l/zzz{n:04}" for n in range(200))])
        )
        return [got.status for got in answers]

    assert asyncio.run(story()) == [302] + [404] * 200
    assert len(questions) <= 2


def test_a_database_that_is_away_stops_only_links_not_in_memory(
    app: Redirect, link: ShortLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import OperationalError

    from kaja.links import lookup

    def away(*_slugs: object) -> object:
        raise OperationalError("no database today")

    async def story() -> list[int]:
        await ask(app, "/l/abcdefg")
        monkeypatch.setattr(lookup, "_rows", away)
        monkeypatch.setattr(lookup, "_changes", away)
        await app.lookup.refresh()
        return [(await ask(app, path)).status for path in ("/l/abcdefg", "/l/another")]

    assert asyncio.run(story()) == [302, 503]


def test_when_nothing_can_be_written_down_nobody_is_sent_on(
    app: Redirect, link: ShortLink, monkeypatch: pytest.MonkeyPatch, log_folder: Path
) -> None:
    async def story() -> None:
        assert (await ask(app, "/l/abcdefg")).status == 302
        write = os.write

        def full(descriptor: int, data: bytes) -> int:
            if len(data) > 20:
                return write(descriptor, bytes(data)[:20])
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as disk:
            disk.setattr("kaja.links.clicklog.os.write", full)
            got = await ask(app, "/l/abcdefg")
            assert (got.status, got.headers["retry-after"]) == (503, "30")
            assert "The link itself is fine" in got.body
        assert (await ask(app, "/l/abcdefg")).status == 302

    asyncio.run(story())
    app.log.close()
    assert len(lines(log_folder)) == 2
    while counting.turn(worker="t"):
        pass
    assert Click.objects.count() == 2


def test_the_owners_own_click_is_known_by_their_cookie(
    app: Redirect, link: ShortLink, cast: Cast, log_folder: Path
) -> None:
    async def story() -> None:
        for value in (mine.cookie_value(cast.liis.pk), mine.cookie_value(cast.mart.pk), f"{cast.liis.pk}.forged"):
            await ask(app, "/l/abcdefg", headers={"cookie": f"a=b; kaja_mine={value}; c=d"})

    asyncio.run(story())
    assert sorted(line.split(b"\t")[2] for line in lines(log_folder)) == [b"G", b"G", b"O"]


@pytest.mark.parametrize(
    ("proxies", "forwarded", "network"),
    [
        (0, "198.51.100.1", b"203.0.113.0"),
        (1, "6.6.6.6, 198.51.100.1", b"198.51.100.0"),
        (2, "6.6.6.6, 198.51.100.1, 192.0.2.9", b"198.51.100.0"),
        (2, "198.51.100.1", b"198.51.100.0"),
        (1, "", b"203.0.113.0"),
        (1, "[2001:db8:1:2::9]:443", b"2001:db8:1::"),
        (1, "198.51.100.1:1234", b"198.51.100.0"),
        (1, "nonsense", b""),
    ],
)
def test_proxies_are_believed_only_as_far_as_they_are_trusted(
    link: ShortLink, log_folder: Path, settings: Settings, proxies: int, forwarded: str, network: bytes
) -> None:
    settings.TRUSTED_PROXIES = proxies
    app = Redirect("/l/")
    answer(app, "/l/abcdefg", headers={"x-forwarded-for": forwarded})
    app.close()
    assert lines(log_folder)[0].split(b"\t")[3] == network


def test_a_target_in_any_script_becomes_a_proper_header(app: Redirect, cast: Cast) -> None:
    ShortLink.objects.create(slug="scripts", target="https://nordwind.example/õun?q=ä b\r\nSet-Cookie: a=b", owner=None)
    got = answer(app, "/l/scripts")
    assert got.headers["location"] == "https://nordwind.example/%C3%B5un?q=%C3%A4%20b%0D%0ASet-Cookie:%20a=b"


@pytest.mark.parametrize("kind", ["unknown", "gone", "busy"])
def test_every_page_of_the_link_server_allows_its_own_style_and_nothing_else(cast: Cast, kind: str) -> None:
    page = answers.page(kind, "et")
    style = re.findall(r"<style>(.*?)</style>", page.body["body"].decode(), re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style[0].encode()).digest()).decode()
    policy = dict(page.start["headers"])[b"content-security-policy"].decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy


def test_polling_goes_on_whatever_happens(app: Redirect, link: ShortLink, monkeypatch: pytest.MonkeyPatch) -> None:
    from kaja.links import redirect

    turns: list[int] = []

    async def breaks() -> None:
        turns.append(1)
        raise RuntimeError("something unforeseen")

    async def story() -> None:
        monkeypatch.setattr(redirect, "POLL_SECONDS", 0.001)
        monkeypatch.setattr(app.lookup, "refresh", breaks)
        app.start()
        while len(turns) < 3:
            await asyncio.sleep(0.001)

    asyncio.run(story())


def test_nobody_waits_for_ever_when_looking_up_breaks(
    app: Redirect, link: ShortLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kaja.links import lookup

    def breaks(_slugs: object) -> object:
        raise RuntimeError("something unforeseen")

    monkeypatch.setattr(lookup, "_rows", breaks)
    assert answer(app, "/l/abcdefg").status == 503


# --- preview fetchers ----------------------------------------------------------------------------------------------
FACEBOOK = "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)"
PREVIEW = {"title": 'Quiet "NW-7" <b>', "text": "38 dB & less", "image": "https://kaja.example/pictures/a.jpg"}


@pytest.fixture
def previewed(link: ShortLink) -> ShortLink:
    link.preview = PREVIEW
    link.save()
    return link


FETCHERS = [
    FACEBOOK,
    "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
    "Twitterbot/1.0",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "TelegramBot (like TwitterBot)",
    "WhatsApp/2.23.20.0",
    "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
    "Mozilla/5.0 (compatible; Bluesky Cardyb/1.1; mailto:support@bsky.app)",
]


@pytest.mark.parametrize("agent", FETCHERS)
def test_a_preview_fetcher_reads_the_companys_words_and_is_no_person(
    app: Redirect, previewed: ShortLink, log_folder: Path, agent: str
) -> None:
    got = answer(app, "/l/abcdefg", headers={"user-agent": agent})
    assert (got.status, got.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert '<meta property="og:title" content="Quiet &quot;NW-7&quot; &lt;b&gt;">' in got.body
    assert '<meta property="og:description" content="38 dB &amp; less">' in got.body
    assert f'<meta property="og:image" content="{PREVIEW["image"]}">' in got.body
    assert '<meta name="twitter:card" content="summary_large_image">' in got.body
    assert got.headers["cache-control"] == "private, no-store"
    assert "location" not in got.headers
    app.log.close()
    while counting.turn(worker="t"):
        pass
    assert [click.kind for click in Click.objects.all()] == ["preview"]


@pytest.mark.parametrize(
    "agent",
    [FIREFOX, "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36", "curl/8.5", ""],
)
def test_everybody_else_is_sent_on(app: Redirect, previewed: ShortLink, agent: str) -> None:
    got = answer(app, "/l/abcdefg", headers={"user-agent": agent})
    assert (got.status, got.headers["location"]) == (302, TARGET)


def test_of_the_samples_fetchers_read_the_words_and_no_person_does(app: Redirect, previewed: ShortLink) -> None:
    rows = (samples.folder() / "useragents-given.tsv").read_text(encoding="utf-8").splitlines()[1:]
    labelled = [(columns[0], columns[-1].encode()[:300]) for columns in (row.split("\t") for row in rows)]
    wrong = []
    for label, agent in labelled:
        told, kind = previews.is_fetcher(agent), visitors.classify(agent.decode("utf-8", "replace")).kind
        if told != (kind == "preview") or (told and label == "human"):
            wrong.append((label, agent))
    assert len(labelled) > 50
    assert wrong == []


def test_a_fetcher_of_a_link_without_words_of_its_own_is_led_on(app: Redirect, link: ShortLink) -> None:
    assert answer(app, "/l/abcdefg", headers={"user-agent": FACEBOOK}).status == 302


def test_head_of_a_fetcher_is_answered_as_its_get(app: Redirect, previewed: ShortLink) -> None:
    got = answer(app, "/l/abcdefg", method="HEAD", headers={"user-agent": FACEBOOK})
    assert (got.status, got.body) == (200, "")


def test_only_web_addresses_are_pictures(app: Redirect, previewed: ShortLink) -> None:
    previewed.preview = {"title": "x", "image": "javascript:alert(1)"}
    previewed.save()
    got = answer(app, "/l/abcdefg", headers={"user-agent": FACEBOOK})
    assert "og:image" not in got.body
    assert '<meta name="twitter:card" content="summary">' in got.body


def test_changed_words_are_told_within_two_seconds(app: Redirect, link: ShortLink) -> None:
    def change(title: str) -> None:
        minting.change_preview(ShortLink.objects.filter(pk=link.pk), {"title": title} if title else {})

    async def story() -> list[tuple[int, bool]]:
        seen = []
        for title in ("", "First", "Second", ""):
            await asyncio.to_thread(change, title)
            await app.lookup.refresh()
            got = await ask(app, "/l/abcdefg", headers={"user-agent": FACEBOOK})
            seen.append((got.status, bool(title) and title in got.body))
        return seen

    assert asyncio.run(story()) == [(302, False), (200, True), (200, True), (302, False)]


def test_a_database_that_is_away_costs_a_fetcher_the_words_and_not_the_way(
    app: Redirect, previewed: ShortLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import OperationalError

    def away(_number: int) -> object:
        raise OperationalError("no database today")

    async def story() -> int:
        await ask(app, "/l/abcdefg")
        monkeypatch.setattr(previews, "page", away)
        return (await ask(app, "/l/abcdefg", headers={"user-agent": FACEBOOK})).status

    assert asyncio.run(story()) == 302


def test_people_cost_no_question_to_the_database(
    app: Redirect, previewed: ShortLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> int:
        await ask(app, "/l/abcdefg")

        async def none(_question: object) -> object:
            raise AssertionError("asked")

        monkeypatch.setattr(app.lookup, "in_thread", none)
        return (await ask(app, "/l/abcdefg")).status

    assert asyncio.run(story()) == 302
