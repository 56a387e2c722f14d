"""A story that ends sooner than a share of it was planned for: its person hears of it at once, and nothing goes out."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks_db.models import DBTaskResult

from kaja.content import items, review
from kaja.content.models import Item
from kaja.networks import connecting
from kaja.networks.catalogue import BY_KEY
from kaja.networks.models import ConnectedAccount, SandboxPost
from kaja.people.models import Person
from kaja.sharing import delivery, notices, shares
from kaja.sharing.models import Share
from kaja.sharing.rows import Row, way
from kaja.sharing.states import State
from tests import factories
from tests.cast import Cast

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]


@pytest.fixture
def account(cast: Cast) -> ConnectedAccount:
    return connecting.connect_instantly(person=cast.liis, network=BY_KEY["sandbox"])


@pytest.fixture
def share(cast: Cast, account: ConnectedAccount) -> Share:
    """Planned for the day after tomorrow; the story lasts three days."""
    return shares.schedule(
        person=cast.liis, item=factories.item("NW-7", "Quiet"), account=account, text="Later", at=days(2)
    )


def days(number: float) -> datetime:
    return timezone.now() + timedelta(days=number)


def ends(cast: Cast, item: Item, at: datetime | None) -> None:
    """An editor moves the end, and a reviewer approves it."""
    change = items.change(person=cast.kadri, item=Item.objects.get(pk=item.pk), live_until=at)
    factories.reviewed(cast.kadri, cast.rein, change)


def work() -> None:
    """What a worker does with the letters that wait, until none is left."""
    while waiting := list(DBTaskResult.objects.filter(status="READY")):
        for job in waiting:
            given = job.args_kwargs["kwargs"]
            job.delete()
            if "notices" in given["function"]:
                import_string(given["function"])(**given["arguments"])


def letters() -> list[str]:
    """The letters that are sent now, by subject."""
    work()
    sent = [str(letter.subject) for letter in mail.outbox]
    mail.outbox.clear()
    return sent


def told(share: Share) -> str:
    share = Share.objects.select_related("item").get(pk=share.pk)
    return Row(share).sentence


def test_its_person_is_written_to_once_and_only_for_what_is_too_late(cast: Cast, share: Share) -> None:
    mart = connecting.connect_instantly(person=cast.mart, network=BY_KEY["sandbox"])
    shares.schedule(person=cast.mart, item=share.item, account=mart, text="Sooner", at=days(0.5))
    letters()
    ends(cast, share.item, days(1))
    assert letters() == ["Sandbox: your post will not go out as planned"]
    assert letters() == []
    notices.shortened(share.item_id)
    assert letters() == []  # told once of the same end
    ends(cast, share.item, days(0.9))
    assert len(letters()) == 1


def test_the_letter_says_when_and_what_can_be_done(cast: Cast, share: Share) -> None:
    letters()
    ends(cast, share.item, days(1))
    work()
    (letter,) = mail.outbox
    assert letter.to == [cast.liis.email]
    assert "but the story was shortened." in letter.body
    assert "before this is due, so it will not be sent. Choose an earlier time." in letter.body
    assert f"/shares/{share.pk}/" in letter.body


def test_an_end_that_leaves_the_share_its_time_or_moves_on_tells_nobody(cast: Cast, share: Share) -> None:
    letters()
    ends(cast, share.item, days(2.5))
    assert letters() == []
    ends(cast, share.item, days(9))
    assert letters() == []
    assert told(share) == ""


def test_a_story_without_an_end_that_gets_one_counts_as_shortened(cast: Cast, account: ConnectedAccount) -> None:
    item = factories.item("Open", "Quiet", live_until=None)
    shares.schedule(person=cast.liis, item=item, account=account, text="Later", at=days(5))
    letters()
    ends(cast, item, days(1))
    assert len(letters()) == 1


def test_a_story_that_vanishes_from_its_feed_tells_so_too(cast: Cast, share: Share) -> None:
    letters()
    items.vanish(item=Item.objects.get(pk=share.item_id), withdraw=False)
    assert len(letters()) == 1
    assert "The story has ended, so this will not be sent." in told(share)


def test_the_page_and_the_list_say_it_before_it_is_due(cast: Cast, signed_in: SignIn, share: Share) -> None:
    ends(cast, share.item, days(1))
    client = signed_in(cast.liis)
    for address in ("/shares/", f"/shares/{share.pk}/"):
        said = " ".join(client.get(address).content.decode().split())
        assert "Will not go out" in said, address
        assert "before this is due, so it will not be sent" in said, address
    said = " ".join(client.get("/shares/").content.decode().split())
    assert "1 needs a word from you." in said
    assert "Choose another time" in said
    ends(cast, share.item, days(9))  # thought better of: nothing has to be done
    said = client.get(f"/shares/{share.pk}/").content.decode()
    assert "Will not go out" not in said


def test_an_earlier_time_settles_it_and_else_it_does_not_go_out(cast: Cast, share: Share) -> None:
    ends(cast, share.item, days(1))
    share.refresh_from_db()
    assert [step.title for step in way(share)][-1] == "Will not go out as it stands"
    Share.objects.filter(pk=share.pk).update(not_before=days(0.5))
    assert told(share) == ""
    Share.objects.filter(pk=share.pk).update(not_before=timezone.now())
    Item.objects.filter(pk=share.item_id).update(live_until=timezone.now())
    delivery.deliver(share.pk, worker="w")
    share.refresh_from_db()
    assert (share.state, share.reason, SandboxPost.objects.count()) == (State.CANCELLED, "ended", 0)


def test_a_share_that_waits_for_its_account_hears_both(cast: Cast, share: Share) -> None:
    Share.objects.filter(pk=share.pk).update(state=State.HELD, reason="account")
    letters()
    ends(cast, share.item, days(1))
    assert len(letters()) == 1
    assert "sign in again" in told(share)
    assert "will not be sent" in told(share)


def test_whoever_has_left_is_not_written_to(cast: Cast, share: Share) -> None:
    letters()
    ends(cast, share.item, days(1))
    Person.objects.filter(pk=cast.liis.pk).update(is_active=False)
    assert letters() == []


def test_what_went_out_is_told_nothing(cast: Cast, share: Share) -> None:
    Share.objects.filter(pk=share.pk).update(state=State.PUBLISHED, published_at=timezone.now())
    letters()
    ends(cast, share.item, days(1))
    assert letters() == []
    assert told(share) == ""


def test_the_list_asks_no_more_questions_for_it(cast: Cast, signed_in: SignIn, share: Share) -> None:
    client, numbers = signed_in(cast.liis), []
    for _turn in range(2):
        client.get("/shares/")
        with CaptureQueriesContext(connection) as asked:
            client.get("/shares/")
        numbers.append(len(asked))
        ends(cast, share.item, days(1))
    assert numbers[0] == numbers[1]


def test_a_change_that_is_only_written_tells_nobody_yet(cast: Cast, share: Share) -> None:
    letters()
    change = items.change(person=cast.kadri, item=share.item, live_until=days(1))
    assert letters() == []
    assert told(share) == ""
    review.submit(person=cast.kadri, item=change)
    assert [subject for subject in letters() if "will not go out" in subject] == []
