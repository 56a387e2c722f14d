"""Two colleagues' words wait for a second pair of eyes; one was sent back. By the verbs that people use."""

from __future__ import annotations

from datetime import datetime, timedelta

from kaja.content.models import Item
from kaja.networks.catalogue import BY_KEY
from kaja.people.models import Person
from kaja.people.roles import Permission
from kaja.sharing import looks, shares
from kaja.sharing.models import SecondLook, Share

WORDS = {
    "en": "Two years without an injury on our floor. I count every morning. #NordwindTeam",
    "et": "Kaks aastat ilma ühegi tööõnnetuseta. Loen igal hommikul üle. #NordwindTeam",
}
BACK = "The customer’s accident was in the papers, because nobody looked. #NordwindTeam"
REASON = "Leave the customer out of it: tell what we do, not what happened to them."


def write(crew: list[Person], items: list[Item], *, now: datetime) -> None:
    """Shares by dialog of three people who are not in the story, asked some hours ago."""
    reviewer = next(person for person in crew if person.first_name == "Helena")
    others = [person for person in crew if person.joined_at and person.first_name not in ("Liis", "Kadri", "Helena")]
    told = [(WORDS["en"], 1), (WORDS["et"], 3), (BACK, 26)]
    for text, hours in told:
        person, item = _fitting(others, items)
        if person is None or item is None:
            return
        others.remove(person)
        share = shares.open_dialog(person=person, item=item, network=BY_KEY["linkedin"], text=text)
        asked = now - timedelta(hours=hours)
        SecondLook.objects.filter(share=share).update(asked_at=asked, due_at=asked + timedelta(hours=4))
        Share.objects.filter(pk=share.pk).update(created_at=asked, not_before=asked)
        if text == BACK and (look := SecondLook.objects.filter(share=share).first()):
            looks.give_back(person=reviewer, number=look.pk, words=REASON)


def _fitting(people: list[Person], items: list[Item]) -> tuple[Person | None, Item | None]:
    """The first of the people who may share one of the items, with that item."""
    for person in people:
        mine = Item.objects.live().for_person(person).filter(category__shareable=True, pk__in=[one.pk for one in items])
        item = mine.exclude(url="").order_by("pk").first()
        if item is not None and person.may(Permission.SHARE):
            return person, item
    return None, None
