import hashlib
import os
from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from django.test import Client
from django.utils import translation
from hypothesis import HealthCheck, settings
from PIL import Image

from kaja import memory
from kaja.content import pictures
from kaja.people.models import Person
from tests import cast as people

# A busy machine is no fault of what is tried on it.
settings.register_profile("kaja", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("kaja")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Browser tests go last: Playwright keeps an event loop in its thread, where no other can be started after it.
    Long ones begin before short ones, so that no process works on alone at the end.
    On PostgreSQL those are left out that ask no database: on SQLite they have said what they have to say."""
    items.sort(key=lambda item: (_has(item, "browser"), not _has(item, "long")))
    if connection.vendor == "postgresql":
        config.hook.pytest_deselected(items=[item for item in items if not _asks_the_database(item)])
        items[:] = filter(_asks_the_database, items)
    if "PYTEST_XDIST_WORKER" in os.environ:
        _name_the_groups(items)


def _has(item: pytest.Item, marker: str) -> bool:
    return item.get_closest_marker(marker) is not None


def _name_the_groups(items: list[pytest.Item]) -> None:
    """Tests of a group run in one process: xdist knows them by the end of their name. Version 3.8 writes it where
    pytest 9.2 no longer reads it."""
    for item in items:
        group = item.get_closest_marker("xdist_group")
        if group and item.parent and not item.nodeid.endswith(f"@{group.args[0]}"):
            item._id = item.parent.id.child(f"{item.name}@{group.args[0]}")


def _asks_the_database(item: pytest.Item) -> bool:
    return _has(item, "django_db") or bool(
        {"db", "transactional_db", "live_server", "django_db_setup"} & set(getattr(item, "fixturenames", ()))
    )


@pytest.fixture(autouse=True)
def fresh_memory(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is remembered from the test before. Within a test, memory lasts: a slow machine would otherwise read it
    anew between two counts of questions. Browsers meet the few seconds that people meet."""
    if not _has(request.node, "browser"):
        monkeypatch.setattr(memory, "clock", lambda: 0.0)
    memory.forget()
    translation.activate("en")  # A request of the test before may have left its own language.
    yield
    memory.forget()


@pytest.fixture(autouse=True, scope="session")
def pictures_written_once() -> Iterator[None]:
    """The same pixels make the same file, and the demo's six pictures are kept again and again: each is written once
    in a process. It was a third of the time of every test that tells the demo."""
    write, known = pictures.saved, dict[object, bytes]()

    def saved(picture: Image.Image, form: str, **options: int) -> bytes:
        key = (hashlib.sha256(picture.tobytes()).digest(), picture.size, form, *options.items())
        return known[key] if key in known else known.setdefault(key, write(picture, form, **options))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "saved", saved)
        yield


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
