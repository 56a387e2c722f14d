from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.utils import translation

from kaja import memory
from kaja.people import audiences, company
from kaja.people.models import Person
from kaja.sharing import onhold
from tests import cast as people


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests go last: Playwright keeps an event loop in its thread, where no other can be started after it."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(autouse=True)
def fresh_company(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is remembered from the test before. Within a test, memory lasts: a slow machine would otherwise read it
    anew between two counts of questions. Browsers meet the few seconds that people meet."""
    if request.node.get_closest_marker("browser") is None:
        monkeypatch.setattr(memory, "FRESH_SECONDS", 3600.0)
        for kept in (company, audiences, onhold):
            monkeypatch.setattr(kept, "_FRESH_SECONDS", 3600.0)
    company.forget()
    audiences.forget()
    memory.forget()
    onhold.forget()
    translation.activate("en")  # A request of the test before may have left its own language.
    yield
    company.forget()
    audiences.forget()
    memory.forget()
    onhold.forget()


@pytest.fixture
def cast(db: None) -> people.Cast:
    return people.assemble()


@pytest.fixture
def signed_in() -> Callable[[Person], Client]:
    """A browser in which this person is signed in."""

    def sign_in(person: Person) -> Client:
        client = Client()
        client.force_login(person)
        return client

    return sign_in


pytest_plugins = ["tests.peers.bluesky_server"]
