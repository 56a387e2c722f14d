from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone
from icalendar import Calendar, Event

from kaja.content import campaigns, subscription
from kaja.content.models import CalendarAddress, Item
from kaja.people import tokens
from kaja.people.models import Person, RoleGrant
from tests import factories
from tests.cast import Cast

SignIn = Callable[[Person], Client]
TALLINN = ZoneInfo("Europe/Tallinn")


def path(person: Person) -> str:
    address = subscription.written(subscription.renew(person=person))
    return "/calendar/ics/" + address.rpartition("/")[2]


def events(content: bytes) -> dict[str, Event]:
    """UID without its host -> event; every line of the file is read by a strict parser."""
    return {str(one["uid"]).partition("@")[0]: one for one in Calendar.from_ical(content).events}


def when(event: Event, name: str) -> Any:
    found: Any = event[name]
    return found.dt


# --- what stands in it ------------------------------------------------------------------------------------------------
def test_posts_campaigns_and_days_stand_in_it_at_their_own_moments(cast: Cast, client: Client) -> None:
    at = timezone.now().replace(microsecond=0) + timedelta(days=2)
    story = factories.item(
        "Story; with, signs\nand õäöü " + "long " * 40, live_from=at, live_until=at + timedelta(days=3)
    )
    ever = factories.item(
        "Ever", live_from=at, live_until=None, evergreen=True, refresh_on=timezone.localdate() + timedelta(days=9)
    )
    run = factories.campaign("Quiet Week", begins_on=date(2026, 11, 20), ends_on=date(2026, 11, 26))
    content = client.get(path(cast.eda)).content
    found = events(content)
    assert when(found[f"post-{story.pk}-start"], "dtstart") == at.astimezone(UTC)
    assert str(found[f"post-{story.pk}-start"]["summary"]) == story.title
    assert str(found[f"post-{story.pk}-end"]["summary"]).startswith("Ends: Story")
    assert when(found[f"post-{ever.pk}-refresh"], "dtstart") == ever.refresh_on
    bar = found[f"campaign-{run.pk}"]
    assert (when(bar, "dtstart"), when(bar, "dtend")) == (date(2026, 11, 20), date(2026, 11, 27))
    lines = content.split(b"\r\n")
    assert all(len(line) <= 75 and b"\n" not in line for line in lines)
    assert lines[0] == b"BEGIN:VCALENDAR"


@pytest.mark.parametrize(("zone", "begins", "utc"), [
    ("Europe/Tallinn", "2026-10-25T02:30", datetime(2026, 10, 24, 23, 30, tzinfo=UTC)),
    ("Europe/Tallinn", "2026-10-25T05:00", datetime(2026, 10, 25, 3, tzinfo=UTC)),
    ("America/New_York", "2026-12-01T10:00", datetime(2026, 12, 1, 15, tzinfo=UTC)),
])  # fmt: skip
def test_an_event_begins_by_its_own_clock_wherever_it_is_read(
    cast: Cast, client: Client, zone: str, begins: str, utc: datetime
) -> None:
    details = {"begins": begins, "ends": begins[:11] + "23:00", "zone": zone, "place": "Hall 3, Berlin"}
    fair = factories.item("Fair", kind="event", details=details, live_from=None, live_until=None)
    one = events(client.get(path(cast.eda)).content)[f"post-{fair.pk}-event"]
    assert when(one, "dtstart") == utc
    assert when(one, "dtend") > utc
    assert str(one["location"]) == "Hall 3, Berlin"


def test_what_is_not_approved_is_tentative_and_a_moved_post_keeps_its_uid(cast: Cast, client: Client) -> None:
    at = timezone.now() + timedelta(days=2)
    draft = factories.item("Draft", state=Item.State.DRAFT, live_from=at, live_until=None)
    address = path(cast.eda)
    before = events(client.get(address).content)[f"post-{draft.pk}-start"]
    assert str(before["status"]) == "TENTATIVE"
    Item.objects.filter(pk=draft.pk).update(state="approved", live_from=at + timedelta(days=1))
    after = events(client.get(address).content)[f"post-{draft.pk}-start"]
    assert (str(after["uid"]), str(after["status"])) == (str(before["uid"]), "CONFIRMED")
    assert when(after, "dtstart") == when(before, "dtstart") + timedelta(days=1)


def test_a_title_with_control_characters_breaks_no_line(cast: Cast, client: Client) -> None:
    at = timezone.now() + timedelta(days=2)
    factories.item("A\x0b\x1f\r\nBEGIN:VEVENT\r\nSUMMARY:forged", live_from=at, live_until=None)
    content = client.get(path(cast.eda)).content
    assert content.count(b"BEGIN:VEVENT\r\n") == 1
    assert b"\x0b" not in content


