"""At most fifteen captions for a language and network, through every door (L1)."""

from collections.abc import Callable

from django.test import Client

from kaja.content import captions, importing
from kaja.content.models import Item
from kaja.people import tokens
from kaja.people.models import Person
from tests import factories
from tests.cast import Cast


def full(cast: Cast) -> Item:
    item = factories.item(state=Item.State.DRAFT)
    for number in range(captions.MOST):
        captions.add(person=cast.eda, item=item, language="en", text=f"Words {number}")
    return item


def test_the_page_refuses_a_sixteenth_and_keeps_it_typed(cast: Cast, signed_in: Callable[[Person], Client]) -> None:
    item = full(cast)
    sent = {"language": "en", "text": "One more"}
    answer = signed_in(cast.eda).post(f"/library/{item.pk}/words/", sent)
    assert answer.status_code == 422
    assert "There are 15 already." in answer.content.decode()
    assert "One more" in answer.content.decode()
    for other in ({"language": "et"}, {"network": "linkedin"}):
        assert signed_in(cast.eda).post(f"/library/{item.pk}/words/", sent | other).status_code == 302


def test_the_api_refuses_a_sixteenth(cast: Cast, client: Client) -> None:
    item, token = full(cast), tokens.create(person=cast.eda)
    sent = {"language": "en", "text": "One more"}
    answer = client.post(
        f"/api/v1/items/{item.pk}/captions", sent, content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )  # fmt: skip
    assert answer.status_code == 422
    assert item.captions.count() == 15


def test_a_row_of_a_file_with_sixteen_is_left_out_and_says_why(cast: Cast) -> None:
    for count, fate in ((15, importing.Fate.NEW), (16, importing.Fate.LEFT_OUT)):
        heads = ",".join(f"Caption {n} en" for n in range(count))
        row = ",".join(f"Words {n}" for n in range(count))
        file = f"Title,URL,{heads}\nA,https://nordwind.example/{count},{row}\n".encode()
        planned = importing.plan(file, person=cast.eda, category=factories.category())
        assert planned.rows[0].fate == fate
    assert "more than 15 captions" in planned.rows[0].why
