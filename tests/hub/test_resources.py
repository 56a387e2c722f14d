"""The resources hub: the guidelines, what editors marked, and what is new (A6)."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from kaja.content import media
from kaja.content.models import Attachment, Item
from kaja.guidelines import acknowledgement
from kaja.hub import resources
from kaja.people.audiences import everyone_or
from kaja.people.models import Person
from tests import factories
from tests.cast import Cast
from tests.content.test_media import FIXTURES, pdf
from tests.guidelines import writing

SignIn = Callable[[Person], Client]


def resource(title: str, days: float = 1, **fields: object) -> Item:
    begins = timezone.now() - timedelta(days=days)
    return factories.item(title, resource=True, live_from=begins, live_until=None, **fields)


def titles(person: Person, **wish: str) -> list[str]:
    hub = resources.read(person, since=timezone.now(), **wish)
    return [one.item.title for shelf in hub.shelves for one in shelf.resources]


def test_only_what_is_marked_live_and_meant_for_the_person_is_there(cast: Cast) -> None:
    resource("A guide")
    factories.item("Not marked")
    resource("A draft", state="draft")
    resource("Over", evergreen=True)
    Item.objects.filter(title="Over").update(live_until=timezone.now())
    resource("Withdrawn", state="withdrawn")
    resource("For Riga", audience=everyone_or(teams=[], locations=["Riga"], languages=[]))
    assert titles(cast.liis) == ["A guide"]
    assert sorted(titles(cast.mart)) == ["A guide", "For Riga"]


def test_shelves_stand_in_their_order_and_can_be_narrowed_and_searched(cast: Cast) -> None:
    resource("Filming with a phone", kind="video", summary="Hold it still")
    resource("One page", kind="document")
    resource("An old guide", days=9, kind="link")
    resource("A new guide", days=2, kind="text")
    resource("Uus juhend", days=1, kind="text", language="et")
    assert titles(cast.liis) == ["A new guide", "An old guide", "Uus juhend", "One page", "Filming with a phone"]
    assert titles(cast.liis, kind="video") == ["Filming with a phone"]
    assert titles(cast.liis, words="still phone") == ["Filming with a phone"]
    assert titles(cast.liis, kind="nonsense") == []


def test_new_is_what_came_since_the_visit_before_this_one(cast: Cast) -> None:
    liis, now = cast.liis, timezone.now()
    assert resources.visit(liis) < now - timedelta(days=13)
    assert resources.visit(liis) < now - timedelta(days=13)  # Turned over within the hour: the same visit.
    last = now - timedelta(days=3)
    Person.objects.filter(pk=liis.pk).update(resources_seen_at=last)
    liis.refresh_from_db()
    resource("Old", days=4)
    resource("Fresh", days=1)
    since = resources.visit(liis)
    hub = resources.read(liis, since=since)
    assert since == last
    assert {one.item.title: one.new for shelf in hub.shelves for one in shelf.resources} == {
        "Old": False,
        "Fresh": True,
    }
    assert hub.news == 1


def test_everybody_signed_in_sees_the_page_and_the_guidelines_with_their_confirmation(
    cast: Cast, signed_in: SignIn, client: Client
) -> None:
    assert client.get("/resources/").status_code == 302
    empty = signed_in(cast.sten).get("/resources/").content.decode()
    assert "No resources yet." in empty
    assert "There are none yet." in empty
    assert "tick “Show in resources”" in signed_in(cast.eda).get("/resources/").content.decode()
    edition = writing.published(cast.eda)
    assert "You have not confirmed them yet." in signed_in(cast.sten).get("/resources/").content.decode()
    acknowledgement.confirm(person=cast.sten, number=edition.number, ticked=True)
    assert "You confirmed them on" in signed_in(cast.sten).get("/resources/").content.decode()


def test_a_document_is_downloaded_a_film_is_watched_and_what_may_go_out_is_shared(
    cast: Cast, signed_in: SignIn
) -> None:
    paper = media.receive(person=cast.eda, file=BytesIO(pdf()), size=len(pdf()), name="one.pdf")
    content = (FIXTURES / "place.webm").read_bytes()
    film = media.receive(person=cast.eda, file=BytesIO(content), size=len(content), name="film.webm")
    inside = factories.category("internal", shareable=False)
    one, two = resource("One page", kind="document", category=inside), resource("Film", kind="video")
    Attachment.objects.create(item=one, media=paper)
    Attachment.objects.create(item=two, media=film)
    page = signed_in(cast.liis).get("/resources/").content.decode()
    assert f'href="{paper.path}"' in page
    assert f'href="{reverse("compose", args=[two.pk])}"' in page
    assert reverse("compose", args=[one.pk]) not in page
    shown = signed_in(cast.liis).get(f"/read/{two.pk}/").content.decode()
    assert f'<source src="{film.path}" type="video/webm">' in shown
    assert f'href="{paper.path}"' in signed_in(cast.liis).get(f"/read/{one.pk}/").content.decode()


def test_an_editor_marks_an_item_in_its_form(cast: Cast, signed_in: SignIn) -> None:
    item = factories.item("A guide")
    form = {"title": "A guide", "url": item.url, "language": "en", "category": item.category_id, "resource": "on"}
    signed_in(cast.eda).post(f"/library/{item.pk}/", form)
    item.refresh_from_db()
    assert item.resource
    assert 'name="resource" form="facts" id="id_resource" checked' in (
        signed_in(cast.eda).get(f"/library/{item.pk}/").content.decode()
    )


@pytest.mark.parametrize("who", ["liis", "sten"])
def test_the_page_asks_the_database_as_often_for_a_thousand_as_for_ten(cast: Cast, signed_in: SignIn, who: str) -> None:
    someone = signed_in(getattr(cast, who))
    category, now = factories.category(), timezone.now()

    def fill(number: int) -> None:
        Item.objects.bulk_create(
            Item(
                title=f"Guide {n}",
                resource=True,
                state="approved",
                live_from=now - timedelta(days=1),
                category=category,
            )
            for n in range(number)
        )

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert someone.get("/resources/").status_code == 200
        return len(queries)

    fill(10)
    asked()
    few = asked()
    fill(990)
    assert asked() == few <= 8
