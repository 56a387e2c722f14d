"""How a link looks: written per network, seen by fetchers, refreshed where the link is already out (E4)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from kaja.content import changes, items, looks, previews
from kaja.content.models import LinkPreview
from kaja.jobs import facts
from kaja.links.models import ShortLink
from kaja.networks.catalogue import BY_KEY
from kaja.people.models import Person
from kaja.sharing import previews as out
from kaja.sharing import shares
from tests import factories
from tests.cast import Cast

SignIn = Callable[[Person], Client]


@pytest.fixture
def followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Consequences of a changed preview happen at once."""
    record = facts.record

    def at_once(fact: str, **data: Any) -> None:
        if fact == "item.preview_changed":
            out.refresh(**data)
        else:
            record(fact, **data)

    monkeypatch.setattr(facts, "record", at_once)


def test_what_is_not_written_for_the_network_is_taken_from_all_and_then_from_the_item(cast: Cast) -> None:
    item = factories.item(summary="Quiet.", image=factories.picture("teal"), state="draft")
    navy = factories.picture("navy")
    previews.write(person=cast.eda, item=item, title="For all", text="", image=navy)
    previews.write(person=cast.eda, item=item, network="linkedin", text="For LinkedIn")
    linkedin, x = previews.resolve(item, "linkedin"), previews.resolve(item, "x")
    assert (linkedin.title, linkedin.text, linkedin.image) == ("For all", "For LinkedIn", navy)
    assert (x.title, x.text, x.image) == ("For all", "Quiet.", navy)
    previews.write(person=cast.eda, item=item)
    assert previews.resolve(item, "x").title == "NW-7 is here"
    assert not LinkPreview.objects.filter(network="").exists()


def test_only_editors_write_it_and_only_for_networks_that_exist(cast: Cast) -> None:
    item = factories.item()
    for person in (cast.liis, cast.rein, cast.viivi, cast.sten):
        with pytest.raises(PermissionDenied):
            previews.write(person=person, item=item, title="Mine")
    wrongs: list[dict[str, Any]] = [{"network": "myspace", "title": "x"}, {"title": "x" * 201}, {"text": "x" * 501}]
    for wrong in wrongs:
        with pytest.raises(ValidationError):
            previews.write(person=cast.eda, item=item, **wrong)


def test_the_preview_of_a_live_item_changes_when_its_change_is_approved_and_can_be_taken_back(cast: Cast) -> None:
    item = factories.item("NW-7", "Words")
    row = previews.write(person=cast.eda, item=item, title="Other")
    assert previews.resolve(item, "x").title == "NW-7"
    item = factories.reviewed(cast.eda, cast.rein, row)
    assert previews.resolve(item, "x").title == "Other"
    back = changes.restore(person=cast.eda, item=item, number=1)
    assert previews.resolve(factories.reviewed(cast.eda, cast.rein, back), "x").title == "NW-7"


def test_a_link_knows_its_preview_from_the_first_moment(cast: Cast) -> None:
    item = factories.item("NW-7", "Words", summary="Quiet.", image=factories.picture())
    row = previews.write(person=cast.kadri, item=item, network="linkedin", title="For LinkedIn")
    factories.reviewed(cast.kadri, cast.rein, row)
    shares.open_dialog(person=cast.liis, item=item, network=BY_KEY["linkedin"], text="My words")
    link = ShortLink.objects.get()
    assert link.preview["title"] == "For LinkedIn"
    assert link.preview["text"] == "Quiet."
    assert link.preview["image"].endswith(".jpg")


def test_where_nothing_was_chosen_and_there_is_no_picture_the_page_itself_tells_more(cast: Cast) -> None:
    item = factories.item("NW-7", "Words")
    shares.open_dialog(person=cast.liis, item=item, network=BY_KEY["linkedin"], text="My words")
    assert ShortLink.objects.get().preview == {}


@pytest.mark.usefixtures("followed")
def test_links_that_are_out_follow_each_on_its_network(cast: Cast) -> None:
    item = factories.item("NW-7", "Words", image=factories.picture())
    for key in ("linkedin", "x"):
        shares.open_dialog(person=cast.liis, item=item, network=BY_KEY[key], text="My words")
    foreign = ShortLink.objects.create(slug="foreign", target="https://x.example/")
    before = dict(ShortLink.objects.values_list("network", "changed_at"))
    items.change(person=cast.kadri, item=item, title="New name")
    row = previews.write(person=cast.kadri, item=item, network="x", title="For X")
    told = {link.network: link.preview["title"] for link in ShortLink.objects.exclude(pk=foreign.pk)}
    assert told == {"linkedin": "NW-7", "x": "NW-7"}
    factories.reviewed(cast.kadri, cast.rein, row)
    told = {link.network: link.preview["title"] for link in ShortLink.objects.exclude(pk=foreign.pk)}
    assert told == {"linkedin": "New name", "x": "For X"}
    after = dict(ShortLink.objects.values_list("network", "changed_at"))
    assert all(after[key] > before[key] for key in ("linkedin", "x"))
    assert after[""] == before[""]


def test_the_page_of_the_editor_shows_it_saves_it_and_loses_nothing(cast: Cast, signed_in: SignIn) -> None:
    item, eda = factories.item(state="draft", image=factories.picture()), signed_in(cast.eda)
    path = f"/library/{item.pk}/look/"
    typed = {"look": "linkedin", "title": "<b>Bold</b>", "text": "Words"}
    shown = eda.post(f"{path}?check=1", typed).content.decode()
    assert "&lt;b&gt;Bold&lt;/b&gt;" in shown
    assert not LinkPreview.objects.exists()
    with factories.picture("navy").file.open("rb") as file:
        eda.post(path, typed | {"picture": SimpleUploadedFile("n.webp", file.read())})
    kept = LinkPreview.objects.get()
    assert (kept.network, kept.title, kept.text, kept.image is not None) == ("linkedin", "<b>Bold</b>", "Words", True)
    page = eda.get(f"/library/{item.pk}/?look=linkedin").content.decode()
    assert 'value="&lt;b&gt;Bold&lt;/b&gt;"' in page
    eda.post(path, typed | {"title": "", "text": "", "own_picture": "1"})
    assert not LinkPreview.objects.exists()
    refused = eda.post(path, typed | {"picture": SimpleUploadedFile("n.svg", b"<svg/>")}, follow=True)
    assert "no picture that Kaja can read" in refused.content.decode()


def test_a_post_without_a_link_is_shown_as_it_will_stand_on_each_network(cast: Cast, signed_in: SignIn) -> None:
    item, eda = factories.item("Party", "Look at #this", kind="images", url="", state="draft"), signed_in(cast.eda)
    for number in range(5):
        item.attachments.create(media=factories.picture(width=50 + number, alt=f"Robot {number}"), position=number)
    page = eda.get(f"/library/{item.pk}/").content.decode()
    assert "How the post looks" in page
    assert "Title of the card" not in page
    look = looks.choose(item, "bluesky")
    assert [one.alt for one in look.pictures] == ["Robot 0", "Robot 1", "Robot 2", "Robot 3"]
    assert [(one.kind, one.text) for one in look.pieces] == [("text", "Look at "), ("tag", "#this")]
    assert {one.network.key for one in look.choices if one.network} >= {"bluesky", "x", "threads"}
    assert "xing" not in {one.network.key for one in look.choices if one.network}
    assert "#this" in eda.get(f"/library/{item.pk}/?look=bluesky").content.decode()
