"""The company's keys at a network: entered step by step, tested, replaced, never shown, forgotten."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils import timezone

from kaja.audit.models import Line
from kaja.networks import company_apps, connecting, expiry, standing
from kaja.networks.catalogue import BY_KEY
from kaja.networks.contract import Retry
from kaja.networks.models import ConnectedAccount, NetworkApp
from kaja.people import tokens
from kaja.people.models import Person
from tests import factories
from tests.cast import Cast
from tests.networks import guild
from tests.networks.guild import Server

pytestmark = pytest.mark.django_db
Use = NetworkApp.Use
KEYS = {"client_id": "id-1", "client_secret": "s3cret", "region": "south"}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    return guild.opened(monkeypatch)


# --- verbs -----------------------------------------------------------------------------------------------------------
def test_the_network_gets_what_was_entered_and_the_secret_lies_sealed(cast: Cast, server: Server) -> None:
    company_apps.save(person=cast.aado, network=BY_KEY["guild"], given=KEYS)
    row = NetworkApp.objects.get()
    assert (row.client_id, row.entries) == ("id-1", {"region": "south"})
    assert b"s3cret" not in bytes(row.sealed)
    connecting.begin_oauth(person=cast.liis, network=BY_KEY["guild"], handle="")
    (client,) = server.seen
    assert (client.client_id, client.secret, dict(client.settings)) == ("id-1", "s3cret", {"region": "south"})
    assert client.redirect_uri.endswith("/me/accounts/oauth/guild/back/")


def test_a_secret_that_is_left_empty_stays_and_a_default_fills_in(cast: Cast, server: Server) -> None:
    network = BY_KEY["guild"]
    company_apps.save(person=cast.aado, network=network, given={**KEYS, "region": ""})
    app = company_apps.save(person=cast.aado, network=network, given={"client_id": "id-2", "client_secret": " "})
    assert app.entries == {"region": "north"}
    assert (app.client_id, company_apps.secrets(app)) == ("id-2", {"client_secret": "s3cret"})
    company_apps.save(person=cast.aado, network=network, given={"client_id": "id-2", "client_secret": "new"})
    app.refresh_from_db()
    assert company_apps.secrets(app) == {"client_secret": "new"}
    assert NetworkApp.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "wrong"),
    [({}, {"client_id", "client_secret"}), ({**KEYS, "client_id": "a\nb"}, {"client_id"}),
     ({**KEYS, "client_id": "x" * 201}, {"client_id"}), ({**KEYS, "client_secret": "x" * 4001}, {"client_secret"})],
)  # fmt: skip
def test_what_is_no_key_is_refused_by_field(cast: Cast, server: Server, given: dict[str, str], wrong: set[str]) -> None:
    with pytest.raises(ValidationError) as refused:
        company_apps.save(person=cast.aado, network=BY_KEY["guild"], given=given)
    assert set(refused.value.message_dict) == wrong
    assert not NetworkApp.objects.exists()


def test_a_test_tells_each_check_and_new_keys_have_to_be_tested_anew(cast: Cast, server: Server) -> None:
    network = BY_KEY["guild"]
    company_apps.save(person=cast.aado, network=network, given={**KEYS, "client_secret": "wrong"})
    assert [(one.what, one.passed) for one in connecting.test_app(person=cast.aado, network=network, use=Use.POSTING)] == [
        ("Keys accepted", False), ("Region known", True),
    ]  # fmt: skip
    assert standing.one("guild").keys == standing.Keys.REFUSED  # type: ignore[union-attr]
    company_apps.save(person=cast.aado, network=network, given=KEYS)
    assert standing.one("guild").keys == standing.Keys.UNTESTED  # type: ignore[union-attr]
    connecting.test_app(person=cast.aado, network=network, use=Use.POSTING)
    assert standing.one("guild").keys == standing.Keys.WORK  # type: ignore[union-attr]
    verbs = set(Line.objects.values_list("verb", flat=True))
    assert {"network_app.saved", "network_app.tested"} <= verbs
    assert not any("s3cret" in str(line.details) for line in Line.objects.all())


def test_a_network_that_does_not_answer_is_a_finding_with_a_remedy(cast: Cast, server: Server) -> None:
    company_apps.save(person=cast.aado, network=BY_KEY["guild"], given=KEYS)
    server.refuses = Retry("silence")
    (found,) = connecting.test_app(person=cast.aado, network=BY_KEY["guild"], use=Use.POSTING)
    assert (found.passed, found.remedy) == (False, "Try again in a few minutes.")


def test_forgetting_erases_the_keys_and_accounts_are_not_at_fault(cast: Cast, server: Server) -> None:
    app = company_apps.save(person=cast.aado, network=BY_KEY["guild"], given=KEYS)
    account = factories.account(cast.liis, "guild")
    company_apps.forget(person=cast.aado, app=app)
    assert not NetworkApp.objects.exists()
    assert not company_apps.works_by_api(BY_KEY["guild"])
    with pytest.raises(Retry, match="no-app"):
        connecting.session(account)
    # Neither the hourly renewal nor the announcement takes it for a broken permission.
    ConnectedAccount.objects.update(expires_at=timezone.now() + timedelta(days=3))
    expiry.renew(account.pk)
    connecting.renew_due()
    account.refresh_from_db()
    assert (account.state, account.sealed is None) == (ConnectedAccount.State.WORKS, False)


def test_only_who_changes_settings_may(cast: Cast, server: Server) -> None:
    network = BY_KEY["guild"]
    app = company_apps.save(person=cast.aado, network=network, given=KEYS)
    for somebody in (cast.liis, cast.kadri, cast.viivi, cast.sten):
        with pytest.raises(PermissionDenied):
            company_apps.save(person=somebody, network=network, given=KEYS)
        with pytest.raises(PermissionDenied):
            connecting.test_app(person=somebody, network=network, use=Use.POSTING)
        with pytest.raises(PermissionDenied):
            company_apps.forget(person=somebody, app=app)
    with pytest.raises(PermissionDenied):  # a network that wants no app
        company_apps.save(person=cast.aado, network=BY_KEY["bluesky"], given=KEYS)


# --- REST ------------------------------------------------------------------------------------------------------------
def test_the_api_says_where_kaja_can_post_and_never_the_keys(cast: Cast, client: Client, server: Server) -> None:
    def told(person: Person) -> tuple[dict[str, object], str]:
        token = tokens.create(person=person)
        answer = client.get("/api/v1/networks", headers={"Authorization": f"Bearer {token}"})
        return {one["key"]: one for one in answer.json()["items"]}["guild"], answer.content.decode()

    before, _text = told(cast.liis)
    assert (before["posting"], before["needs_keys"], before["connect"], bool(before["dialog"])) == (
        False,
        True,
        [],
        True,
    )
    company_apps.save(person=cast.aado, network=BY_KEY["guild"], given=KEYS)
    after, text = told(cast.aado)
    assert (after["posting"], after["connect"]) == (True, ["oauth"])
    assert "s3cret" not in text
    assert "id-1" not in text
    assert client.get("/api/v1/networks").status_code == 401
