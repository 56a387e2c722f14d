"""The people of every story.

Liis is an advocate; Mart is one too, on another team; Kadri is programme manager; Eda edits; Rein reviews; Aado is the
administrator; Viivi only looks (viewer). Sten works at the company and was never given a role: the insider who may
nothing. A stranger has no account at all: use the plain `client`.
"""

from dataclasses import dataclass

from django.utils import timezone

from kaja import memory
from kaja.people.models import Company, Person, RoleGrant, Team

PASSWORD = "kaja on kaja"


@dataclass
class Cast:
    liis: Person
    mart: Person
    kadri: Person
    eda: Person
    rein: Person
    aado: Person
    viivi: Person
    sten: Person


def person(first: str, last: str, *roles: str, team: Team | None = None, location: str = "Tallinn") -> Person:
    """A joined person with these roles; e-mail first.last@nordwind.example, password cast.PASSWORD."""
    someone = Person(
        email=f"{first}.{last}@nordwind.example".lower(),
        first_name=first,
        last_name=last,
        team=team,
        location=location,
        country="EE",
        languages=["et", "en"],
        language="en",
        joined_at=timezone.now(),
    )
    someone.set_password(PASSWORD)
    someone.save()
    RoleGrant.objects.bulk_create(RoleGrant(person=someone, role=role) for role in roles)
    return someone


def assemble() -> Cast:
    """The company and everybody in it, saved."""
    Company.objects.create(name="Nordwind Robotics", short_name="Nordwind", hashtag="NordwindTeam")
    memory.forget("company")
    sales, product = Team.objects.create(name="Sales"), Team.objects.create(name="Product")
    return Cast(
        liis=person("Liis", "Tamm", "advocate", team=sales),
        mart=person("Mart", "Kask", "advocate", team=product, location="Riga"),
        kadri=person("Kadri", "Magi", "manager", "advocate", team=sales),
        eda=person("Eda", "Lepik", "editor", "advocate", team=product),
        rein=person("Rein", "Saar", "reviewer", team=product),
        aado=person("Aado", "Kuusk", "administrator"),
        viivi=person("Viivi", "Paju", "viewer"),
        sten=person("Sten", "Jogi", team=sales),
    )
