"""Every network of the catalogue through the conformance kit, against the servers there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from pytest_django import Settings

from kaja.networks import answers, sandbox
from kaja.networks.catalogue import BY_KEY, NETWORKS
from kaja.networks.connectors import bluesky, linkedin, x
from kaja.networks.contract import Client, File, Http, Network, NotSent, Request, Response, Session
from kaja.networks.models import SandboxPost
from kaja.outbound import http
from tests.networks import kit, meta
from tests.networks.kit import Stage
from tests.peers import linkedin as linkedin_peer
from tests.peers import mastodon as mastodon_peer
from tests.peers import meta as meta_peer
from tests.peers import x as x_peer
from tests.peers.bluesky_server import PASSWORD, Server
from tests.peers.faulty import SLOW, Fault, around, proxy

pytestmark = pytest.mark.django_db


@contextmanager
def on_the_sandbox() -> Iterator[Stage]:
    fault = Fault(on="POST")
    session = Session("sandbox:liis", "liis", {"token": sandbox.token("sandbox:liis")})
    yield Stage(
        BY_KEY["sandbox"],
        around(sandbox.answer, fault),
        session,
        fault,
        "POST",
        SandboxPost.objects.count,
        {"token": "x"},
        edits="PATCH",
        says=lambda post: SandboxPost.objects.get(key=post.rpartition("/")[2]).text,
    )


@contextmanager
def on_bluesky(server: Server, settings: Settings) -> Iterator[Stage]:
    """The real server behind a proxy that can be told to fail; a refused one is an address where nobody listens."""
    fault = Fault(on="createRecord")
    connected = bluesky.sign_in(http(), server.account(), PASSWORD)
    with proxy(server.pds, fault) as address:
        settings.OUTBOUND_ALLOW = [*settings.OUTBOUND_ALLOW, address.split("://")[1]]
        session = Session(connected.external_id, connected.handle, {**connected.secrets, "pds": address})
        yield Stage(
            BY_KEY["bluesky"], _impatient(fault), session, fault, "createRecord",
            lambda: len(server.records(connected.external_id)), {"access": "eyJhbGciOiJIUzI1NiJ9.e30.x"},
            uploads="uploadBlob", any_file=True,
        )  # fmt: skip


@contextmanager
def on_mastodon(settings: Settings) -> Iterator[Stage]:
    """A strict peer behind a proxy that can be told to fail."""
    fault = Fault(on="POST /api/v1/statuses")
    with mastodon_peer.running() as server, proxy(server.base, fault) as address:
        settings.OUTBOUND_ALLOW = [*settings.OUTBOUND_ALLOW, address.split("://")[1]]
        number = mastodon_peer.account_id("liis")
        kept = {"base": address, "access": server.token(), "id": number, "client_id": "a", "client_secret": "b"}
        session = Session(f"{address}/{number}", "liis", kept)
        yield Stage(
            BY_KEY["mastodon"], _impatient(fault), session, fault, "POST /api/v1/statuses",
            lambda: len(server.posts(number)), {"access": "gone"},
            edits="PUT /api/v1/statuses", says=lambda post: server.statuses[post.rpartition("/")[2]]["source"],
            uploads="POST /api/v2/media", begun=lambda: len(server.media),
            works=lambda: setattr(server, "working", False),
        )  # fmt: skip


META = {
    "threads": ("threads", "POST /threads/v1.0/17/threads_publish", "17", "POST /threads/v1.0/17/threads"),
    "instagram": ("instagram", "POST /instagram/v25.0/17/media_publish", "17", "POST /instagram/v25.0/17/media"),
    "facebook_page": ("facebook", "POST /facebook/v25.0/100/feed", "100", "POST /facebook/v25.0/100/videos"),
}


def fetched(server: meta_peer.Server, file: File) -> File:
    """The file where Meta can fetch it."""
    address = "https://kaja.example/films/robot.mp4"
    server.web[address] = file.read(0, file.size)
    return replace(file, address=address)


@contextmanager
def on_meta(key: str, settings: Settings) -> Iterator[Stage]:
    """One of Meta's three, strict, behind a proxy that can be told to fail."""
    network, creates, user, uploads = META[key]
    fault, picture = Fault(on=creates), None
    with meta_peer.running() as server, proxy(server.base, fault) as address, meta.hosts(address):
        settings.OUTBOUND_ALLOW = [*settings.OUTBOUND_ALLOW, address.split("://")[1]]
        if BY_KEY[key].needs_picture:
            picture = meta.picture(server)
        server.slow_films = own = key == "facebook_page"
        session = Session(user, "liis", {"access": server.token(network, user, page=key == "facebook_page")})
        yield Stage(
            kit.preparing(BY_KEY[key], picture), _impatient(fault), session, fault, creates,
            lambda: len(server.of(user)), {"access": "gone"},
            edits=f"POST /facebook/v25.0/{user}_", says=lambda post: server.posts[post]["words"],
            uploads=uploads, begun=lambda: len(server.films if own else server.containers), apart=own, resumes=own, forgets=server.films.clear,
            put=None if own else lambda file: fetched(server, file), works=server.finish_films,
        )  # fmt: skip


