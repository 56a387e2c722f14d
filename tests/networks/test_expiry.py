"""Permissions that run out: told in time and once, renewed by Kaja itself where it can, never a lost post."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils.module_loading import import_string
from django_tasks_db.models import DBTaskResult

from kaja.networks import connecting, expiry
from kaja.networks.catalogue import BY_KEY
from kaja.networks.contract import NeedsReconnect, Retry
from kaja.networks.models import ConnectedAccount
from kaja.people.models import Person
from kaja.sharing import delivery, shares
from tests import factories
from tests.cast import Cast
from tests.networks import guild
from tests.networks.guild import Server

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    return guild.opened(monkeypatch, app=None)


def ends_in(person: Person, days: float, **fields: Any) -> ConnectedAccount:
    """An account on Guild whose permission ends so many days from now and has to be renewed by its person."""
    ends = datetime.now(UTC) + timedelta(days=days)
    return factories.account(person, "guild", **{"expires_at": ends, "renews": False, **fields})


def older(account: ConnectedAccount, days: float) -> None:
    """So many days pass for this account."""
    account.refresh_from_db()
    assert account.expires_at
    account.expires_at -= timedelta(days=days)
    account.save()


def work() -> None:
    """What a worker would do with the jobs that wait, until none is left."""
    while row := DBTaskResult.objects.order_by("enqueued_at").first():
        given = row.args_kwargs["kwargs"]
        row.delete()
        import_string(given["function"])(**given["arguments"])


def letters() -> list[str]:
    """What the hourly look had sent, by subject; the outbox is empty again."""
    expiry.announce()
    work()
    sent = [str(letter.subject) for letter in mail.outbox]
    mail.outbox.clear()
    return sent


def test_liis_is_told_fourteen_seven_and_one_days_ahead_and_once_each(cast: Cast, server: Server) -> None:
    account = ends_in(cast.liis, 15.5)
    told = []
    for _day in range(16):
        told.append((letters(), letters()))
        older(account, 1)
    days = [day for day, (first, _again) in enumerate(told) if first]
    assert days == [2, 9, 15]  # with 14, 7 and 1 begun days left; and nothing once it has ended by the test's clock
    assert all(again == [] for _first, again in told)


def test_the_letter_is_in_her_language_and_names_the_day(cast: Cast, server: Server) -> None:
    Person.objects.filter(pk=cast.liis.pk).update(language="et")
    account = ends_in(cast.liis, 6.5)
    expiry.announce()
    work()
    (letter,) = mail.outbox
    assert letter.to == [cast.liis.email]
    assert letter.subject == "Guild: uuenda luba"
    assert account.expires_at
    assert f"{cast.liis.local(account.expires_at).day}." in letter.body
    assert "/me/accounts/" in letter.body


def test_nobody_is_told_of_what_kaja_renews_itself_or_of_what_does_not_end(cast: Cast, server: Server) -> None:
    ends_in(cast.liis, 3, renews=True)
    ends_in(cast.mart, 3, expires_at=None)
    ends_in(cast.kadri, 30)
    assert letters() == []


def test_whoever_has_left_is_not_written_to(cast: Cast, server: Server) -> None:
    ends_in(cast.liis, 3)
    Person.objects.filter(pk=cast.liis.pk).update(is_active=False)
    assert letters() == []


def test_a_letter_that_waited_is_not_sent_when_she_has_renewed_meanwhile(cast: Cast, server: Server) -> None:
    account = ends_in(cast.liis, 3)
    expiry.announce()
    ConnectedAccount.objects.filter(pk=account.pk).update(expires_at=datetime.now(UTC) + guild.LIFE)
    work()
    assert mail.outbox == []


def test_after_a_renewal_the_count_begins_anew(cast: Cast, server: Server) -> None:
    account = ends_in(cast.liis, 1, external_id="guild:liis", handle="liis")
    assert letters() == ["Guild: renew your permission"]
    connecting.begin_oauth(person=cast.liis, network=BY_KEY["guild"], handle="")
    renewed = connecting.finish_oauth(person=cast.liis, network=BY_KEY["guild"], told={"state": "state-1"})
    assert (renewed.pk, renewed.told_days) == (account.pk, None)
    assert letters() == []
    older(renewed, 50)
    assert letters() == ["Guild: renew your permission"]


def test_a_permission_that_ran_out_holds_what_was_planned_until_it_is_renewed(cast: Cast, server: Server) -> None:
    account = ends_in(cast.liis, 0.1, external_id="guild:liis", handle="liis")
    later = datetime.now(UTC) + timedelta(hours=5)
    share = shares.schedule(person=cast.liis, item=factories.item(), account=account, text="A", at=later)
    older(account, 1)
    assert letters() == ["Guild: sign in again"]
    assert letters() == []
    share.refresh_from_db()
    assert (share.state, share.reason) == ("held", "account")
    connecting.begin_oauth(person=cast.liis, network=BY_KEY["guild"], handle="")
    connecting.finish_oauth(person=cast.liis, network=BY_KEY["guild"], told={"state": "state-1"})
    work()
    share.refresh_from_db()
    assert share.state == "planned"


def test_a_post_that_meets_an_ended_permission_waits_and_does_not_fail(cast: Cast, server: Server) -> None:
    account = ends_in(cast.liis, 0.1)
    share = shares.share_now(person=cast.liis, item=factories.item(), account=account, text="A")
    older(account, 1)
    delivery.deliver(share.pk, worker="w")
    share.refresh_from_db()
    account.refresh_from_db()
    assert (share.state, share.reason, account.state) == ("held", "account", "needs_reconnect")


def test_what_kaja_can_renew_is_renewed_a_week_ahead_used_or_not(cast: Cast, server: Server) -> None:
    account = ends_in(cast.liis, 6, renews=True, renewed_at=datetime.now(UTC) - timedelta(days=54))
    far = ends_in(cast.mart, 20, renews=True)
    expiry.renew_ahead()
    expiry.renew_ahead()
    work()
    assert server.renewals == 1
    account.refresh_from_db()
    assert account.expires_at
    assert account.expires_at > datetime.now(UTC) + timedelta(days=50)
    assert account.secrets == {"token": "r1"}
    far.refresh_from_db()
    assert far.sealed_version == 1


def test_short_permissions_are_kept_alive_once_a_week_not_once_an_hour(cast: Cast, server: Server) -> None:
    ends_in(cast.liis, 0.05, renews=True, renewed_at=datetime.now(UTC) - timedelta(days=2))
    expiry.renew_ahead()
    work()
    assert server.renewals == 0


def test_a_network_that_is_silent_is_asked_again_later_and_one_that_refuses_wants_the_person(
    cast: Cast, server: Server
) -> None:
    account = ends_in(cast.liis, 2, renews=True)
    for refusal, state in ((Retry("silence"), "works"), (NeedsReconnect("refused-token"), "needs_reconnect")):
        server.refuses = refusal
        ConnectedAccount.objects.filter(pk=account.pk).update(renewing_until=None)
        expiry.renew_ahead()
        work()
        account.refresh_from_db()
        assert account.state == state
    assert [letter.subject for letter in mail.outbox] == ["Guild: sign in again"]


def test_disconnecting_revokes_and_erases_and_writes_no_letter(cast: Cast, server: Server) -> None:
    account = ends_in(cast.liis, 30, sealed=None)
    connecting.begin_oauth(person=cast.liis, network=BY_KEY["guild"], handle="")
    mine = connecting.finish_oauth(person=cast.liis, network=BY_KEY["guild"], told={"state": "state-1"})
    connecting.disconnect(person=cast.liis, account=mine)
    mine.refresh_from_db()
    assert server.revoked == ["t1"]
    assert (mine.state, mine.sealed, mine.expires_at) == ("disconnected", None, None)
    work()
    assert mail.outbox == []
    account.refresh_from_db()
    assert account.state == "works"  # the other account on the same network is not touched


def test_an_answer_of_the_network_is_remembered(cast: Cast, server: Server) -> None:
    account = ends_in(cast.liis, 30)
    connecting.speaking(account, lambda _session: None)
    account.refresh_from_db()
    assert account.checked_at is not None
