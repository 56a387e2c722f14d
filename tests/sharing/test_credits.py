"""A network that the company pays for: told beforehand, summed up, and nobody's post lost when the credits end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone, translation
from pytest_django import Settings

from kaja import vault
from kaja.audit.models import Line
from kaja.measurement import collecting
from kaja.measurement.models import Reading
from kaja.networks import company_apps
from kaja.networks.catalogue import BY_KEY
from kaja.networks.connectors import x
from kaja.networks.models import ConnectedAccount
from kaja.people.models import Person
from kaja.sharing import composing, credit, delivery, reasons, shares, spending
from kaja.sharing.models import Share
from tests import factories
from tests.cast import Cast
from tests.peers import x as peer
from tests.peers.x import Server

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
X = BY_KEY["x"]


@pytest.fixture
def server(settings: Settings, monkeypatch: pytest.MonkeyPatch, cast: Cast) -> Iterator[Server]:
    with peer.running() as running:
        settings.OUTBOUND_ALLOW = [running.base.split("://")[1]]
        settings.LINK_BASE_URL = "https://k.nordwind.ee/l"
        monkeypatch.setattr(x, "HOSTS", x.Hosts(running.base, running.base))
        keys = {"client_id": running.client_id, "client_secret": running.client_secret}
        company_apps.save(person=cast.aado, network=X, given=keys)
        yield running


def connected(server: Server, person: Person) -> ConnectedAccount:
    name = person.first_name.lower()
    return factories.account(
        person,
        "x",
        external_id=peer.account_id(name),
        handle=name,
        sealed=vault.seal(server.pair(name)),
        expires_at=timezone.now() + timedelta(hours=2),
    )


def planned(server: Server, person: Person, text: str, **fields: Any) -> Share:
    account = ConnectedAccount.objects.filter(person=person).first() or connected(server, person)
    return shares.share_now(person=person, item=factories.item(**fields), account=account, text=text)


def sent(share: Share) -> Share:
    delivery.deliver(share.pk, worker="w")
    share.refresh_from_db()
    return share


def test_when_the_credits_end_everybody_waits_and_no_attempt_counts(server: Server, cast: Cast) -> None:
    one, two = planned(server, cast.liis, "Üks"), planned(server, cast.mart, "Kaks")
    later = planned(server, cast.kadri, "Homme")
    Share.objects.filter(pk=later.pk).update(not_before=timezone.now() + timedelta(days=1))
    server.trouble = "credits"
    sent(one)
    two.refresh_from_db()
    later.refresh_from_db()
    assert [(one.state, one.reason), (two.state, two.reason)] == [("held", "credits")] * 2
    assert (one.attempts, later.state) == (0, "planned")
    assert server.tweets == {}
    for language, said in (("en", "share window costs nothing"), ("et", "jagamisaken ei maksa midagi")):
        with translation.override(language):
            assert said in reasons.sentence(two)


def test_one_tries_now_and_then_and_the_first_that_goes_out_takes_the_others_along(server: Server, cast: Cast) -> None:
    one, two = planned(server, cast.liis, "Üks"), planned(server, cast.mart, "Kaks")
    server.trouble = "capped"
    for _quarter in range(12):  # more often than attempts are counted
        sent(one)
        credit.probe()
        one.refresh_from_db()
        two.refresh_from_db()
        assert (one.state, two.state) == ("planned", "held")
    Share.objects.filter(pk=one.pk).update(state="published", confirmed=Share.Confirmed.PERSON)
    credit.back(one.pk)  # Its person posted it by hand: that says nothing of credits.
    two.refresh_from_db()
    assert two.state == "held"
    Share.objects.filter(pk=one.pk).update(state="planned", confirmed="")
    server.trouble = ""
    assert sent(one).state == "published"
    credit.back(one.pk)
    assert sent(two).state == "published"
    assert len(server.tweets) == 2


def test_administrators_are_told_once_a_day_in_their_language(server: Server, cast: Cast) -> None:
    Person.objects.filter(pk=cast.aado.pk).update(language="et")
    server.trouble = "credits"
    for text in ("Üks", "Kaks"):
        sent(planned(server, cast.liis, text))
    assert Line.objects.filter(verb=credit.TOLD).count() == 1
    mail.outbox.clear()
    credit.tell("x")
    (letter,) = mail.outbox
    assert letter.to == [cast.aado.email]
    assert "2 postitust ootavad" in letter.body
    assert "https://console.x.com" in letter.body
    Share.objects.update(state="cancelled")
    credit.tell("x")
    assert len(mail.outbox) == 1


def test_a_post_cannot_be_deleted_without_credits_and_the_person_is_told_why(server: Server, cast: Cast) -> None:
    share = sent(planned(server, cast.liis, "Üks"))
    server.trouble = "credits"
    with pytest.raises(ValidationError) as refused:
        shares.remove(person=cast.liis, share=share)
    assert refused.value.code == "credits"
    share.refresh_from_db()
    assert share.state == "published"
    server.trouble = ""
    shares.remove(person=cast.liis, share=share)
    assert server.tweets == {}


def test_readings_wait_for_credits_too_and_are_not_given_up(server: Server, cast: Cast) -> None:
    share = sent(planned(server, cast.liis, "Üks"))
    collecting.begin(share.pk)
    server.trouble = "credits"
    for _hour in range(collecting.FAILURES + 1):
        Reading.objects.update(due_at=timezone.now())
        collecting.read_due()
    assert Reading.objects.get().failures == 0
    server.trouble = ""
    Reading.objects.update(due_at=timezone.now())
    collecting.read_due()
    assert Reading.objects.get().failures == 0


def test_a_lost_answer_is_looked_for_and_never_sent_twice(
    server: Server, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The post is there, its answer is not; the look finds it."""
    from kaja.sharing import settling

    real = peer.Speaker.post

    def lost(self: peer.Speaker) -> dict[str, Any]:
        real(self)
        raise peer.Refusal(503, "Service Unavailable")

    monkeypatch.setattr(peer.Speaker, "post", lost)
    share = sent(planned(server, cast.liis, "Üks"))
    assert share.state == "unknown"
    settling.look(share=share.pk)
    share.refresh_from_db()
    assert (share.state, share.post_id) == ("published", next(iter(server.tweets)))
    assert len(server.tweets) == 1


