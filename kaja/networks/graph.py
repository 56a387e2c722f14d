"""Meta's Graph API, which Threads, Instagram and Facebook Pages speak: calls, errors as outcomes, tokens of 60 days.

Facts: developers.facebook.com, "Handle Errors" of the Graph API and "Long-Lived Tokens" of Threads and Instagram.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from kaja.networks import answers
from kaja.networks.contract import (
    Client,
    Connected,
    Entry,
    Figures,
    Finding,
    Http,
    Journey,
    NeedsReconnect,
    Outcome,
    Permanent,
    Request,
    Response,
    Retry,
    Session,
    Unknown,
    gettext_noop,
)

# Permissions that are used live on for as long as they are renewed: once a week is what Meta recommends.
RENEW_WITHIN = timedelta(days=53)
# How long to wait when the network limits us and does not say how long.
PATIENCE = timedelta(hours=1)
SOON = timedelta(seconds=30)

TOKEN = {102, 190, 2500}
# 80000 to 80014 are the limits of one kind of use each (Pages, Instagram, …), 9 a quota of posts.
LIMITED = {4, 9, 17, 32, 341, 613, *range(80000, 80015)}
SCOPE = {3, 10, *range(200, 300)}
DOUBT = {-1, 1, 2}
GONE = {24, 803}
DUPLICATE, BLOCKED_FOR_A_TIME = 506, 368
# Subcodes: the account is restricted, its actions are blocked, what it says looks like spam.
BLOCKED = {2207001, 2207050, 2207051, 4279013}
# What was made a moment ago is not known everywhere yet, or its picture is still being read.
NOT_YET = {2207027, 4279009}
NO_SUCH = 33
QUOTA = 2207042
# A part of a film that does not begin where the last one ended: the network says where it goes on.
MISPLACED = 1363037
# A part came in halves, or too late: the same part again.
PASSING = {1363019, 1363030, 1363033}


class Gone(Permanent):
    """There is nothing of this id there, or nothing that this account may see."""


class Misplaced(Retry):
    """A part of a file does not begin where the last one ended. `span`: from where to where the network wants bytes
    now, None when it does not say."""

    def __init__(self, detail: str, found: object) -> None:
        super().__init__("not-ready", detail)
        self.span = span(found) if isinstance(found, dict) else None


def span(found: Mapping[str, Any]) -> tuple[int, int] | None:
    """From where to where the network wants the next bytes of a file; None when it does not say. Meta writes numbers as
    words."""
    try:
        first, end = int(str(found["start_offset"])), int(str(found["end_offset"]))
    except (KeyError, ValueError):
        return None
    return (first, end) if 0 <= first <= end else None


@dataclass
class Hosts:
    """Where people sign in, where the API is, and its version, which stands in the path; settings may name others."""

    site: str
    api: str
    version: str
    # Where the first token is given; empty: by the API.
    tokens: str = ""

    @property
    def base(self) -> str:
        return f"{self.api}/{self.version}"


# --- calls ------------------------------------------------------------------------------------------------------------
def get(http: Http, url: str, **fields: str) -> dict[str, Any]:
    """What the network says to a question. Raises an Outcome."""
    return _said(answers.send(http, Request("GET", f"{url}?{urlencode(fields)}", {})))


def post(http: Http, url: str, **fields: str) -> dict[str, Any]:
    """What the network says to a form. Raises an Outcome."""
    headers, body = answers.form(fields)
    return _said(answers.send(http, Request("POST", url, headers, body)))


def upload(
    http: Http, url: str, *, file: bytes, mime: str, fields: Mapping[str, str], name: str = "picture.jpg",
    part: str = "source",
) -> dict[str, Any]:  # fmt: skip
    """What the network says to a form with a file. Raises an Outcome."""
    headers, body = answers.multipart(fields, file=file, name=name, mime=mime, part=part)
    return _said(answers.send(http, Request("POST", url, headers, body)))


def delete(http: Http, url: str, **fields: str) -> None:
    """Take something away; what is gone already is fine."""
    try:
        _said(answers.send(http, Request("DELETE", f"{url}?{urlencode(fields)}", {})))
    except Gone:
        return


def _said(answer: Response) -> dict[str, Any]:
    told = answers.glimpse(answer)
    if answer.status >= 400 or isinstance(told.get("error"), dict):
        raise refusal(answer)
    return answers.read(answer)


def refusal(answer: Response) -> Outcome:
    """An answer that is no success, as one of the four outcomes: by its code and subcode, else by its status."""
    told = answers.glimpse(answer).get("error")
    error = told if isinstance(told, dict) else {}
    code, subcode = answers.number(error, "code"), answers.number(error, "error_subcode")
    if error.get("code") == -1:
        code = -1
    words = str(error.get("error_user_msg") or error.get("message") or answers.words(answer))[:500]
    if subcode in BLOCKED or code == BLOCKED_FOR_A_TIME:
        return Permanent("blocked", words)
    if subcode == MISPLACED:
        return Misplaced(words, _parsed(error.get("error_data")))
    if subcode in PASSING:
        return Unknown("server-error", words)
    if subcode in NOT_YET:
        return Retry("still-processing", words, after=SOON)
    if code in GONE or (code == 100 and subcode == NO_SUCH):
        return Gone("gone-there", words)
    if code in TOKEN or (code is None and answer.status == 401):
        return NeedsReconnect("refused-token", words)
    if code in LIMITED or subcode == QUOTA:
        return Retry("rate-limit", words, after=_patience(answer))
    if code in SCOPE or (code is None and answer.status == 403):
        return NeedsReconnect("scope", words)
    if code in DOUBT:
        return Unknown("server-error", words)
    return Permanent("duplicate" if code == DUPLICATE else "refused", words)


def _parsed(given: object) -> object:
    """What stands in an error's further words, which come as an object, or as one written out."""
    if not isinstance(given, str):
        return given
    try:
        return json.loads(given)
    except ValueError:
        return None


