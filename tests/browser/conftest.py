"""Chromium on a running Kaja with a small demo company. Use `visit`: a page of a person in a given look."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from kaja import memory
from kaja.demo import filling
from kaja.people.models import Person

# Playwright keeps an event loop in this thread; the database is asked between its steps and never inside them.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


@dataclass(frozen=True)
class Look:
    """How a page is looked at."""

    width: int = 1440
    scheme: str = "light"
    language: str = "en"
    script: bool = True

    def __str__(self) -> str:
        return f"{self.width}-{self.scheme}-{self.language}"


Visit = Callable[..., Page]
# A page that comes late on a busy machine is not a fault; how fast pages are is measured under bench/.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)


def _complaint(said: ConsoleMessage) -> str:
    return f"{said.text} ({said.location.get('url', '')})"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    found = os.environ.get("KAJA_CHROMIUM") or next((path for name in NAMES if (path := shutil.which(name))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def told(django_db_setup: None, django_db_blocker: Any) -> sqlite3.Connection:
    """The demo told once: sixty people and three weeks of what they did. Browsers meet it on SQLite only."""
    kept = sqlite3.connect(":memory:", check_same_thread=False)
    with django_db_blocker.unblock():
        filling.fill(people=60, days=20)
        connection.connection.backup(kept)
        connection.close()
    return kept


@pytest.fixture
def demo(told: sqlite3.Connection, transactional_db: None) -> Iterator[None]:
    """What was told stands in the database, whatever a test before has made of it."""
    connection.ensure_connection()
    told.backup(connection.connection)
    memory.forget()
    yield
    memory.forget()


@pytest.fixture
def visit(chromium: Browser, live_server: LiveServer, demo: None) -> Iterator[Visit]:
    """`visit(name, look)`: a page of the demo person with this first name (empty: a stranger), at no address yet.

    What the browser complains about in its console fails the test.
    """
    contexts: list[Any] = []
    complaints: list[str] = []

    def begin(name: str = "", look: Look | None = None) -> Page:
        look = look or Look()
        context = chromium.new_context(
            base_url=live_server.url,
            viewport={"width": look.width, "height": 844 if look.width < 900 else 900},
            color_scheme="dark" if look.scheme == "dark" else "light",
            locale=look.language,
            java_script_enabled=look.script,
            reduced_motion="reduce",
        )
        contexts.append(context)
        if name:
            person = Person.objects.get(first_name=name)
            Person.objects.filter(pk=person.pk).update(language=look.language)
            client = Client()
            client.force_login(person)
            context.add_cookies(
                [{"name": key, "value": morsel.value, "url": live_server.url} for key, morsel in client.cookies.items()]
            )
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        # A refused form (422) is an answer, though the browser writes it down as a failure.
        page.on(
            "console",
            lambda said: (
                complaints.append(_complaint(said))
                if said.type == "error" and "status of 422" not in said.text
                else None
            ),
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield begin
    for context in contexts:
        context.close()
    assert complaints == []
