"""What the stories of the guidelines begin with: a template adopted and published."""

from typing import Any

from kaja.guidelines import documents, rules
from kaja.guidelines.models import Edition, RuleVersion
from kaja.guidelines.starters import Answers
from kaja.people.models import Person

ANSWERS = Answers("Nordwind Robotics", "Nordwind", "NordwindTeam", "Priit Oja", "priit.oja@nordwind.example")


def adopted(person: Person) -> Edition:
    return documents.adopt(person=person, starter="short", answers=ANSWERS)


def published(person: Person) -> Edition:
    adopted(person)
    return documents.publish(person=person, matters=True, note="The first.")


def words(**texts: Any) -> dict[str, Any]:
    return {"words": {"en": texts, "et": texts}}


def next_version(person: Person, *, matters: bool, title: str = "Other words") -> Edition:
    """The first rule gets this title, and out it goes."""
    draft = documents.begin(person=person)
    piece = draft.content["policy"][1]
    documents.change(person=person, piece=piece["id"], given=words(title=title, do="Yes", dont="No"))
    return documents.publish(person=person, matters=matters)


def rule(
    person: Person, kind: str = "confidential", level: str = "must", *, start: bool = True, **given: Any
) -> RuleVersion:
    """A rule in force from now, or its draft."""
    form = given.pop("form", {"words": ["Project Kelp"]})
    given = {"kind": kind, "level": level, "form": form, "names": {"en": "A rule", "et": "Reegel"}, **given}
    made = rules.write(person=person, given=given)
    return rules.start(person=person, rule=made.rule) if start else made
