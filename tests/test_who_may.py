"""Every address of Kaja against every role: who may, who meets 404, who is sent to the sign-in page.

A new address stands in the table below, or the test about the table fails.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from kaja import outbound
from kaja.content import bulk, ideas, items, notes, own_posts, saved
from kaja.content.models import Attachment, Feed, FeedRule, Item, Media
from kaja.guidelines import documents
from kaja.networks import company_apps
from kaja.networks.catalogue import BY_KEY
from kaja.networks.models import NetworkApp, SandboxPost
from kaja.outbound import Refused
from kaja.people import delegations, invitations, tokens
from kaja.people.models import Import, Invitation, RoleGrant
from kaja.people.roles import Role
from kaja.sharing import crisis, delegates
from kaja.sharing.models import SecondLook
from kaja.sharing.states import State
from tests import factories
from tests.cast import Cast
from tests.guidelines import writing
from tests.networks import guild

FORM = {"content-type": "application/x-www-form-urlencoded"}
CAST = ("liis", "mart", "kadri", "eda", "rein", "aado", "viivi", "sten")
EVERYBODY, NOBODY = set(CAST), set[str]()
SHARERS = {"liis", "mart", "kadri", "eda", "rein"}
READERS, EDITORS, REVIEWERS = {"kadri", "eda", "rein"}, {"kadri", "eda"}, {"kadri", "rein"}
PROGRAMME, PEOPLE, ADMINISTRATORS = {"kadri", "viivi"}, {"kadri", "aado"}, {"aado"}
KEYS = {"account-connect": "sandbox"} | dict.fromkeys(
    (
        "network-app",
        "network-app-test",
        "network-app-forget",
        "network-figures",
        "network-figures-test",
        "network-figures-forget",
    ),
    "guild",
)
OWNER = {"liis"}  # of the share, the account and the token below

UPLOAD = (("try", "GET"), ("columns", "POST"), ("go", "POST"), ("problems", "GET"), ("undo", "POST"))

# Name of the address: method, who may. Strangers are sent to the sign-in page from each of them.
GUARDED: dict[str, tuple[str, set[str]]] = {
    "feed": ("GET", EVERYBODY), "impact": ("GET", SHARERS), "shares": ("GET", SHARERS), "shares-sent": ("GET", SHARERS),
    "own-settings": ("GET", EVERYBODY), "accounts": ("GET", SHARERS), "read": ("GET", EVERYBODY),
    "sign-out-everywhere": ("POST", EVERYBODY), "token-add": ("POST", EVERYBODY), "token-revoke": ("POST", OWNER),
    "compose": ("GET", SHARERS), "compose-check": ("POST", SHARERS),
    "share": ("GET", OWNER), "share-confirm": ("POST", OWNER), "share-deny": ("POST", OWNER), "share-cancel": ("POST", OWNER),
    "share-retry": ("POST", OWNER), "share-remove": ("POST", OWNER), "share-edit": ("POST", OWNER),
    "previews": ("GET", SHARERS), "caption-check": ("POST", EDITORS),
    "share-words": ("GET", OWNER), "share-words-check": ("POST", OWNER),
    "share-go": ("POST", OWNER), "crisis": ("GET", PEOPLE), "crisis-resume": ("GET", PEOPLE),
    "crisis-prepare": ("GET", PEOPLE), "crisis-practise": ("GET", PEOPLE), "crisis-practised": ("GET", PEOPLE),
    "share-move": ("GET", OWNER), "share-at-once": ("POST", OWNER), "queue": ("GET", SHARERS),
    "queue-remove": ("POST", SHARERS), "queue-pause": ("POST", SHARERS), "queue-resume": ("POST", SHARERS),
    "delegate-name": ("POST", SHARERS),
    "prepare-desk": ("GET", EVERYBODY), "prepare-choose": ("GET", {"mart"}), "prepare-compose": ("GET", {"mart"}),
    "prepare-own": ("GET", {"mart"}), "prepare-own-again": ("GET", {"mart"}),
    "prepare-check": ("POST", {"mart"}), "prepare-withdraw": ("POST", {"mart"}), "prepare-take-out": ("POST", {"mart"}),
    "approval": ("GET", OWNER), "approval-approve": ("POST", OWNER), "approval-decline": ("POST", OWNER),
    "delegate-end": ("POST", {"liis", "mart"}),
    "account-connect": ("POST", SHARERS), "account-oauth": ("POST", SHARERS), "account-oauth-back": ("GET", SHARERS),
    "account-password": ("POST", SHARERS), "account-disconnect": ("POST", OWNER),
    "account-figures": ("POST", OWNER), "account-figures-stop": ("POST", OWNER),
    "ideas": ("GET", EVERYBODY), "idea-new": ("GET", EVERYBODY), "ideas-alike": ("GET", EVERYBODY),
    "ideas-told": ("POST", EVERYBODY), "idea": ("GET", EVERYBODY), "idea-change": ("GET", OWNER),
    "idea-vote": ("POST", EVERYBODY), "idea-comment": ("POST", EVERYBODY), "idea-answer": ("POST", EDITORS),
    "ideacomment-remove": ("POST", OWNER | EDITORS), "idea-turn": ("POST", EDITORS), "idea-remove": ("POST", OWNER | EDITORS),
    "own-posts": ("GET", SHARERS), "own-post-new": ("GET", SHARERS), "own-post": ("GET", OWNER),
    "own-post-everybody": ("POST", EDITORS), "own-post-remove": ("POST", OWNER),
    "react": ("POST", EVERYBODY), "feed-why": ("GET", EVERYBODY), "item-note": ("GET", EVERYBODY), "note-answer": ("POST", EDITORS),
    "library": ("GET", READERS), "item": ("GET", READERS), "item-new": ("GET", EDITORS), "sources": ("GET", EDITORS),
    "source": ("GET", EDITORS), "source-pause": ("POST", EDITORS), "source-change": ("POST", EDITORS),
    "source-read": ("POST", EDITORS), "source-rule-add": ("GET", EDITORS), "source-rule": ("GET", EDITORS),
    "source-rule-move": ("POST", EDITORS), "source-rule-remove": ("POST", EDITORS), "source-remove": ("POST", EDITORS),
    "items-import": ("GET", EDITORS), "people-import": ("GET", PEOPLE),
    **{f"items-import-{name}": (method, {"eda"}) for name, method in UPLOAD},  # the one who brought the file
    **{f"people-import-{name}": (method, {"aado"}) for name, method in UPLOAD},
    "suggest": ("GET", SHARERS), "suggest-button": ("GET", SHARERS),
    "item-submit": ("POST", EDITORS), "caption-add": ("POST", EDITORS),
    "item-attach": ("POST", EDITORS), "item-move": ("POST", EDITORS), "item-describe": ("POST", EDITORS),
    "item-detach": ("POST", EDITORS), "item-body": ("POST", EDITORS), "item-look": ("POST", EDITORS),
    "caption-change": ("POST", EDITORS), "caption-remove": ("POST", EDITORS), "item-withdraw": ("POST", READERS),
    "library-export": ("GET", READERS), "library-bulk": ("GET", READERS), "item-still-right": ("POST", EDITORS),
    "bulk-done": ("GET", {"eda"}), "bulk-undo": ("POST", {"eda"}), "bulk-stop": ("POST", {"eda"}),  # whoever made the change
    "library-views": ("GET", READERS), "view-change": ("POST", {"rein"}), "view-remove": ("POST", {"rein"}),
    "item-comment": ("POST", READERS), "item-versions": ("GET", READERS), "item-restore": ("POST", EDITORS),
    "change-discard": ("POST", EDITORS), "item-audience": ("GET", READERS), "review": ("GET", REVIEWERS),
    "audiences": ("GET", READERS | PEOPLE), "audience": ("GET", READERS | PEOPLE), "audience-new": ("GET", EDITORS),
    "audience-people": ("GET", PEOPLE), "audience-remove": ("POST", REVIEWERS), "own-interests": ("GET", EVERYBODY),
    "categories": ("GET", PEOPLE), "category": ("GET", PEOPLE), "category-new": ("GET", PEOPLE),
    "teams": ("GET", PEOPLE), "team": ("GET", PEOPLE),
    "review-queue": ("GET", REVIEWERS), "item-approve": ("POST", REVIEWERS), "item-return": ("POST", REVIEWERS),
    "programme": ("GET", PROGRAMME), "programme-growth": ("GET", PROGRAMME), "figure": ("GET", PROGRAMME),
    "people": ("GET", PEOPLE), "person": ("GET", PEOPLE), "invite": ("POST", PEOPLE), "invitation-revoke": ("POST", PEOPLE),
    "company-settings": ("GET", ADMINISTRATORS), "network-apps": ("GET", ADMINISTRATORS),
    "network-app": ("GET", ADMINISTRATORS), "network-app-test": ("POST", ADMINISTRATORS),
    "network-app-forget": ("POST", ADMINISTRATORS), "jobs": ("GET", ADMINISTRATORS),
    "jobs-decide": ("POST", ADMINISTRATORS), "share-by-hand": ("POST", OWNER),
    "network-figures": ("GET", ADMINISTRATORS), "network-figures-test": ("POST", ADMINISTRATORS),
    "network-figures-forget": ("POST", ADMINISTRATORS),
    "guidelines": ("GET", EVERYBODY), "guide-confirm": ("POST", EVERYBODY), "guide-later": ("POST", EVERYBODY),
    "guide-answers": ("GET", EVERYBODY), "guide-version": ("GET", EVERYBODY), "guide-changes": ("GET", EVERYBODY),
    "guide-pdf": ("GET", EVERYBODY), "guide-confirmed": ("GET", {"kadri"}),
    "guide-editor": ("GET", EDITORS), "guide-begin": ("POST", EDITORS), "guide-add": ("POST", EDITORS),
    "guide-preview": ("GET", EDITORS), "guide-compare": ("GET", EDITORS), "guide-publish": ("POST", EDITORS),
    "guide-discard": ("POST", EDITORS), "guide-link": ("POST", EDITORS), "guide-adopt": ("GET", EDITORS),
    "guide-piece": ("POST", EDITORS), "guide-move": ("POST", EDITORS), "guide-remove": ("POST", EDITORS),
    "guide-restore": ("POST", EDITORS),
    "rules": ("GET", EDITORS), "rule-new": ("GET", EDITORS), "rule": ("GET", EDITORS), "rule-tried": ("GET", EDITORS),
    "rule-call-back": ("POST", EDITORS), "rule-discard": ("POST", EDITORS), "rule-end": ("POST", EDITORS),
    "rules-from": ("POST", EDITORS),
    "calendar": ("GET", READERS), "calendar-move": ("GET", EDITORS), "calendar-span": ("GET", EDITORS),
    "second-looks": ("GET", REVIEWERS), "look-pass": ("POST", REVIEWERS), "look-return": ("POST", REVIEWERS),
    "calendar-subscribe": ("GET", READERS), "calendar-file": ("GET", READERS),
    "campaigns": ("GET", EVERYBODY), "campaign": ("GET", EVERYBODY), "campaign-new": ("GET", EDITORS),
    "campaign-edit": ("GET", EDITORS), "campaign-add": ("POST", EDITORS), "campaign-post": ("POST", EDITORS),
    "campaign-take": ("POST", EDITORS), "campaign-remove": ("POST", EDITORS),
    "campaign-start": ("POST", {"kadri"}), "campaign-end": ("POST", {"kadri"}),
    "resources": ("GET", EVERYBODY),
    "media": ("GET", EDITORS), "media-one": ("GET", EDITORS), "media-add": ("POST", EDITORS), "media-alt": ("POST", EDITORS),
    "media-still": ("POST", EDITORS), "media-remove": ("POST", EDITORS),
    "sandbox": ("GET", EVERYBODY), "sandbox-react": ("POST", EVERYBODY),
}  # fmt: skip
# Open to everybody, strangers too: they show nothing of the company, or are the way in.
OPEN = {
    "account-oauth-back",
    "approve-by-link",  # the signed token is the key: tests/sharing/test_delegates.py
    "calendar-ics",  # the token is the key: tests/hub/test_ical.py
    "guide-public", "guide-public-pdf", "guide-picture",  # the token, or the hash, is the key
    "media-file",  # signed in, or with a key: tests/content/test_media.py
    "story", "picture-jpeg",  # what the company has made public
    "set-language", "invitation", "company-logo", "picture", "demo-signin", "health", "ready", "metrics", "oauth-client",
}  # fmt: skip


def names(patterns: Any) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from names(pattern.url_patterns) if pattern.namespace is None else []
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield pattern.name


def test_every_address_stands_in_the_table() -> None:
    known = {name for name in names(get_resolver().url_patterns) if not name.startswith("account_")}
    assert known == set(GUARDED) | OPEN


@pytest.fixture
def addresses(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Each guarded address, of a row that is there and belongs to Liis where rows belong to somebody."""

    def fetch(_url: str, **_options: object) -> None:
        raise Refused("unreachable", "The server does not answer.")

    monkeypatch.setattr(outbound, "fetch", fetch)
    guild.opened(monkeypatch, reads=True)
    for use in NetworkApp.Use:
        keys = {"client_id": "a", "client_secret": "b"}
        company_apps.save(person=cast.aado, network=BY_KEY["guild"], given=keys, use=use)
    item = factories.item("NW-7", "The fridge lost.", campaign=factories.campaign("Quiet Week"))
    share = factories.share(cast.liis, item, state=State.UNKNOWN, reason="opened", published_at=None, confirmed="")
    kept = factories.picture()
    attached = Attachment.objects.create(item=item, media=kept)
    account, words = factories.account(cast.liis), item.captions.get()
    tokens.create(person=cast.liis)
    invitations.invite(actor=cast.kadri, email="new@nordwind.example", roles=[Role.ADVOCATE])
    feed = Feed.objects.create(url="https://x.example/rss", category=item.category)
    rule = FeedRule.objects.create(feed=feed, category=item.category, title_has="a")
    Import.objects.create(key="items-import", person=cast.eda, kind="items", name="a.csv", content=b"Title\nA\n")
    Import.objects.create(
        key="people-import", person=cast.aado, kind="people", name="p.csv", content=b"Email,First name\n"
    )
    picture = Media.objects.create(sha256="a" * 64, width=4, height=3, mime="image/webp", file="pictures/a.webp")
    post = SandboxPost.objects.create(account="sandbox:liis.tamm", key="k", text="Hello")
    change = items.change(person=cast.eda, item=factories.item("Other", "w"), title="Changed")
    crowd = factories.audience(cast.kadri, "Sales", team=[str(cast.liis.team_id)])
    idea = ideas.suggest(person=cast.liis, kind="idea", title="How we tell glass from air")
    mine = own_posts.write(person=cast.liis, text="Lunch", category=item.category, language="en")
    second = factories.account(cast.liis, network="guild")
    waits = factories.share(cast.mart, item, state=State.HELD, reason="eyes", published_at=None, confirmed="")
    look = SecondLook.objects.create(share=waits, text="My own words.", due_at=waits.created_at)
    numbers = {
        "look": look.pk, "idea": idea.pk, "ideacomment": ideas.comment(person=cast.liis, idea=idea, text="Yes").pk, "own": mine.pk, "react": item.pk,
        "feed-why": item.pk, "note": notes.write(person=cast.liis, item=item, text="Is it true?").pk,
        "token": tokens.of(cast.liis).get().pk, "share": share.pk, "shares": share.pk, "item": item.pk, "read": item.pk,
        "compose": item.pk, "previews": item.pk, "caption": words.pk, "caption-add": item.pk, "caption-check": item.pk, "source": feed.pk, "person": cast.mart.pk, "invitation": Invitation.objects.get().pk,
        "account": account.pk, "account-figures": second.pk,
        "account-figures-stop": second.pk, "sandbox": post.pk, "guide": 1, "rule": writing.rule(cast.eda).rule_id,
        "calendar": item.pk, "campaign": item.pk, "media": picture.pk, "review": item.pk, "change": change.pk,
        "audience": crowd.pk, "category": item.category_id, "team": cast.mart.team_id or 0,
        "bulk": bulk.apply(person=cast.eda, chosen=[item.pk], what="ends", typed="").pk,
        "view": saved.save(person=cast.rein, name="Mine", query="words=a").pk,
        "attachment": attached.pk,
        "crisis": crisis.rehearse(person=cast.kadri, why="x", words=crisis.Words(notice={"en": "Wait."})).pk,
    }  # fmt: skip
    writing.published(cast.eda)
    documents.begin(person=cast.eda)
    delegation = delegations.name(person=cast.liis, delegate=cast.mart)
    row = delegates.prepare(person=cast.mart, executive=cast.liis, item=item, accounts=[account], text="Prepared.")
    written = own_posts.write(
        person=cast.liis, by=cast.mart, text="In her name.", category=item.category, language="en"
    )
    Item.objects.filter(pk=written.pk).update(state=Item.State.DRAFT)
    numbers |= {
        "prepare-own-again": written.pk,
        "delegate": delegation.pk,
        "prepare": item.pk,
        "prepare-withdraw": row.pk,
        "approval": row.pk,
    }
    numbers |= {"prepare-take-out": row.pk, "taken-out": row.shares.get().pk}
    return {name: _address(name, {**numbers, "feed-rule": rule.pk, "person-for": cast.liis.pk}) for name in GUARDED}


