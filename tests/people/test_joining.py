"""Invitations, roles, closing accounts, the company's settings; and those who may not."""

import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as Handler
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image
from pytest_django import Settings as SettingsWrapper

from kaja.audit.models import Line
from kaja.people import company, invitations, persons, tokens
from kaja.people.models import Company, Invitation, Person
from kaja.people.roles import Role
from tests.cast import PASSWORD, Cast
from tests.peers.serving import free_port

SignIn = Callable[[Person], Client]


def token_of(link: str) -> str:
    return link.rstrip("/").rpartition("/")[2]


def test_an_invited_person_comes_in_with_the_link_and_has_the_roles(cast: Cast, client: Client) -> None:
    link = invitations.invite(actor=cast.kadri, email=" New.Person@nordwind.example ", roles=[Role.EDITOR])
    page = client.get(f"/invitation/{token_of(link)}/")
    assert "new.person@nordwind.example" in page.content.decode()
    done = client.post(
        f"/invitation/{token_of(link)}/", {"first_name": "New", "last_name": "Person", "password": PASSWORD}
    )
    assert done.status_code == 302
    person = Person.objects.get(email="new.person@nordwind.example")
    assert person.joined_at is not None
    assert person.roles == {"editor"}
    assert client.get("/").status_code == 200
    assert Line.objects.filter(verb="invitation.accepted").exists()


@pytest.mark.parametrize(
    ("spoil", "status", "sentence"),
    [
        ({"expires_at": timezone.now() - timedelta(minutes=1)}, 410, "open for 14 days"),
        ({"revoked_at": timezone.now()}, 410, "taken back"),
        ({"accepted_at": timezone.now()}, 410, "was used"),
    ],
)
def test_a_link_that_works_no_longer_says_why(
    cast: Cast, client: Client, spoil: dict[str, object], status: int, sentence: str
) -> None:
    link = invitations.invite(actor=cast.kadri, email="a@nordwind.example", roles=[Role.ADVOCATE])
    Invitation.objects.update(**spoil)
    answer = client.get(f"/invitation/{token_of(link)}/")
    assert answer.status_code == status
    assert sentence in answer.content.decode()
    client.post(f"/invitation/{token_of(link)}/", {"first_name": "X"})
    assert not Person.objects.filter(email="a@nordwind.example").exists()


def test_a_forged_link_changes_nothing(cast: Cast, client: Client) -> None:
    answer = client.get("/invitation/not-a-token/")
    assert answer.status_code == 404
    assert "no such invitation" in answer.content.decode()


def test_a_link_lets_in_once(cast: Cast) -> None:
    token = token_of(invitations.invite(actor=cast.kadri, email="a@nordwind.example", roles=[Role.ADVOCATE]))
    invitations.accept(token=token, first_name="A", last_name="")
    with pytest.raises(ValidationError):
        invitations.accept(token=token, first_name="B", last_name="")


def test_a_new_invitation_replaces_the_old_link(cast: Cast) -> None:
    old = invitations.invite(actor=cast.kadri, email="a@nordwind.example", roles=[Role.ADVOCATE])
    invitations.invite(actor=cast.kadri, email="a@nordwind.example", roles=[Role.ADVOCATE])
    assert invitations.find(token_of(old))[0] is invitations.State.REVOKED


def test_nobody_gives_away_more_than_they_may(cast: Cast) -> None:
    with pytest.raises(PermissionDenied):
        invitations.invite(actor=cast.kadri, email="a@nordwind.example", roles=[Role.ADMINISTRATOR])
    with pytest.raises(PermissionDenied):
        persons.set_roles(actor=cast.kadri, person=cast.liis, roles=frozenset({Role.ADMINISTRATOR}))
    for wrong in (cast.liis, cast.sten, cast.viivi):
        with pytest.raises(PermissionDenied):
            invitations.invite(actor=wrong, email="a@nordwind.example", roles=[Role.ADVOCATE])
        with pytest.raises(PermissionDenied):
            persons.set_roles(actor=wrong, person=cast.mart, roles=frozenset())
        with pytest.raises(PermissionDenied):
            persons.deactivate(actor=wrong, person=cast.mart)
        with pytest.raises(PermissionDenied):
            company.change(actor=wrong, name="Mine")


