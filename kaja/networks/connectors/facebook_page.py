"""Facebook Pages by the Graph API: the company's own channel, posted to by those who may create content on it.

Facts: developers.facebook.com/docs/pages-api. There is no key against posting twice: a second post of the same words is
refused (506), and the Page's own list decides. What Meta lets a person tick in its own window is what Kaja gets: each
ticked Page becomes an account (docs/decisions/facebook-pages.md). A film has its number before anybody sees it, and
says itself whether it is out (phases.py). A person's own profile stays with the dialog.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any, Final

from kaja.networks import answers, containers, graph, phases
from kaja.networks.contract import (
    Api,
    App,
    Client,
    Connected,
    Drawn,
    Figures,
    Finding,
    Fold,
    Http,
    Journey,
    Limits,
    Network,
    Permanent,
    Picture,
    Pictures,
    Post,
    Reaction,
    Receipt,
    Sending,
    Session,
    Takes,
    Unknown,
    Videos,
    gettext_noop,
)

SCOPE = "pages_show_list,pages_manage_posts,pages_read_engagement,read_insights"
MAY_POST = "CREATE_CONTENT"
COUNTS = ("shares", "comments.limit(0).summary(true)", "reactions.limit(0).summary(true)")
FIELDS = ",".join((*COUNTS, "insights.metric(post_media_view,post_clicks)"))
MOST, PAGES = 10, 5
HOSTS: Final = graph.Hosts("https://www.facebook.com", "https://graph.facebook.com", "v25.0")


# --- signing in -------------------------------------------------------------------------------------------------------
def begin(_http: Http, client: Client, _handle: str) -> Journey:
    return graph.journey(f"{HOSTS.site}/{HOSTS.version}/dialog/oauth", client, SCOPE)


@graph.signing_in()
def finish(http: Http, client: Client, pending: Mapping[str, Any], told: Mapping[str, str]) -> Connected:
    """The person is back: their token of 60 days brings the tokens of the Pages they ticked, which do not end. Raises
    Permanent when there is none that they may post to."""
    keys = {"client_id": client.client_id, "client_secret": client.secret}
    address = f"{HOSTS.base}/oauth/access_token"
    code = graph.code(pending, told)
    short = graph.get(http, address, redirect_uri=client.redirect_uri, code=code, **keys)
    given = answers.text(short, "access_token")
    long = graph.get(http, address, grant_type="fb_exchange_token", fb_exchange_token=given, **keys)
    person = answers.text(long, "access_token")
    pages = [one for one in _pages(http, person) if MAY_POST in (one.get("tasks") or [])]
    if not pages:
        raise Permanent("no-page")
    first, *more = [_connected(one, person) for one in pages]
    return replace(first, more=tuple(more))


def _pages(http: Http, person: str) -> list[dict[str, Any]]:
    """The Pages that the person lets Kaja see."""
    asked = {"fields": "id,name,username,access_token,tasks", "limit": "100", "access_token": person}
    listed = graph.pages(http, f"{HOSTS.base}/me/accounts", PAGES, **asked)
    return [page for pages in islice(listed, PAGES) for page in pages]


def _connected(page: Mapping[str, Any], person: str) -> Connected:
    name = answers.text(page, "name")
    kept = {"access": answers.text(page, "access_token"), "person": person}
    return Connected(answers.text(page, "id"), str(page.get("username") or name)[:200], name[:200], kept)


def revoke(http: Http, session: Session) -> None:
    """Give the permission back, unless other Pages hang on it: Meta knows one for all of a person's Pages."""
    person = str(session.secrets["person"])
    if {str(one.get("id")) for one in _pages(http, person)} <= {session.external_id}:
        graph.delete(http, f"{HOSTS.base}/me/permissions", access_token=person)


def test(http: Http, client: Client) -> list[Finding]:
    """Whether the keys are good and Meta takes Kaja's address."""
    return [graph.keys_work(http, f"{HOSTS.base}/oauth/access_token", client), graph.public(client)]