def _address(name: str, numbers: dict[str, int]) -> str:
    number = numbers.get(name, numbers.get(name.partition("-")[0], 0))
    upload: list[dict[str, Any]] = [{"key": name.rpartition("-")[0]}] if "import" in name else []
    for arguments in (
        {}, {"name": "clicks"}, *upload, {"key": KEYS.get(name, "bluesky")}, {"number": numbers["item"], "caption": number},
        {"number": numbers["item"], "attachment": numbers["attachment"]}, {"number": number}, {"number": numbers["item"], "version": 1},
        {"starter": "short"}, {"piece": "gone"}, {"number": number, "rule": numbers.get("feed-rule", 0)}, {"kind": "topic"}, {"slug": "quiet-week"}, {"slug": "quiet-week", "number": number}, {"number": number, "named": "end"},
        {"number": number, "what": "likes"}, {"number": number, "share": numbers.get("taken-out", 0)},
        {"person": numbers["person-for"]}, {"person": numbers["person-for"], "number": number},
    ):  # fmt: skip
        try:
            return reverse(name, kwargs=arguments)
        except NoReverseMatch:
            continue
    raise AssertionError(f"Say how {name} is addressed.")


@pytest.mark.parametrize("who", CAST)
def test_who_may_is_let_in_and_who_may_not_meets_404(cast: Cast, addresses: dict[str, str], who: str) -> None:
    wrong = {}
    for name, (method, may) in GUARDED.items():
        client = Client()
        client.force_login(getattr(cast, who))
        status = client.generic(method, addresses[name], headers=FORM).status_code
        if (status != 404) != (who in may) or status >= 500:
            wrong[name] = status
    assert wrong == {}


def test_a_stranger_is_sent_to_the_sign_in_page(addresses: dict[str, str]) -> None:
    wrong = {}
    for name, (method, _may) in GUARDED.items():
        answer = Client().generic(method, addresses[name])
        if answer.status_code != 302 or not answer["Location"].startswith("/signin/?next="):
            wrong[name] = answer.status_code
    assert wrong == {}


def test_a_number_that_no_row_has_leads_nowhere(cast: Cast, addresses: dict[str, str]) -> None:
    RoleGrant.objects.bulk_create(
        RoleGrant(person=cast.kadri, role=role) for role in Role if role not in cast.kadri.roles
    )
    wrong = {}
    for name, (method, _may) in GUARDED.items():
        for number in (0, 2**31, 2**63, 10**30):
            address = re.sub(r"\d+", str(number), addresses[name])
            if address == addresses[name]:
                continue
            client = Client()
            client.force_login(cast.kadri)
            status = client.generic(method, address, headers=FORM).status_code
            if status != 404:
                wrong[address] = status
    assert wrong == {}