@pytest.mark.parametrize("address", ["", "no-at-sign", "two@@x.example", "a b@x.example", "liis.tamm@nordwind.example"])
def test_an_address_that_cannot_be_invited_is_told(cast: Cast, signed_in: SignIn, address: str) -> None:
    answer = signed_in(cast.kadri).post("/people/invite/", {"emails": address, "roles": ["advocate"]}, follow=True)
    assert answer.status_code == 200
    assert not Invitation.objects.exists()


def test_the_last_administrator_stays(cast: Cast) -> None:
    with pytest.raises(ValidationError):
        persons.set_roles(actor=cast.aado, person=cast.aado, roles=frozenset())
    with pytest.raises(ValidationError):
        persons.deactivate(actor=cast.aado, person=cast.aado)


def test_whoever_left_is_signed_out_and_cannot_come_back(cast: Cast, signed_in: SignIn) -> None:
    browser = signed_in(cast.liis)
    assert browser.get("/").status_code == 200
    signed_in(cast.aado).post(f"/people/{cast.liis.pk}/", {"leave": "1"})
    assert browser.get("/").status_code == 302
    wrong = Client().post("/signin/", {"login": cast.liis.email, "password": PASSWORD}, follow=True)
    assert "account_inactive" in str(wrong.redirect_chain) or "/signin/inactive/" in str(wrong.redirect_chain)


@pytest.mark.parametrize("path", ["/people/", "/settings/"])
def test_pages_of_the_few_are_404_for_the_others(cast: Cast, signed_in: SignIn, client: Client, path: str) -> None:
    assert signed_in(cast.liis).get(path).status_code == 404
    assert signed_in(cast.sten).get(path).status_code == 404
    assert client.get(path).status_code == 302
    assert signed_in(cast.aado).get(path).status_code == 200


@pytest.mark.parametrize("people", [10, 1000])
def test_the_list_of_people_costs_the_same_few_queries(
    cast: Cast, signed_in: SignIn, django_assert_num_queries: Callable[..., object], people: int
) -> None:
    Person.objects.bulk_create(Person(email=f"p{n}@nordwind.example", first_name=f"P{n}") for n in range(people))
    browser = signed_in(cast.kadri)
    browser.get("/people/")
    with django_assert_num_queries(9):  # type: ignore[attr-defined]
        browser.get("/people/")


def test_the_companys_colour_reaches_every_page_and_stays_readable(cast: Cast, signed_in: SignIn) -> None:
    browser = signed_in(cast.aado)
    out = BytesIO()
    Image.new("RGB", (600, 600), "red").save(out, "PNG")
    form = {
        "name": "Nordwind", "short_name": "NW", "colour": "#ffd400", "language": "et", "time_zone": "Europe/Riga",
        "hashtag": "#NW", "weekly_goal": 4, "utm_template": "utm_source={network}", "daily_cap": 5,
        "spread_most": 3, "spread_minutes": 15,
        "picture": SimpleUploadedFile("l.png", out.getvalue(), "image/png"),
    }  # fmt: skip
    assert browser.post("/settings/", form).status_code == 302
    row = Company.objects.get()
    assert (row.hashtag, row.weekly_goal) == ("NW", 4)
    page = browser.get("/")
    assert "--brand:light-dark(#ffd400" in page.content.decode()
    assert "nonce-" in page["Content-Security-Policy"]
    assert browser.get("/company/logo")["Content-Type"] == "image/png"


@pytest.mark.parametrize(
    ("field", "value"),
    [("colour", "red;}"), ("utm_template", "x={person}"), ("utm_template", "javascript"), ("hashtag", "a b"),
     ("weekly_goal", "-1"), ("time_zone", "Mars/Base"), ("picture", SimpleUploadedFile("l.svg", b"<svg onload=alert(1)>"))],
)  # fmt: skip
def test_odd_settings_are_refused_and_nothing_typed_is_lost(
    cast: Cast, signed_in: SignIn, field: str, value: object
) -> None:
    form = {
        "name": "Typed name", "short_name": "NW", "colour": "#0b6b5d", "language": "en", "time_zone": "Europe/Riga",
        "hashtag": "NW", "weekly_goal": 3, "utm_template": "utm_source={network}",
    }  # fmt: skip
    answer = signed_in(cast.aado).post("/settings/", {**form, field: value})
    assert answer.status_code == 422
    assert "Typed name" in answer.content.decode()
    assert Company.objects.get().name == "Nordwind Robotics"