@contextmanager
def on_linkedin(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """A strict peer behind a proxy that can be told to fail."""
    fault = Fault(on="POST /rest/posts")
    with linkedin_peer.running() as server, proxy(server.base, fault) as address:
        settings.OUTBOUND_ALLOW = [*settings.OUTBOUND_ALLOW, address.split("://")[1]]
        monkeypatch.setattr(linkedin, "HOSTS", linkedin.Hosts(address, address))
        monkeypatch.setattr(linkedin, "READY", timedelta())
        server.part, server.upload_host, parent = 40_000, address, "urn:li:share:7399146032652296192"
        server.most = 10_000  # calls a day
        server.public.add(parent)
        session = Session(linkedin_peer.urn("liis"), "Liis", {"access": server.token()})
        yield Stage(
            BY_KEY["linkedin"], _impatient(fault), session, fault, "POST /rest/posts",
            lambda: len(server.posts("liis")), {"access": "gone"},
            edits="POST /rest/posts/", says=lambda post: server.made[post]["shown"],
            uploads="PUT /dms-uploads/", begun=lambda: len(server.films), apart=True, resumes=True, forgets=server.films.clear, parent=parent,
        )  # fmt: skip


@contextmanager
def on_x(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """A strict peer behind a proxy that can be told to fail."""
    fault = Fault(on="POST /2/tweets")
    with x_peer.running() as server, proxy(server.base, fault) as address:
        settings.OUTBOUND_ALLOW = [*settings.OUTBOUND_ALLOW, address.split("://")[1]]
        monkeypatch.setattr(x, "HOSTS", x.Hosts(address, address))
        monkeypatch.setattr(x, "CHUNK", 40_000)

        def works() -> None:
            for one in server.media.values():
                one["ready"] = True

        number = x_peer.account_id("liis")
        client = Client(server.client_id, server.redirect_uri, secret=server.client_secret)
        yield Stage(
            BY_KEY["x"], _impatient(fault), Session(number, "liis", server.pair(), client), fault, "POST /2/tweets",
            lambda: len(server.posts(number)), {"access": "gone"},
            uploads="/append", begun=lambda: len(server.media), apart=True, resumes=True, forgets=server.media.clear, works=works,
        )  # fmt: skip


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "PAUSES", (0.0, 0.0))


def _impatient(fault: Fault) -> Http:
    def speak(request: Request) -> Response:
        called = f"{request.method} {urlsplit(request.url).path}"
        if fault.kind == "refused" and (fault.hits(request.url) or fault.hits(called)):
            return http()(Request(request.method, "http://127.0.0.1:1/", request.headers, request.body))
        slow = fault.kind == "slow" and (fault.hits(request.url) or fault.hits(called))
        return http(timeout=SLOW / 3 if slow else 15)(request)

    return speak


def test_every_network_that_publishes_has_a_stage() -> None:
    by_api = {network.key for network in NETWORKS if network.api}
    assert by_api == {"sandbox", "bluesky", "mastodon", "linkedin", "x", *META}


@pytest.mark.parametrize("story", kit.STORIES, ids=lambda story: story.__name__)
def test_on_the_sandbox(story: Callable[[Stage], None]) -> None:
    with on_the_sandbox() as stage:
        story(stage)


@pytest.mark.bluesky
@pytest.mark.xdist_group("bluesky")
@pytest.mark.parametrize("story", kit.STORIES, ids=lambda story: story.__name__)
def test_on_a_real_bluesky_server(story: Callable[[Stage], None], bluesky_server: Server, settings: Settings) -> None:
    settings.OUTBOUND_ALLOW = [*settings.OUTBOUND_ALLOW, "127.0.0.1:1"]
    with on_bluesky(bluesky_server, settings) as stage:
        story(stage)


@pytest.mark.parametrize("story", kit.STORIES, ids=lambda story: story.__name__)
def test_on_a_mastodon_server(story: Callable[[Stage], None], settings: Settings) -> None:
    settings.OUTBOUND_ALLOW = [*settings.OUTBOUND_ALLOW, "127.0.0.1:1"]
    with on_mastodon(settings) as stage:
        story(stage)


@pytest.mark.parametrize("key", META)
@pytest.mark.parametrize("story", kit.STORIES, ids=lambda story: story.__name__)
def test_on_the_networks_of_meta(key: str, story: Callable[[Stage], None], settings: Settings) -> None:
    settings.OUTBOUND_ALLOW = [*settings.OUTBOUND_ALLOW, "127.0.0.1:1"]
    with on_meta(key, settings) as stage:
        story(stage)


@pytest.mark.parametrize("story", kit.STORIES, ids=lambda story: story.__name__)
def test_on_linkedin(story: Callable[[Stage], None], settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.OUTBOUND_ALLOW = [*settings.OUTBOUND_ALLOW, "127.0.0.1:1"]
    with on_linkedin(settings, monkeypatch) as stage:
        story(stage)


@pytest.mark.parametrize("story", kit.STORIES, ids=lambda story: story.__name__)
def test_on_x(story: Callable[[Stage], None], settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.OUTBOUND_ALLOW = [*settings.OUTBOUND_ALLOW, "127.0.0.1:1"]
    with on_x(settings, monkeypatch) as stage:
        story(stage)


# --- dialogs -------------------------------------------------------------------------------------------------------
WORDS = "Õhtu & 50% <b>#kaja?</b> \"nii\" + 'naa' 🤖/\\\nteine rida; a=b"
LINK = "https://k.example/l/abc1234"
TITLE = "NW-7: vaikne & kiire"
# As the networks document them: host, path, and what travels in which parameter.
DOCUMENTED: dict[str, tuple[str, str, dict[str, str]]] = {
    "linkedin": ("www.linkedin.com", "/sharing/share-offsite/", {"url": LINK}),
    "x": ("x.com", "/intent/tweet", {"text": WORDS, "url": LINK}),
    "bluesky": ("bsky.app", "/intent/compose", {"text": f"{WORDS} {LINK}"}),
    "facebook": ("www.facebook.com", "/sharer/sharer.php", {"u": LINK}),
    "threads": ("www.threads.com", "/intent/post", {"text": WORDS, "url": LINK}),
    "reddit": ("www.reddit.com", "/submit", {"title": WORDS, "url": LINK}),
    "xing": ("www.xing.com", "/spi/shares/new", {"url": LINK}),
    "whatsapp": ("wa.me", "/", {"text": f"{WORDS} {LINK}"}),
    "telegram": ("t.me", "/share/url", {"text": WORDS, "url": LINK}),
    "mastodon": ("share.joinmastodon.org", "/", {}),
    "email": ("", "", {"subject": TITLE, "body": f"{WORDS}\n\n{LINK}".replace("\n", "\r\n")}),
}
DIALOGS = [network for network in NETWORKS if network.dialog]


@pytest.mark.parametrize("network", DIALOGS, ids=lambda network: network.key)
def test_a_dialog_carries_link_and_words_unharmed(network: Network) -> None:
    assert network.dialog is not None
    address = network.dialog.address(WORDS, LINK, TITLE)
    if not address:
        assert network.limits is None  # the clipboard and the phone's own sheet open no address
        return
    assert address.isascii()
    assert not set(address) & set(" \n\r<>\"'+\\")
    parts = urlsplit(address)
    assert parts.scheme in ("https", "mailto")
    told = unquote(parts.query + parts.fragment)
    assert LINK in told
    assert (WORDS.splitlines()[0] in told) == network.dialog.takes_text


@pytest.mark.parametrize("key", DOCUMENTED)
def test_a_dialog_opens_the_address_that_its_network_documents(key: str) -> None:
    dialog = BY_KEY[key].dialog
    assert dialog is not None
    parts = urlsplit(dialog.address(WORDS, LINK, TITLE))
    assert (parts.netloc, parts.path, dict(parse_qsl(parts.query))) == DOCUMENTED[key]


@pytest.mark.parametrize("network", DIALOGS, ids=lambda network: network.key)
def test_a_dialog_without_words_still_carries_the_link(network: Network) -> None:
    assert network.dialog is not None
    address = network.dialog.address("", LINK, TITLE)
    assert not address or LINK in unquote(address)


def test_a_server_where_nobody_listens_was_sent_nothing(settings: Settings) -> None:
    settings.OUTBOUND_ALLOW = ["127.0.0.1:1"]
    with pytest.raises(NotSent):
        http()(Request("GET", "http://127.0.0.1:1/", {}))
