"""Instagram for professional accounts: by its API in two steps; always with a picture, which Meta fetches from Kaja.

Facts: developers.facebook.com, "Instagram API with Instagram Login" and "Content Publishing". A caption's addresses
cannot be clicked there. A private person's account cannot be posted to by anybody's program.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kaja.networks import answers, containers, graph
from kaja.networks.contract import (
    Api,
    App,
    Client,
    Connected,
    Figures,
    Finding,
    Http,
    Journey,
    Limits,
    Network,
    Permanent,
    Pictures,
    Post,
    Receipt,
    Sending,
    Session,
    Takes,
    Videos,
    gettext_noop,
)

SCOPE = "instagram_business_basic,instagram_business_content_publish,instagram_business_manage_insights"
STEPS = containers.Steps("media", "media_publish", "status_code", "media", "caption")
METRICS = "views,reach,likes,comments,shares,saved,total_interactions"
MOST = 10


@dataclass(frozen=True)
class Hosts:
    """Where people sign in, where the first token is given, and where the API is."""

    site: str = "https://www.instagram.com"
    tokens: str = "https://api.instagram.com"
    api: str = "https://graph.instagram.com"
    version: str = "v25.0"

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
        http, f"{HOSTS.tokens}/oauth/access_token",
        client_id=client.client_id, client_secret=client.secret, code=graph.code(pending, told),
        grant_type="authorization_code", redirect_uri=client.redirect_uri,
    )  # fmt: skip
    listed = short.get("data")  # older answers are a list of one
    given = listed[0] if isinstance(listed, list) and listed and isinstance(listed[0], dict) else short
    found = graph.get(
        http, f"{HOSTS.api}/access_token", grant_type="ig_exchange_token", client_secret=client.secret,
        access_token=answers.text(given, "access_token"),
    )  # fmt: skip
    token = answers.text(found, "access_token")
    person = graph.get(http, f"{HOSTS.base}/me", fields="user_id,username,name", access_token=token)
    name = answers.text(person, "username")
    shown = str(person.get("name") or name)
    return Connected(answers.text(person, "user_id"), name, shown[:200], {"access": token}, graph.ends(found))


def renew(http: Http, session: Session) -> Connected:
    """Another 60 days. Taken from a day after the token was given, and never after it has ended."""
    token = str(session.secrets["access"])
    address = f"{HOSTS.api}/refresh_access_token"
    found = graph.get(http, address, grant_type="ig_refresh_token", access_token=token)
    kept = {**session.secrets, "access": answers.text(found, "access_token")}
    return Connected(session.external_id, session.handle, "", kept, graph.ends(found))


def test(_http: Http, client: Client) -> list[Finding]:
    """Instagram gives an app no token of its own, so that its keys are tried by the first person who connects."""
    return [graph.public(client)]


# --- posting ----------------------------------------------------------------------------------------------------------
def prepare(http: Http, session: Session, post: Post) -> dict[str, Any]:
    """A container with one picture and the caption, or with a row of them. There are no cards:
    beside a link, too, a picture is shown."""
    pictures = (post.pictures or ((post.picture,) if post.picture else ()))[:MOST]
    if not pictures:
        raise Permanent("needs-picture")
    containers.fetchable(pictures)
    each = [_picture(one.address, one.alt) for one in pictures]
    if len(each) == 1:
        return containers.make(http, HOSTS.base, session, STEPS, caption=post.text, **each[0])
    made = [containers.make(http, HOSTS.base, session, STEPS, is_carousel_item="true", **one) for one in each]
    children = ",".join(str(one["container"]) for one in made)
    return containers.make(
        http, HOSTS.base, session, STEPS, media_type="CAROUSEL", children=children, caption=post.text
    )  # fmt: skip


def _picture(address: str, alt: str) -> dict[str, str]:
    return {"image_url": address} | ({"alt_text": alt[: LIMITS.alt]} if alt else {})


def publish(http: Http, session: Session, sending: Sending) -> Receipt:
    return containers.publish(http, HOSTS.base, session, STEPS, sending)


def find(http: Http, session: Session, sending: Sending) -> Receipt | None:
    return containers.find(http, HOSTS.base, session, STEPS, sending)


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
        likes=told.get("likes"), reposts=told.get("shares"), replies=told.get("comments"), views=told.get("views")
    )  # fmt: skip


# --- the constant -----------------------------------------------------------------------------------------------------
LIMITS = Limits(text=2200, unit="characters", pictures=MOST, picture_bytes=8_000_000, alt=1000)
NETWORK = Network(
    key="instagram",
    name="Instagram",
    icon="brand-instagram",
    inessive_et="Instagramis",
    limits=LIMITS,
    api=Api(
        publish=publish,
        prepare=prepare,
        find=find,
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
            gettext_noop("Create an app at Meta of the type Business and add the product Instagram."),
            gettext_noop("Choose “API setup with Instagram login” and add the address below as its redirect URI."),
            gettext_noop(
                "Copy the Instagram app ID and the Instagram app secret. They are not those of the Meta app itself."
            ),
            gettext_noop(
                "Add yourself as an Instagram tester under App roles, and accept it in your Instagram settings."
            ),
        ),
        entries=graph.ENTRIES,
        test=test,
        warnings=(
            gettext_noop("Only professional accounts (business or creator) can be posted to, never a private one."),
            gettext_noop("Until Meta has reviewed the app, only people whom you add as testers can connect."),
            gettext_noop("The review asks for a verified business and takes weeks. Ask for it early."),
            gettext_noop("Meta fetches pictures from Kaja, so that Kaja needs a public https address."),
        ),
    ),
    scopes=(
        (gettext_noop("See your name"), "instagram_business_basic"),
        (gettext_noop("Post what you share"), "instagram_business_content_publish"),
        (gettext_noop("Read the figures of your posts"), "instagram_business_manage_insights"),
    ),
    connect=frozenset({"oauth"}),
    draws_cards=False,
    fetches_pictures=True,
    needs_picture=True,
    links_work=False,
    takes=Takes(
        pictures=Pictures(most=MOST, bytes=8_000_000, narrowest=320, shape=(0.8, 1.91)),
        videos=Videos(bytes=300_000_000, seconds=(3, 900)),
    ),
)