def test_wrong_passwords_are_slowed_down_without_telling_whether_the_account_exists(cast: Cast, client: Client) -> None:
    answers = [
        client.post("/signin/", {"login": cast.liis.email, "password": f"wrong {n}"}, REMOTE_ADDR="203.0.113.7")
        for n in range(7)
    ]
    assert "Too many failed" in answers[-1].content.decode()
    right = client.post("/signin/", {"login": cast.liis.email, "password": PASSWORD}, REMOTE_ADDR="203.0.113.7")
    assert right.status_code != 302
    nobody = Client().post("/signin/", {"login": "x@y.example", "password": "wrong"}, REMOTE_ADDR="203.0.113.8")
    somebody = Client().post("/signin/", {"login": cast.mart.email, "password": "wrong"}, REMOTE_ADDR="203.0.113.8")
    assert nobody.status_code == somebody.status_code == 200


def test_a_code_by_e_mail_signs_in_over_a_real_mail_server(
    cast: Cast, client: Client, settings: SettingsWrapper
) -> None:
    received: list[str] = []

    class Box(Handler):
        def handle_message(self, message: object) -> None:
            received.append(str(message))

    port = free_port()
    server = Controller(Box(), hostname="127.0.0.1", port=port)
    server.start()
    try:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        client.post("/signin/code/", {"email": cast.liis.email})
    finally:
        server.stop()
    assert len(received) == 1
    code = re.search(r"^([A-Z0-9]{3,}-?[A-Z0-9]+)\s*$", received[0], re.M)
    assert code is not None, received[0]
    answer = client.post("/signin/code/confirm/", {"code": code[1]})
    assert answer.status_code == 302
    assert client.get("/").status_code == 200


def test_one_click_sign_in_exists_in_a_demo_only(cast: Cast, settings: SettingsWrapper) -> None:
    Person.objects.filter(pk=cast.kadri.pk).update(email="kadri.magi@nordwind.example")
    client = Client()
    settings.DEMO = False
    assert client.post("/signin/demo/", {"email": "kadri.magi@nordwind.example"}).status_code == 404
    assert "Look around as" not in client.get("/signin/").content.decode()
    settings.DEMO = True
    assert "Look around as" in client.get("/signin/").content.decode()
    assert client.post("/signin/demo/", {"email": "kadri.magi@nordwind.example"}).status_code == 302
    assert client.post("/signin/demo/", {"email": "sten.jogi@nordwind.example"}).status_code == 404


def test_signing_out_everywhere_ends_every_session(cast: Cast) -> None:
    one, two = Client(), Client()
    for browser in (one, two):
        browser.post("/signin/", {"login": cast.liis.email, "password": PASSWORD})
        assert browser.get("/").status_code == 200
    one.post("/me/sign-out-everywhere/")
    assert two.get("/").status_code == 302


def test_a_token_is_shown_once_works_and_can_be_revoked_by_its_owner_alone(cast: Cast, signed_in: SignIn) -> None:
    token = tokens.create(person=cast.liis, name="script")
    assert tokens.authenticate(token) == cast.liis
    row = tokens.of(cast.liis).get()
    assert token not in row.token_hash
    with pytest.raises(PermissionDenied):
        tokens.revoke(person=cast.mart, number=row.pk)
    assert signed_in(cast.mart).post(f"/me/tokens/{row.pk}/revoke/").status_code == 404
    tokens.revoke(person=cast.liis, number=row.pk)
    assert tokens.authenticate(token) is None


def test_a_language_is_kept_with_the_person_and_a_stranger_gets_the_browsers(cast: Cast, signed_in: SignIn) -> None:
    browser = signed_in(cast.liis)
    browser.post("/language/", {"language": "et", "next": "https://evil.example/"})
    cast.liis.refresh_from_db()
    assert cast.liis.language == "et"
    assert browser.get("/")["Content-Language"] == "et"
    assert Client().get("/signin/", headers={"accept-language": "et-EE,en;q=0.5"})["Content-Language"] == "et"
    assert Client().get("/signin/", headers={"accept-language": "xx"})["Content-Language"] == "en"
