"""What Nordwind would say in a crisis, written on a quiet day; and the two hours in which it held all that names a
customer."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from kaja.audit import lines
from kaja.audit.models import Line
from kaja.people import company
from kaja.people.models import Person
from kaja.sharing import crisis, naming
from kaja.sharing.models import Crisis, Share

NOTICE = {
    "en": "Please do not post or comment for now. Andres writes to everyone within two hours.",
    "et": "Palun ära praegu postita ega kommenteeri. Andres kirjutab kõigile kahe tunni jooksul.",
}
STATEMENT = {
    "en": "We know that something has happened and are finding out what. Our people are there. We will not guess about "
    "causes; we tell you as soon as we know more.",
    "et": "Teame, et midagi on juhtunud, ja selgitame välja, mis. Meie inimesed on kohal. Põhjuste üle me ei oleta; "
    "anname teada niipea, kui teame rohkem.",
}
FRIEND = {
    "en": "I do not know more than the company has said. Here is its statement.",
    "et": "Ma ei tea rohkem, kui ettevõte on öelnud. Siin on ettevõtte teade.",
}


def write(crew: list[Person]) -> None:
    """The prepared words, by the verb that the programme manager uses."""
    kadri = next(person for person in crew if person.first_name == "Kadri")
    words = crisis.Words(
        notice=NOTICE, statement=STATEMENT, friend=FRIEND, speaks=kadri.name, reach="+372 5555 0143",
        approved_by="Priit",
    )  # fmt: skip
    crisis.plan(person=kadri, words=words)


# --- the crisis that is over ----------------------------------------------------------------------------------------
PHRASES = ["Põhja Külm"]
WHY = {
    "en": "A power cut in the cold store of Põhja Külm. They speak first.",
    "et": "Põhja Külma külmlaos oli elektrikatkestus. Nemad räägivad esimesena.",
}
ABOUT_IT = {
    "en": "Please do not post about Põhja Külm until they have told their own customers.",
    "et": "Palun ära postita Põhja Külmast, kuni nad on oma klientidele ise teada andnud.",
}
FAREWELL = {
    "en": "Põhja Külm has told its customers, and the store is cold again. Thank you for waiting.",
    "et": "Põhja Külm on oma klientidele teada andnud ja ladu on jälle külm. Aitäh, et ootasid.",
}
LASTED, EARLIER, AFTER = timedelta(minutes=110), timedelta(hours=5), timedelta(hours=30)
MOST = 6


def remember(crew: list[Person], *, now: datetime) -> None:
    """A crisis about certain words, begun and ended by hand in the past: what went out after it had been written before
    it, was held, and went out at its time. Its rows are written as the verbs leave them, without their letters."""
    kadri = next(person for person in crew if person.first_name == "Kadri")
    held = _held(now)
    if not held:
        return
    ended_at = min(share.published_at for share in held if share.published_at) - timedelta(minutes=20)
    begun_at = ended_at - LASTED
    for place, share in enumerate(held):
        Share.objects.filter(pk=share.pk).update(created_at=begun_at - EARLIER - timedelta(minutes=17 * place))
    open_then = Share.objects.filter(created_at__lt=begun_at, published_at__gt=begun_at).count()
    row = Crisis.objects.create(
        begun_by=kadri, begun_at=begun_at, ended_by=kadri, ended_at=ended_at, lasting=None, only=Crisis.Only.WORDS,
        phrases=PHRASES, why=WHY[company.current().language], notice=ABOUT_IT, farewell=FAREWELL, speaks=kadri.name,
        reach="+372 5555 0143", held=len(held), gone=len(held), looked=open_then, to_look=open_then,
        searched_at=begun_at + timedelta(seconds=1),
    )  # fmt: skip
    row.named.set(held)
    _told(row, kadri)


def _held(now: datetime) -> list[Share]:
    """A few posts in which the words stand, or in the title of whose story, from one day: the last of them not newer
    than a week."""
    out = Share.objects.published().filter(way=Share.Way.API, published_at__lt=now - timedelta(days=7))
    rows = out.select_related("item", "link").order_by("-published_at", "-pk")
    named = [
        share for share in rows
        if naming.find(PHRASES, share.item.title, naming.own_words(share.text, share.link.slug if share.link else None))
    ]  # fmt: skip
    if not named or named[0].published_at is None:
        return []
    first = named[0].published_at - AFTER
    return [share for share in named if share.published_at and share.published_at > first][:MOST]


def _told(row: Crisis, person: Person) -> None:
    """What stands in the audit trail about it."""
    begun = lines.write(
        actor=person, verb="crisis.begun", on=row, reason=row.why, held=0, under_way=0, withdrawn=[], about=row.about
    )
    searched = lines.write(actor=None, verb="crisis.searched", on=row, looked=row.looked, held=row.held)
    ended = lines.write(actor=person, verb="crisis.ended", on=row, gone=row.gone, dropped=row.dropped, asked=row.asked)
    for line, at in ((begun, row.begun_at), (searched, row.searched_at), (ended, row.ended_at)):
        Line.objects.filter(pk=line.pk).update(at=at or timezone.now())