# --- what it costs --------------------------------------------------------------------------------------------------
def test_the_composer_says_what_a_post_costs_and_offers_the_free_way(
    server: Server, cast: Cast, signed_in: SignIn
) -> None:
    account = connected(server, cast.liis)
    item = factories.item()
    targets = composing.targets(cast.liis, item)
    assert [(one.value, one.free) for one in targets if one.network is X] == [
        (f"account:{account.pk}", False), ("dialog:x", True),
    ]  # fmt: skip
    client = signed_in(cast.liis)
    looks = {"text": "Tere", "to": [f"account:{account.pk}", "dialog:x"]}
    page = client.post(f"/share/{item.pk}/check/", looks).content.decode()
    said = "This post costs the company about $0.20 because it has a link; the share window costs nothing."
    assert page.count("costs the company") == 1
    assert said in " ".join(page.split())


def test_the_same_network_twice_is_once_too_often(server: Server, cast: Cast, signed_in: SignIn) -> None:
    account, item = connected(server, cast.liis), factories.item()
    client = signed_in(cast.liis)
    given = {"text": "Tere", "when": "now"}
    both = client.post(f"/share/{item.pk}/", {**given, "to": [f"account:{account.pk}", "dialog:x"]})
    assert both.status_code == 422
    assert "X is chosen twice" in both.content.decode()
    assert not Share.objects.exists()
    assert client.post(f"/share/{item.pk}/", {**given, "to": ["dialog:x"]}).status_code == 302
    assert Share.objects.get().way == Share.Way.DIALOG


def test_a_post_without_a_link_is_cheap_and_a_network_that_asks_nothing_says_nothing(
    server: Server, cast: Cast
) -> None:
    spend = spending.of(X, "Tere", "", [])
    assert spend is not None
    assert (spend.shown, spend.linked) == ("0.015", False)
    typed = spending.of(X, "Vaata kaja.ee", "", [])
    assert typed is not None
    assert (typed.shown, typed.linked) == ("0.20", True)
    told = spending.of(X, "Tere", "", [factories.picture("teal", "Robot"), factories.picture("red", "")])
    assert told is not None
    assert (told.shown, told.linked) == ("0.02", False)
    with translation.override("et"):
        assert spend.shown == "0,015"
    assert spending.of(BY_KEY["bluesky"], "Tere", "", []) is None


def test_the_month_is_summed_up_from_what_went_out_at_the_prices_of_its_day(server: Server, cast: Cast) -> None:
    sent(planned(server, cast.liis, "Üks"))
    sent(planned(server, cast.mart, "Kaks", url=""))
    dear = {"client_id": "a", "client_secret": "b", "price_post": "9", "price_link_post": "9"}
    company_apps.save(person=cast.aado, network=X, given=dear)
    shares.open_dialog(person=cast.kadri, item=factories.item(), network=X, text="Aknas")
    today = timezone.now().date()
    assert spending.month(X, today) == Decimal("0.215") == server.spent
    assert spending.month(X, today - timedelta(days=40)) == 0


def test_the_administrator_reads_on_the_networks_page_what_the_month_has_cost(
    server: Server, cast: Cast, signed_in: SignIn
) -> None:
    sent(planned(server, cast.liis, "Üks"))
    sent(planned(server, cast.mart, "Kaks", url=""))
    page = signed_in(cast.aado).get("/settings/networks/x/")
    assert "The posts of this month have cost 0.215 US dollars." in " ".join(page.content.decode().split())
    free = signed_in(cast.aado).get("/settings/networks/linkedin/")
    assert "US dollars" not in free.content.decode()


def test_a_month_begins_on_the_companys_clock(server: Server, cast: Cast) -> None:
    share = sent(planned(server, cast.liis, "Üks"))
    Share.objects.filter(pk=share.pk).update(published_at=datetime(2026, 10, 31, 22, 30, tzinfo=UTC))
    november = datetime(2026, 11, 10, tzinfo=UTC).date()
    assert spending.month(X, november) == Decimal("0.200")  # half past midnight in Tallinn
    assert spending.month(X, november.replace(month=10)) == 0
