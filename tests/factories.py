"""Rows for stories: plain functions with sensible defaults."""

from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any

from django.utils import timezone
from django.utils.text import slugify
from PIL import Image

from kaja import vault
from kaja.content import media, review
from kaja.content.models import Campaign, Caption, Category, Item, Media
from kaja.links.models import LinkDay, ShortLink
from kaja.networks.models import ConnectedAccount
from kaja.people import audiences, rules
from kaja.people.models import Audience, Person
from kaja.sharing.models import Share
from kaja.sharing.states import State


def category(slug: str = "product", **fields: Any) -> Category:
    names = {"en": "Product", "et": "Toode"} if slug == "product" else {"en": slug.title(), "et": slug.title()}
    found, _made = Category.objects.get_or_create(slug=slug, defaults={"names": names, **fields})
    return found


def campaign(name: str = "Quiet Week", **fields: Any) -> Campaign:
    """A campaign that was started, began yesterday and lasts two weeks."""
    today = timezone.localdate()
    days = {"begins_on": today - timedelta(days=1), "ends_on": today + timedelta(days=13)}
    fields = {"started_at": timezone.now(), **days, **fields}
    return Campaign.objects.create(name=name, slug=fields.pop("slug", slugify(name)), **fields)


def item(title: str = "NW-7 is here", *captions: str, **fields: Any) -> Item:
    """A live link item for everyone, with these captions in English."""
    now = timezone.now()
    fields.setdefault("category", category())
    made = Item.objects.create(
        **{
            "title": title,
            "url": "https://nordwind.example/nw-7",
            "state": Item.State.APPROVED,
            "live_from": now - timedelta(hours=1),
            "live_until": now + timedelta(days=3),
            "approved_at": now,
            **fields,
        }
    )
    for position, text in enumerate(captions):
        Caption.objects.create(item=made, language="en", text=text, position=position)
    return made


def reviewed(writer: Person, reviewer: Person, row: Item) -> Item:
    """What somebody wrote goes through review and is approved; the item, as it is then."""
    review.submit(person=writer, item=row)
    review.approve(person=reviewer, item=row)
    return Item.objects.get(pk=row.root.pk)


def audience(person: Person, name: str, **conditions: list[str]) -> Audience:
    """A kept audience of those who meet every condition: team=["3"], location=["Riga"]."""
    group = [{"field": field, "values": values} for field, values in conditions.items()]
    return audiences.create(person=person, name=name, rule=rules.parse({"any": [{"all": group}]}))


def picture(colour: str = "teal", alt: str = "A robot", *, width: int = 60, height: int = 40) -> Media:
    """A kept picture of one colour; the same colour and size is the same picture."""
    out = BytesIO()
    Image.new("RGB", (width, height), colour).save(out, "PNG")
    return media.keep(out.getvalue(), alt=alt)


def account(person: Person, network: str = "sandbox", **fields: Any) -> ConnectedAccount:
    """A working account of this person's on the sandbox."""
    handle = f"{person.first_name}.{person.last_name}".lower()
    return ConnectedAccount.objects.create(
        **{
            "person": person,
            "network": network,
            "external_id": f"{network}:{handle}",
            "handle": handle,
            "sealed": vault.seal({"handle": handle}),
            **fields,
        }
    )


def share(
    person: Person,
    shared: Item | None = None,
    *,
    network: str = "linkedin",
    at: datetime | None = None,
    clicks: dict[date, int] | int = 0,
    **fields: Any,
) -> Share:
    """A share that went out at `at` (now), with a link of its own that got these human clicks (a number: that day)."""
    at = at or timezone.now()
    link = ShortLink.objects.create(
        slug=f"f{ShortLink.objects.count()}", target="https://nordwind.example/", owner=person, network=network
    )
    made = Share.objects.create(
        **{
            "person": person,
            "item": shared or item(),
            "network": network,
            "way": Share.Way.DIALOG,
            "link": link,
            "text": "My own words.",
            "state": State.PUBLISHED,
            "not_before": at,
            "published_at": at,
            "confirmed": Share.Confirmed.PERSON,
            **fields,
        }
    )
    if clicks:
        days = clicks if isinstance(clicks, dict) else {at.astimezone(UTC).date(): clicks}
        for day, n in days.items():
            LinkDay.objects.create(link=link, day=day, person=n, visitors=n, preview=2, own=1)
    return made
