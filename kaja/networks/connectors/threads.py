"""Threads: by its API in two steps, and by its web intent. Emoji count by their bytes.

Facts: developers.facebook.com/docs/threads. Text posts carry the share's link as their card; pictures are fetched by
Meta from Kaja's own address.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from kaja.networks import containers, graph
from kaja.networks.contract import (
    REACTIONS,
    Api,
    App,
    Client,
    Dialog,
    Drawn,
    Finding,
    Http,
    Limits,
    Network,
    Pictures,
    Post,
    Session,
    Takes,
    Videos,
    gettext_noop,
)

SCOPE = "threads_basic,threads_content_publish,threads_manage_insights,threads_delete"
MOST = 20
HOSTS: Final = graph.Hosts("https://threads.net", "https://graph.threads.net", "v1.0")
SIGN_IN = graph.SignIn(HOSTS, SCOPE, grant="th", number="id")
STEPS = containers.Steps(
    HOSTS, make_at="threads", publish_at="threads_publish", status="status", posts="threads", words="text",
    link="link_attachment_url",
    counts={"likes": "likes", "reposts": "reposts", "replies": "replies", "quotes": "quotes", "views": "views"},
)  # fmt: skip
begin, finish, renew = SIGN_IN.begin, SIGN_IN.finish, SIGN_IN.renew
publish, find, figures = STEPS.publish, STEPS.find, STEPS.figures


def test(http: Http, client: Client) -> list[Finding]:
    """Whether the keys are good and Meta can reach Kaja."""
    return [graph.keys_work(http, f"{HOSTS.api}/oauth/access_token", client), graph.public(client)]


# --- posting ----------------------------------------------------------------------------------------------------------
def prepare(http: Http, session: Session, post: Post) -> dict[str, Any]:
    """A container with words and link, with a film, with one picture, or with a row of them. Nobody sees it."""
    if post.film:
        alt = {"alt_text": post.film.alt[: containers.ALT]} if post.film.alt else {}
        return STEPS.film(http, session, post.text, post.film, media_type="VIDEO", **alt)
    if pictures := post.shown()[:MOST]:
        return STEPS.show(http, session, post.text, pictures, media_type="IMAGE")
    card = {"link_attachment": post.link} if post.link else {}
    return STEPS.make(http, session, media_type="TEXT", text=post.text, **card)


def remove(http: Http, session: Session, post_id: str) -> None:
    graph.delete(http, f"{HOSTS.base}/{post_id}", access_token=graph.token(session))


# --- the constant -----------------------------------------------------------------------------------------------------
def _address(text: str, link: str, title: str) -> str:
    address = f"https://www.threads.com/intent/post?text={quote(text, safe='')}"
    return f"{address}&url={quote(link, safe='')}" if link else address


LIMITS = Limits(text=500, unit="threads", pictures=MOST, picture_bytes=8_000_000, alt=containers.ALT)
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
        films=True,
        renew=renew,
        renew_within=graph.RENEW_WITHIN,
        begin=begin,
        finish=finish,
        scope=SCOPE,
    ),
    app=App(
        register_at=graph.REGISTER_AT,
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
            graph.TESTERS,
            graph.REVIEW,
            containers.FETCHES,
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
        pictures="strip",
        reactions=REACTIONS,
    ),
    takes=Takes(
        pictures=Pictures(most=MOST, bytes=8_000_000, narrowest=320, ratio=10),
        videos=Videos(bytes=1_000_000_000, seconds=(0, 300)),
    ),
)
