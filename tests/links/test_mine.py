from collections.abc import Callable

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from pytest_django import Settings

from kaja.links import mine
from kaja.people.models import Person
from tests.cast import Cast


def test_a_cookie_names_its_person() -> None:
    assert mine.owner_of(mine.cookie_value(42)) == 42


@pytest.mark.parametrize(
    "value", ["", "42", "42.", ".", "43.{}", "42.{}x", "４２.{}", "-1.{}", "a.b", "42.ä", "9" * 5000]
)
def test_a_cookie_that_we_did_not_make_names_nobody(value: str) -> None:
    signature = mine.cookie_value(42).partition(".")[2]
    assert mine.owner_of(value.format(signature)) is None


def test_another_installations_cookie_names_nobody(settings: Settings) -> None:
    value = mine.cookie_value(42)
    settings.SECRET_KEY = "another"
    mine.owner_of.cache_clear()
    assert mine.owner_of(value) is None
    mine.owner_of.cache_clear()


@pytest.mark.parametrize(
    ("pages", "links", "domain"),
    [
        ("https://kaja.nordwind.example", "https://kaja.nordwind.example/l", None),
        ("https://kaja.nordwind.example", "https://go.nordwind.example", "nordwind.example"),
        ("https://nordwind.example", "https://k.nordwind.example", "nordwind.example"),
        ("https://kaja.nordwind.example", "https://nw.example", None),
        ("http://127.0.0.1:8000", "http://10.0.0.1:8000", None),
    ],
)
def test_the_cookie_goes_where_pages_and_links_meet(
    settings: Settings, pages: str, links: str, domain: str | None
) -> None:
    settings.BASE_URL, settings.LINK_BASE_URL = pages, links
    assert mine.domain() == domain


def through(request: HttpRequest) -> HttpResponse:
    return mine.MineMiddleware(lambda _request: HttpResponse("page"))(request)


@pytest.mark.django_db
def test_a_signed_in_person_gets_the_cookie_once_and_loses_it_signed_out(cast: Cast, rf: RequestFactory) -> None:
    from django.contrib.auth.models import AnonymousUser

    request = rf.get("/")
    request.user = cast.liis
    cookie = through(request).cookies[mine.COOKIE]
    assert mine.owner_of(cookie.value) == cast.liis.pk
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["path"] == "/"  # noqa: PT018

    request.COOKIES[mine.COOKIE] = cookie.value
    assert not through(request).cookies
    request.user = cast.mart  # another person at the same browser
    assert mine.owner_of(through(request).cookies[mine.COOKIE].value) == cast.mart.pk
    request.user = AnonymousUser()
    assert through(request).cookies[mine.COOKIE]["max-age"] == 0


@pytest.mark.django_db
def test_the_pages_really_set_it(cast: Cast, signed_in: Callable[[Person], Client], client: Client) -> None:
    got = signed_in(cast.liis).get("/no-such-page/")
    assert mine.owner_of(got.cookies[mine.COOKIE].value) == cast.liis.pk
    assert mine.COOKIE not in client.get("/no-such-page/").cookies
