"""What Nordwind would say in a crisis, written on a quiet day."""

from __future__ import annotations

from kaja.people.models import Person
from kaja.sharing import crisis

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
