"""Instagram for professional accounts: by its API in two steps; always with a picture, which Meta fetches from Kaja.

Facts: developers.facebook.com, "Instagram API with Instagram Login" and "Content Publishing". A caption's addresses
cannot be clicked there. A private person's account cannot be posted to by anybody's program.
"""

from __future__ import annotations

from typing import Any, Final

from kaja.networks import containers, graph
from kaja.networks.contract import (
    Api,
    App,
    Client,
    Drawn,
    Finding,
    Fold,
    Http,
    Limits,
    Network,
    Permanent,
    Pictures,
    Post,
    Reaction,
    Session,
    Takes,
    Videos,
    gettext_noop,
)

SCOPE = "instagram_business_basic,instagram_business_content_publish,instagram_business_manage_insights"
MOST = 10
HOSTS: Final = graph.Hosts(
    "https://www.instagram.com", "https://graph.instagram.com", "v25.0", tokens="https://api.instagram.com"
)
SIGN_IN = graph.SignIn(HOSTS, SCOPE, grant="ig", number="user_id")
STEPS = containers.Steps(
    HOSTS, make_at="media", publish_at="media_publish", status="status_code", posts="media", words="caption",
    counts={"likes": "likes", "reposts": "shares", "replies": "comments", "views": "views"},
)  # fmt: skip
begin, finish, renew = SIGN_IN.begin, SIGN_IN.finish, SIGN_IN.renew
publish, find, figures = STEPS.publish, STEPS.find, STEPS.figures


def test(_http: Http, client: Client) -> list[Finding]:
    """Instagram gives an app no token of its own, so that its keys are tried by the first person who connects."""
    return [graph.public(client)]


# --- posting ----------------------------------------------------------------------------------------------------------
def prepare(http: Http, session: Session, post: Post) -> dict[str, Any]:
    """A container with a film (a reel), with one picture and the caption, or with a row of them. There are no cards:
    beside a link, too, a picture is shown."""
    if post.film:
        return STEPS.film(http, session, post.text, post.film, media_type="REELS")
    pictures = (post.pictures or ((post.picture,) if post.picture else ()))[:MOST]
    if not pictures:
        raise Permanent("needs-picture")
    return STEPS.show(http, session, post.text, pictures)


# --- the constant -----------------------------------------------------------------------------------------------------
LIMITS = Limits(text=2200, unit="characters", pictures=MOST, picture_bytes=8_000_000, alt=containers.ALT)
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
            graph.TESTERS,
            graph.REVIEW,
            containers.FETCHES,
        ),
    ),
    scopes=(
        (gettext_noop("See your name"), "instagram_business_basic"),
        (gettext_noop("Post what you share"), "instagram_business_content_publish"),
        (gettext_noop("Read the figures of your posts"), "instagram_business_manage_insights"),
    ),
    connect=frozenset({"oauth"}),
    draws_cards=False,
    # Near what the app folds at; no document of theirs says it.
    fold=Fold(chars=125, words=gettext_noop("… more")),
    drawn=Drawn(
        card="",
        pictures="first",
        reactions=(Reaction(icon="heart"), Reaction(icon="message-circle"), Reaction(icon="send")),
    ),
    fetches_pictures=True,
    needs_picture=True,
    links_work=False,
    takes=Takes(
        pictures=Pictures(most=MOST, bytes=8_000_000, narrowest=320, shape=(0.8, 1.91)),
        videos=Videos(bytes=300_000_000, seconds=(3, 900)),
    ),
)