def _patience(answer: Response) -> timedelta:
    """How long until calls are taken again, in minutes in a header; an hour when it does not say."""
    try:
        uses = json.loads(answer.headers.get("x-business-use-case-usage", ""))
        minutes = max(int(one["estimated_time_to_regain_access"]) for many in uses.values() for one in many)
    except (ValueError, KeyError, TypeError, AttributeError):
        return PATIENCE
    return timedelta(minutes=min(minutes, 24 * 60)) if minutes > 0 else PATIENCE


def rows(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of a list. Raises Unknown for anything else: no list is not an empty one."""
    found = answer.get("data")
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Unknown("unreadable", str(answer)[:300])
    return found


def pages(http: Http, url: str, most: int, **asked: str) -> Iterator[list[dict[str, Any]]]:
    """A list, page by page. Raises Unknown when it goes on after `most` pages."""
    after = ""
    for _page in range(most):
        answer = get(http, url, **asked, **({"after": after} if after else {}))
        yield rows(answer)
        after = _next_page(answer)
        if not after:
            return
    raise Unknown("too-many-posts")


def _next_page(answer: Mapping[str, Any]) -> str:
    """Where the list goes on; empty at its end."""
    paging = answer.get("paging")
    cursors = paging.get("cursors") if isinstance(paging, dict) and paging.get("next") else None
    return str(cursors.get("after") or "") if isinstance(cursors, dict) else ""


# --- signing in -------------------------------------------------------------------------------------------------------
def journey(address: str, client: Client, scope: str) -> Journey:
    """Send the person to `address` to agree to `scope`."""
    state = secrets.token_urlsafe(24)
    query = {
        "client_id": client.client_id, "redirect_uri": client.redirect_uri, "scope": scope, "response_type": "code",
        "state": state,
    }  # fmt: skip
    return Journey(f"{address}?{urlencode(query)}", state, {"state": state})


def code(pending: Mapping[str, Any], told: Mapping[str, str]) -> str:
    """The code that the person brought back. Raises Permanent when they said no, or it is of another journey."""
    if told.get("error"):
        raise Permanent("sign-in-denied", told.get("error_description") or told["error"])
    return answers.code(pending, told).removesuffix("#_")


@contextmanager
def signing_in() -> Iterator[None]:
    """Around the end of a journey: whatever Meta does not take there is a sign-in that came to nothing."""
    try:
        yield
    except (Permanent, NeedsReconnect) as refused:
        if refused.reason in ("refused", "gone-there", "refused-token", "scope"):
            raise Permanent("sign-in-refused", refused.detail) from refused
        raise


def token(session: Session) -> str:
    return str(session.secrets["access"])


def _ends(found: Mapping[str, Any]) -> datetime | None:
    """When a token just given ends; None when it does not."""
    seconds = answers.number(found, "expires_in")
    return datetime.now(UTC) + timedelta(seconds=seconds) if seconds else None


@dataclass(frozen=True)
class SignIn:
    """Sign-in at Threads and Instagram: a token of an hour is changed for one of 60 days, which can be renewed.

    `grant` begins the names of the exchanges; `number` is the field that holds an account's unchanging id."""

    hosts: Hosts
    scope: str
    grant: str
    number: str

    def begin(self, _http: Http, client: Client, _handle: str) -> Journey:
        return journey(f"{self.hosts.site}/oauth/authorize", client, self.scope)

    @signing_in()
    def finish(self, http: Http, client: Client, pending: Mapping[str, Any], told: Mapping[str, str]) -> Connected:
        """The person is back: take the token of an hour, change it for one of 60 days, see whose it is."""
        short = post(
            http, f"{self.hosts.tokens or self.hosts.api}/oauth/access_token",
            client_id=client.client_id, client_secret=client.secret, code=code(pending, told),
            grant_type="authorization_code", redirect_uri=client.redirect_uri,
        )  # fmt: skip
        listed = short.get("data")  # older answers of Instagram are a list of one
        given = listed[0] if isinstance(listed, list) and listed and isinstance(listed[0], dict) else short
        found = get(
            http, f"{self.hosts.api}/access_token", grant_type=f"{self.grant}_exchange_token",
            client_secret=client.secret, access_token=answers.text(given, "access_token"),
        )  # fmt: skip
        access = answers.text(found, "access_token")
        person = get(http, f"{self.hosts.base}/me", fields=f"{self.number},username,name", access_token=access)
        name = answers.text(person, "username")
        shown = str(person.get("name") or name)
        return Connected(answers.text(person, self.number), name, shown[:200], {"access": access}, _ends(found))

    def renew(self, http: Http, session: Session) -> Connected:
        """Another 60 days. Taken from a day after the token was given, and never after it has ended."""
        address = f"{self.hosts.api}/refresh_access_token"
        found = get(http, address, grant_type=f"{self.grant}_refresh_token", access_token=token(session))
        kept = {**session.secrets, "access": answers.text(found, "access_token")}
        return Connected(session.external_id, session.handle, "", kept, _ends(found))


# --- figures ----------------------------------------------------------------------------------------------------------
def figures(post_ids: list[str], told: Callable[[str], Figures]) -> dict[str, Figures]:
    """What `told` says of each post; those that it does not find are gone."""

    def one(post_id: str) -> Figures:
        try:
            return told(post_id)
        except Gone:
            return Figures(gone=True)

    return answers.one_by_one(post_ids, one)


def insights(found: Mapping[str, Any]) -> dict[str, int]:
    """Figures by their names: of a post they stand as a total, or as the one value of a list."""
    told = {}
    for one in rows(found):
        values = one.get("values")
        last = values[-1] if isinstance(values, list) and values else one.get("total_value")
        number = answers.number(last, "value") if isinstance(last, dict) else None
        if number is not None:
            told[str(one.get("name"))] = number
    return told


# --- the company's app ------------------------------------------------------------------------------------------------
REGISTER_AT = "https://developers.facebook.com/apps/"
# What is true of each of Meta's networks, or of those that take testers.
REVIEW = gettext_noop("The review asks for a verified business and takes weeks. Ask for it early.")
TESTERS = gettext_noop("Until Meta has reviewed the app, only people whom you add as testers can connect.")
# What an administrator enters, as Meta's page calls it.
ENTRIES = (
    Entry("client_id", gettext_noop("App ID")),
    Entry("client_secret", gettext_noop("App secret"), secret=True),
)


def keys_work(http: Http, url: str, client: Client) -> Finding:
    """Whether the app's keys are taken: they are exchanged for a token of the app itself, which is not kept. Raises an
    Outcome when the network cannot be asked."""
    what = gettext_noop("App ID and secret are taken")
    remedy = gettext_noop(
        "Copy both again from the app's page at Meta. Each use case has an ID and a secret of its own."
    )
    keys = {"client_id": client.client_id, "client_secret": client.secret}
    try:
        get(http, url, grant_type="client_credentials", **keys)
    except (Permanent, NeedsReconnect):
        return Finding(what, False, remedy)
    except Unknown as doubt:
        if "secret" not in doubt.detail.lower():  # a wrong one is told under the number of any unforeseen error
            raise
        return Finding(what, False, remedy)
    return Finding(what, True)


def public(client: Client) -> Finding:
    """Whether Kaja has an address that Meta takes for sign-in and can fetch pictures from."""
    return Finding(
        gettext_noop("Kaja has a public https address"),
        client.redirect_uri.startswith("https://"),
        gettext_noop("Give Kaja an address that begins with https:// and is open to the internet (KAJA_BASE_URL)."),
    )
