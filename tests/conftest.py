from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from django.test import Client
from django.utils import translation

from kaja import memory
from kaja.people.models import Person
from tests import cast as people


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Browser tests go last: Playwright keeps an event loop in its thread, where no other can be started after it.
    On PostgreSQL those are left out that ask no database: on SQLite they have said what they have to say."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
    if connection.vendor == "postgresql":
        config.hook.pytest_deselected(items=[item for item in items if not _asks_the_database(item)])
        items[:] = filter(_asks_the_database, items)


def _asks_the_database(item: pytest.Item) -> bool:
    return item.get_closest_marker("django_db") is not None or bool(
        {"db", "transactional_db", "live_server", "django_db_setup"} & set(getattr(item, "fixturenames", ()))
    )


@pytest.fixture(autouse=True)
def fresh_memory(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is remembered from the test before. Within a test, memory lasts: a slow machine would otherwise read it
    anew between two counts of questions. Browsers meet the few seconds that people meet."""
    if request.node.get_closest_marker("browser") is None:
        monkeypatch.setattr(memory, "clock", lambda: 0.0)
    memory.forget()
    translation.activate("en")  # A request of the test before may have left its own language.
    yield
    memory.forget()


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
