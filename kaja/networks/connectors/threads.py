"""Threads: by its API in two steps, and by its web intent. Emoji count by their bytes.

Facts: developers.facebook.com/docs/threads. Text posts carry the share's link as their card; pictures are fetched by
Meta from Kaja's own address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from kaja.networks import answers, containers, graph
from kaja.networks.contract import (
    Api,
    App,
    Client,
    Connected,
    Dialog,
    Drawn,
    Figures,
    Finding,
    Http,
    Journey,
    Limits,
    Network,
    Pictures,
    Post,
    Reaction,
    Receipt,
    Sending,
    Session,
    Takes,
    Videos,
    gettext_noop,
)

SCOPE = "threads_basic,threads_content_publish,threads_manage_insights,threads_delete"
STEPS = containers.Steps("threads", "threads_publish", "status", "threads", "text", "link_attachment_url")
METRICS = "views,likes,replies,reposts,quotes"
MOST = 20


@dataclass(frozen=True)
class Hosts:
    """Where people sign in, and where the API is; `version` stands in its path."""

    site: str = "https://threads.net"
    api: str = "https://graph.threads.net"
    version: str = "v1.0"

    @property
    def base(self) -> str:
        return f"{self.api}/{self.version}"


HOSTS = Hosts()


# --- signing in -------------------------------------------------------------------------------------------------------
def begin(_http: Http, client: Client, _handle: str) -> Journey:
    return graph.journey(f"{HOSTS.site}/oauth/authorize", client, SCOPE)


@graph.signing_in()
def finish(http: Http, client: Client, pending: Mapping[str, Any], told: Mapping[str, str]) -> Connected:
    """The person is back: take the token of an hour, change it for one of 60 days, see whose it is."""
    short = graph.post(
        http, f"{HOSTS.api}/oauth/access_token",
        client_id=client.client_id, client_secret=client.secret, code=graph.code(pending, told),
        grant_type="authorization_code", redirect_uri=client.redirect_uri,
    )  # fmt: skip
    found = graph.get(
        http, f"{HOSTS.api}/access_token", grant_type="th_exchange_token", client_secret=client.secret,
        access_token=answers.text(short, "access_token"),
    )  # fmt: skip
    token = answers.text(found, "access_token")
    person = graph.get(http, f"{HOSTS.base}/me", fields="id,username,name", access_token=token)
    name = answers.text(person, "username")
    shown = str(person.get("name") or name)
    return Connected(answers.text(person, "id"), name, shown[:200], {"access": token}, graph.ends(found))


def renew(http: Http, session: Session) -> Connected:
    """Another 60 days. Taken from a day after the token was given, and never after it has ended."""
    token = str(session.secrets["access"])
    address = f"{HOSTS.api}/refresh_access_token"
    found = graph.get(http, address, grant_type="th_refresh_token", access_token=token)
    kept = {**session.secrets, "access": answers.text(found, "access_token")}
    return Connected(session.external_id, session.handle, "", kept, graph.ends(found))


def test(http: Http, client: Client) -> list[Finding]:
    """Whether the keys are good and Meta can reach Kaja."""
    return [graph.keys_work(http, f"{HOSTS.api}/oauth/access_token", client), graph.public(client)]


# --- posting ----------------------------------------------------------------------------------------------------------
def prepare(http: Http, session: Session, post: Post) -> dict[str, Any]:
    """A container with words and link, with one picture, or with a row of them. Nobody sees it."""
    pictures = containers.shown(post)[:MOST]
    containers.fetchable(pictures)
    if not pictures:
        card = {"link_attachment": post.link} if post.link else {}
        return containers.make(http, HOSTS.base, session, STEPS, media_type="TEXT", text=post.text, **card)
    each = [_picture(one.address, one.alt) for one in pictures]
    if len(each) == 1:
        return containers.make(http, HOSTS.base, session, STEPS, text=post.text, **each[0])
    made = [containers.make(http, HOSTS.base, session, STEPS, is_carousel_item="true", **one) for one in each]
    children = ",".join(str(one["container"]) for one in made)
    return containers.make(
        http, HOSTS.base, session, STEPS, media_type="CAROUSEL", children=children, text=post.text
    )  # fmt: skip


def _picture(address: str, alt: str) -> dict[str, str]:
    return {"media_type": "IMAGE", "image_url": address} | ({"alt_text": alt[: LIMITS.alt]} if alt else {})


def publish(http: Http, session: Session, sending: Sending) -> Receipt:
    return containers.publish(http, HOSTS.base, session, STEPS, sending)


def find(http: Http, session: Session, sending: Sending) -> Receipt | None:
    return containers.find(http, HOSTS.base, session, STEPS, sending)


def remove(http: Http, session: Session, post_id: str) -> None:
    graph.delete(http, f"{HOSTS.base}/{post_id}", access_token=str(session.secrets["access"]))


def figures(http: Http, session: Session | None, post_ids: list[str]) -> dict[str, Figures]:
    assert session is not None
    return {post_id: _figures(http, session, post_id) for post_id in post_ids}


def _figures(http: Http, session: Session, post_id: str) -> Figures:
    token = str(session.secrets["access"])
    try:
        told = containers.insights(
            graph.get(http, f"{HOSTS.base}/{post_id}/insights", metric=METRICS, access_token=token)
        )
    except graph.Gone:
        return Figures(gone=True)
    return Figures(
        likes=told.get("likes"), reposts=told.get("reposts"), replies=told.get("replies"), quotes=told.get("quotes"),
        views=told.get("views"),
    )  # fmt: skip


# --- the constant -----------------------------------------------------------------------------------------------------
def _address(text: str, link: str, title: str) -> str:
    address = f"https://www.threads.com/intent/post?text={quote(text, safe='')}"
    return f"{address}&url={quote(link, safe='')}" if link else address


LIMITS = Limits(text=500, unit="threads", pictures=MOST, picture_bytes=8_000_000, alt=1000)
NETWORK = Network(
    key="threads",
    name="Threads",
    icon="brand-threads",
    inessive_et="Threadsis",
    limits=LIMITS,
    dialog=Dialog(address=_address, takes_text=True, plain=True),
    api=Api(
        publish=publish,
        prepare=prepare,
        find=find,
        remove=remove,
        figures=figures,
        figures_batch=10,
        figures_by_account=True,
        renew=renew,
        renew_within=graph.RENEW_WITHIN,
        begin=begin,
        finish=finish,
        scope=SCOPE,
    ),
    app=App(
        register_at="https://developers.facebook.com/apps/",
        steps=(
            gettext_noop("Create an app at Meta and choose the use case “Access the Threads API”."),
            gettext_noop("Open the use case's settings and add the address below as redirect callback URL."),
            gettext_noop(
                "Permissions: threads_basic, threads_content_publish, threads_manage_insights, threads_delete."
            ),
            gettext_noop(
                "Copy the Threads app ID and the Threads app secret. They are not those of the Meta app itself."
            ),
            gettext_noop("Add yourself as a Threads tester under App roles, and accept it in your Threads settings."),
        ),
        entries=graph.ENTRIES,
        test=test,
        warnings=(
            gettext_noop("Until Meta has reviewed the app, only people whom you add as testers can connect."),
            gettext_noop("The review asks for a verified business and takes weeks. Ask for it early."),
            gettext_noop("Meta fetches pictures from Kaja, so that Kaja needs a public https address."),
        ),
    ),
    scopes=(
        (gettext_noop("See your name"), "threads_basic"),
        (gettext_noop("Post what you share"), "threads_content_publish"),
        (gettext_noop("Read the figures of your posts"), "threads_manage_insights"),
        (gettext_noop("Delete what you shared here, when you ask for it"), "threads_delete"),
    ),
    connect=frozenset({"oauth"}),
    can_delete=True,
    fetches_pictures=True,
    drawn=Drawn(
        host_first=True,
        reactions=(
            Reaction(icon="message-circle"),
            Reaction(icon="repeat"),
            Reaction(icon="heart"),
            Reaction(icon="bookmark"),
        ),
    ),
    takes=Takes(
        pictures=Pictures(most=MOST, bytes=8_000_000, narrowest=320, ratio=10),
        videos=Videos(bytes=1_000_000_000, seconds=(0, 300)),
    ),
)
