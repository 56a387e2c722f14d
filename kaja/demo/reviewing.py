"""The demo's review and audiences: steps of a category, items at different steps, comments, a kept audience."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from kaja.content import captions, categories, comments, items, review, steps
from kaja.content.models import Category, Item, ItemVersion, Topic
from kaja.people import audiences, rules
from kaja.people.models import Person, Team

STEPS = [
    {"key": "brand", "names": {"en": "Brand", "et": "Bränd"}, "days": 1},
    {"key": "legal", "names": {"en": "Legal", "et": "Õigus"}, "days": 2},
]
TOPICS = (
    ("robots", "Robots", "Robotid"), ("sustainability", "Sustainability", "Kestlikkus"), ("safety", "Safety", "Ohutus"),
    ("customers", "Customers", "Kliendid"),
)  # fmt: skip
CUSTOMER = "https://nordwind.example/stories/"


@transaction.atomic
def write(crew: list[Person], items_made: list[Item], *, now: datetime) -> None:
    """Everything of this part of the story; after the items are there."""
    by_name = {person.first_name: person for person in reversed(crew)}
    kadri, elina, helena, liis = (by_name[name] for name in ("Kadri", "Elīna", "Helena", "Liis"))
    for slug, english, estonian in TOPICS:
        Topic.objects.get_or_create(slug=slug, defaults={"names": {"en": english, "et": estonian}})
    _people(crew, liis)
    product = Category.objects.get(slug="product")
    categories.save(
        person=kadri, category=product, names=product.names, look=product.look, shareable=True,
        review=[STEPS[0] | {"people": [helena.pk, kadri.pk]}, STEPS[1]],
    )  # fmt: skip
    for item in Item.objects.filter(state=Item.State.IN_REVIEW).select_related("category"):
        step = steps.of(item.category)[0]
        Item.objects.filter(pk=item.pk).update(step=step.key, due_at=steps.due(step, now))
    engineers = _audience(kadri)
    live = next(item for item in items_made if item.title.startswith("How to lift"))
    _change(live, elina, helena)
    _new(product, engineers, elina, helena, kadri)
    _late(product, elina, kadri, now)
    _returned(product, elina, helena)


def _people(crew: list[Person], liis: Person) -> None:
    """What the company's file says, and what some people chose."""
    for place, person in enumerate(crew):
        person.attributes = {"cost_centre": f"R-{10 + place % 6}", "shift": ("Day", "Night")[place % 7 == 0]}
        if place % 9 == 0:
            person.hidden = ["product"]
        if place % 4 == 0:
            person.interests = ["robots"] if place % 8 else ["people", "safety"]
    liis.interests = ["customers", "product"]
    Person.objects.bulk_update(crew, ["attributes", "hidden", "interests"], batch_size=500)


def _audience(kadri: Person) -> Any:
    teams = Team.objects.filter(name__in=["Perception", "Firmware", "Motion Control", "Field Service"])
    group = [
        {"field": "team", "values": [str(team.pk) for team in teams]},
        {"field": "location", "values": ["Tallinn", "Riga"]},
        {"field": "language", "values": ["et", "en"]},
        {"field": "hidden", "is": False, "values": ["product"]},
    ]
    rule = rules.parse({"any": [{"all": group}]})
    return audiences.create(person=kadri, name="Engineers who read Estonian or English", rule=rule)


def _change(live: Item, elina: Person, helena: Person) -> None:
    """A change of what is live, past its first step."""
    words = live.captions.filter(language="en").first()
    assert words is not None
    better = words.text.replace("Three hundred eggs", "Three hundred and twelve eggs")
    change = captions.change(person=elina, caption=words, text=better, voice=words.voice).item
    items.change(person=elina, item=change, summary=live.summary.replace("three hundred eggs", "312 eggs"))
    review.submit(person=elina, item=change)
    comments.add(
        person=helena,
        item=change,
        about=f"caption:{words.pk}",
        text="We counted again, and this is the number in the story.",
    )
    review.approve(person=helena, item=change, words="The tone is ours.")


def _new(product: Category, engineers: Any, elina: Person, helena: Person, kadri: Person) -> None:
    """New, sent back once, written anew, waiting at the first step."""
    item = items.create(
        person=elina, title="A day with the firmware team", url=f"{CUSTOMER}firmware-day", category=product,
        summary="Nine people, forty boards and a kettle. What happens before a robot takes its first step.",
    )  # fmt: skip
    captions.add(
        person=elina, item=item, language="en", voice="Witty",
        text="At −24 °C phones die in minutes. Our boards have worked 1,000 hours without a single failure.",
    )  # fmt: skip
    captions.add(
        person=elina, item=item, language="et", voice="Isiklik",
        text="Päev püsivarameeskonnaga: üheksa inimest, nelikümmend trükkplaati ja üks veekeetja.",
    )  # fmt: skip
    review.submit(person=elina, item=item)
    review.return_(person=helena, item=item, reason="“Single failure” is a promise we cannot keep.")
    words = item.captions.get(language="en")
    captions.change(
        person=elina, caption=words, voice="Witty",
        text="At −24 °C phones die in minutes. Our boards have worked 1,000 hours without a coffee break.",
    )  # fmt: skip
    items.change(person=elina, item=item, audience=engineers)
    item.refresh_from_db()
    review.submit(person=elina, item=item)
    comments.add(person=elina, item=item, text="Firmware asked for engineers only until the fair.")
    comments.add(person=kadri, item=item, text="Fine. Everybody else gets it on the first day of the fair.")


def _late(product: Category, elina: Person, kadri: Person, now: datetime) -> None:
    item = items.create(
        person=elina, title="Warehouses that never sleep", url=f"{CUSTOMER}night-shift", category=product,
        summary="What three customers learned in their first year of night shifts with robots.",
    )  # fmt: skip
    captions.add(person=elina, item=item, language="en", text="The night shift found the mistake the day shift made.")
    review.submit(person=elina, item=item)
    Item.objects.filter(pk=item.pk).update(due_at=now - timedelta(days=1), updated_at=now - timedelta(days=4))
    ItemVersion.objects.filter(item=item).update(at=now - timedelta(days=4))
    comments.add(person=kadri, item=item, text="Are the three customers fine with being named?")


def _returned(product: Category, elina: Person, helena: Person) -> None:
    item = items.create(
        person=elina,
        title="How to lift an egg, part two",
        url=f"{CUSTOMER}egg-two",
        category=product,
        live_from=timezone.now(),
    )
    captions.add(person=elina, item=item, language="en", text="This time the eggs are raw.")
    review.submit(person=elina, item=item)
    review.return_(person=helena, item=item, reason="Say what is new compared with part one.")