def test_the_filters_of_the_address_narrow_it(cast: Cast, client: Client) -> None:
    at = timezone.now() + timedelta(days=2)
    people = factories.item("People", category=factories.category("people"), live_from=at, live_until=None)
    factories.item("Product", live_from=at, live_until=None)
    found = events(client.get(path(cast.eda) + "?category=people").content)
    assert list(found) == [f"post-{people.pk}-start"]


def test_it_is_written_in_the_language_of_its_person(cast: Cast, client: Client) -> None:
    factories.item("Story", live_until=timezone.now() + timedelta(days=3))
    Person.objects.filter(pk=cast.eda.pk).update(language="et")
    summaries = [str(one["summary"]) for one in events(client.get(path(cast.eda)).content).values()]
    assert "Lõpeb: Story" in summaries


# --- the address is the key ---------------------------------------------------------------------------------------------
def test_the_same_calendar_is_the_same_bytes_and_is_not_sent_twice(cast: Cast, client: Client) -> None:
    item, address = factories.item("Story"), path(cast.eda)
    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    item.title = "Story, part two"
    item.save()
    changed = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]
    assert changed["Content-Type"] == "text/calendar; charset=utf-8"


def test_a_new_address_ends_the_old_one_and_a_wrong_one_leads_nowhere(cast: Cast, client: Client) -> None:
    old, new = path(cast.eda), path(cast.eda)
    assert [client.get(one).status_code for one in (old, new, "/calendar/ics/guess.ics")] == [404, 200, 404]
    subscription.end(person=cast.eda)
    assert client.get(new).status_code == 404


def test_whoever_may_read_the_library_no_more_has_a_calendar_no_more(cast: Cast, client: Client) -> None:
    eda, rein = path(cast.eda), path(cast.rein)
    RoleGrant.objects.filter(person=cast.eda, role="editor").delete()
    Person.objects.filter(pk=cast.rein.pk).update(is_active=False)
    assert [client.get(one).status_code for one in (eda, rein)] == [404, 404]


def test_the_token_itself_is_not_in_the_database(cast: Cast) -> None:
    token = path(cast.eda).removeprefix("/calendar/ics/").removesuffix(".ics")
    row = CalendarAddress.objects.get()
    assert token.encode() not in bytes(row.sealed) + row.token_hash.encode()


# --- from the page ------------------------------------------------------------------------------------------------------
def test_from_the_calendar_to_an_address_a_new_one_and_a_file(cast: Cast, signed_in: SignIn, client: Client) -> None:
    browser = signed_in(cast.eda)
    assert "/calendar/subscribe/?view=month" in browser.get("/calendar/?view=month").content.decode()
    assert not CalendarAddress.objects.exists()
    made = browser.post("/calendar/subscribe/?language=et", follow=True)
    assert made.redirect_chain == [("/calendar/subscribe/?language=et", 302)]
    first = made.context["address"]
    assert first.endswith(".ics?language=et")
    assert f'href="webcal://{first.partition("://")[2]}"' in made.content.decode()
    second = browser.post("/calendar/subscribe/", {"renew": "1"}, follow=True).context["address"]
    assert second.partition("?")[0] != first.partition("?")[0]
    browser.post("/calendar/subscribe/", {"end": "1"})
    assert not CalendarAddress.objects.exists()
    file = browser.get("/calendar/file/")
    assert file["Content-Disposition"] == 'attachment; filename="kaja-calendar.ics"'
    assert Calendar.from_ical(file.content)
    assert signed_in(cast.liis).post("/calendar/subscribe/").status_code == 404


def test_the_address_by_rest(cast: Cast, client: Client) -> None:
    def call(person: Person, method: str, at: str) -> Any:
        return client.generic(
            method, f"/api/v1{at}", headers={"Authorization": f"Bearer {tokens.create(person=person)}"}
        )

    assert call(cast.eda, "GET", "/calendar/address").status_code == 404
    made = call(cast.eda, "POST", "/calendar/address")
    assert made.status_code == 201
    assert call(cast.eda, "GET", "/calendar/address").json()["address"] == made.json()["address"]
    assert call(cast.eda, "DELETE", "/calendar/address").status_code == 204
    assert {call(cast.liis, method, "/calendar/address").status_code for method in ("GET", "POST", "DELETE")} == {404}


@pytest.mark.parametrize("count", [10, 1000])
def test_a_thousand_posts_cost_the_same_queries_as_ten(
    cast: Cast, client: Client, django_assert_max_num_queries: Callable[..., Any], count: int
) -> None:
    category, begin = factories.category(), timezone.now()
    Item.objects.bulk_create(
        Item(title=f"Item {n}", category=category, state="approved", live_from=begin + timedelta(hours=n))
        for n in range(count)
    )
    for n in range(count // 50):
        factories.campaign(f"Campaign {n}", begins_on=campaigns.today())
    address = path(cast.eda)
    with django_assert_max_num_queries(6):
        assert len(events(client.get(address).content)) == count + count // 50