# --- posting ----------------------------------------------------------------------------------------------------------
def prepare(http: Http, session: Session, post: Post) -> dict[str, Any]:
    """Upload the film, or the pictures with their words for who cannot see them. Nobody sees any of it yet."""
    if post.film:
        return FILMS.prepare(http, session, post.film)
    return {"photos": [_photo(http, session, picture) for picture in post.shown()[:MOST]]}


def _photo(http: Http, session: Session, picture: Picture) -> str:
    fields = {"published": "false", "access_token": graph.token(session)}
    fields |= {"alt_text_custom": picture.alt[: LIMITS.alt]} if picture.alt else {}
    address = f"{HOSTS.base}/{session.external_id}/photos"
    return answers.text(graph.upload(http, address, file=picture.content, mime=picture.mime, fields=fields), "id")


def publish(http: Http, session: Session, sending: Sending) -> Receipt:
    if sending.prepared.get("film"):
        return FILMS.publish(http, session, sending)
    post, photos = sending.post, list(sending.prepared.get("photos", []))
    fields = {f"attached_media[{place}]": json.dumps({"media_fbid": one}) for place, one in enumerate(photos)}
    fields |= {"link": post.link} if post.link and not photos else {}
    address = f"{HOSTS.base}/{session.external_id}/feed"
    try:
        made = graph.post(http, address, message=post.text, access_token=graph.token(session), **fields)
    except Permanent as refused:
        if refused.reason != "duplicate":
            raise
        return _first(http, session, sending, refused)
    # The address by its number leads to the post always; asking for a nicer one could only bring doubt.
    return _receipt(made)


def _first(http: Http, session: Session, sending: Sending, refused: Permanent) -> Receipt:
    """The same words are there already. With a link they can only be ours: no other share has it."""
    if found := _listed(http, session, sending):
        return found
    if sending.post.link:
        raise Unknown("duplicate", refused.detail) from refused
    raise refused


def _receipt(found: Mapping[str, Any]) -> Receipt:
    number = answers.text(found, "id")
    return Receipt(number, f"https://www.facebook.com/{number}")


def find(http: Http, session: Session, sending: Sending) -> Receipt | None:
    """The post: a film says itself how far it is; others are looked for in the Page's list."""
    if sending.prepared.get("film"):
        return FILMS.find(http, session, sending)
    return _listed(http, session, sending)


def _listed(http: Http, session: Session, sending: Sending) -> Receipt | None:
    """The post among the Page's own since the first attempt: by its link, else by its words."""
    return answers.by_their_clock(
        http, sending.since - containers.CLOCKS, lambda speak, since: _among(speak, session, sending.post, since)
    )


def _among(http: Http, session: Session, post: Post, since: datetime) -> Receipt | None:
    asked = {
        "fields": "id,from,message,created_time", "limit": str(containers.PAGE), "since": str(int(since.timestamp())),
        "access_token": graph.token(session),
    }  # fmt: skip
    try:
        for posts in graph.pages(http, f"{HOSTS.base}/{session.external_id}/feed", PAGES, **asked):
            for one in posts:
                made = answers.moment(one.get("created_time"))
                if made is None:
                    raise Unknown("unreadable", str(one)[:300])
                ours = made >= since and _by(one) in ("", session.external_id)
                if ours and containers.same(str(one.get("message") or ""), post):
                    return _receipt(one)
    except Permanent as refused:
        raise Unknown("unreadable", refused.detail) from refused
    return None


def _by(found: Mapping[str, Any]) -> str:
    """Who wrote it: visitors write on a Page, too. Empty when it is not told."""
    author = found.get("from")
    return str(author.get("id") or "") if isinstance(author, dict) else ""


FILMS: Final = phases.Phases(HOSTS, edge="videos", listed=_listed, receipt=lambda number: _receipt({"id": number}))


def edit(http: Http, session: Session, post_id: str, text: str) -> None:
    graph.post(http, f"{HOSTS.base}/{post_id}", message=text, access_token=graph.token(session))


def words(http: Http, session: Session, post_id: str) -> str | None:
    try:
        told = graph.get(http, f"{HOSTS.base}/{post_id}", fields="id,message", access_token=graph.token(session))
    except graph.Gone:
        return None
    return str(told.get("message") or "")


def remove(http: Http, session: Session, post_id: str) -> None:
    graph.delete(http, f"{HOSTS.base}/{post_id}", access_token=graph.token(session))


def figures(http: Http, session: Session | None, post_ids: list[str]) -> dict[str, Figures]:
    """Reactions, comments, shares; views and clicks too where the Page is large enough for Meta to tell them."""
    assert session is not None
    return graph.figures(post_ids, partial(_figures, http, session))


def _figures(http: Http, session: Session, post_id: str) -> Figures:
    found = graph.get(http, f"{HOSTS.base}/{post_id}", fields=FIELDS, access_token=graph.token(session))
    insights = found.get("insights")
    told = graph.insights(insights) if isinstance(insights, dict) else {}
    shares = found.get("shares")
    return Figures(
        likes=_total(found.get("reactions")),
        # A post that nobody has shared has no such field.
        reposts=answers.number(shares, "count") if isinstance(shares, dict) else 0,
        replies=_total(found.get("comments")),
        views=told.get("post_media_view"),
        clicks=told.get("post_clicks"),
    )


def _total(found: object) -> int | None:
    summary = found.get("summary") if isinstance(found, dict) else None
    return answers.number(summary, "total_count") if isinstance(summary, dict) else None


# --- the constant -----------------------------------------------------------------------------------------------------
LIMITS = Limits(text=63206, unit="characters", pictures=MOST, picture_bytes=4_000_000, alt=1000)
NETWORK = Network(
    key="facebook_page",
    name="Facebook Page",
    icon="brand-facebook",
    inessive_et="Facebooki lehel",
    limits=LIMITS,
    api=Api(
        publish=publish,
        prepare=prepare,
        find=find,
        edit=edit,
        words=words,
        remove=remove,
        figures=figures,
        figures_batch=10,
        figures_by_account=True,
        films=True,
        begin=begin,
        finish=finish,
        revoke=revoke,
        scope=SCOPE,
    ),
    app=App(
        register_at=graph.REGISTER_AT,
        steps=(
            gettext_noop("Create an app at Meta and choose the use case “Manage everything on your Page”."),
            gettext_noop("Open the settings of Facebook Login and add the address below as valid OAuth redirect URI."),
            gettext_noop("Permissions: pages_show_list, pages_manage_posts, pages_read_engagement, read_insights."),
            gettext_noop("Copy the app ID and the app secret from the app's basic settings."),
        ),
        entries=graph.ENTRIES,
        test=test,
        warnings=(
            gettext_noop("This is for the company's Pages. Nobody's own profile can be posted to by a program."),
            gettext_noop("Until Meta has reviewed the app, only people with a role in the app can connect."),
            graph.REVIEW,
            gettext_noop("Meta tells views and clicks only of Pages with 100 likes or more."),
        ),
    ),
    scopes=(
        (gettext_noop("See which Pages you manage"), "pages_show_list"),
        (gettext_noop("Post what you share, on the Pages you tick"), "pages_manage_posts"),
        (gettext_noop("Read the Page's own posts, to count and to find them"), "pages_read_engagement"),
        (gettext_noop("Read the figures of your posts"), "read_insights"),
    ),
    connect=frozenset({"oauth"}),
    can_edit=True,
    can_delete=True,
    # As on Facebook: our own choice.
    fold=Fold(chars=477, lines=5, words=gettext_noop("… See more")),
    drawn=Drawn(
        name="",
        card="wide",
        host_first=True,
        capitals=True,
        pictures="edge",
        as_account=True,
        reactions=(
            Reaction(icon="thumb-up", word=gettext_noop("Like")),
            Reaction(icon="message-circle", word=gettext_noop("Comment")),
            Reaction(icon="share", word=gettext_noop("Share")),
        ),
    ),
    takes=Takes(
        pictures=Pictures(most=MOST, bytes=4_000_000),
        # The smallest of the numbers in their documents: 2 GB, four hours, from 9:16 to 16:9.
        videos=Videos(bytes=2_000_000_000, seconds=(0, 14_400), shape=(0.56, 1.78)),
    ),
)
