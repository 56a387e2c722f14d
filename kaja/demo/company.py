"""Nordwind Robotics and its people: teams, roles, who joined when."""

import random
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password

from kaja import memory
from kaja.people.models import Company, Person, RoleGrant, Team
from kaja.people.roles import Role

PASSWORD = "kaja on kaja"  # noqa: S105 - the demo's own, shown on the sign-in page
# Share of 500 by city, and how the teams divide.
CITIES = (("Tallinn", "EE", 288), ("Riga", "LV", 132), ("Berlin", "DE", 80))
TEAMS = (
    ("Engineering", "Perception", 24), ("Engineering", "Motion Control", 28), ("Engineering", "Firmware", 31),
    ("Engineering", "Mechanics", 28), ("Engineering", "Cloud", 18), ("Engineering", "QA", 34),
    ("Production", "Assembly", 58), ("Production", "Logistics", 29), ("Production", "Quality", 24),
    ("Customer Success", "Field Service", 36), ("Customer Success", "Support", 40),
    ("Sales", "Sales", 60), ("Product", "Product", 22), ("Marketing", "Marketing", 24),
    ("People & Culture", "People", 20), ("Finance", "Finance", 16), ("IT & Security", "IT", 18),
)  # fmt: skip
TITLES = {
    "Engineering": ("Software Engineer", "Robotics Researcher", "Firmware Engineer", "Test Engineer"),
    "Production": ("Assembly Technician", "Line Lead", "Quality Inspector", "Logistics Specialist"),
    "Customer Success": ("Field Service Engineer", "Support Specialist", "Customer Success Manager"),
    "Sales": ("Account Executive", "Sales Engineer", "Key Account Manager"),
    "Product": ("Product Manager", "Designer"),
    "Marketing": ("Content Manager", "Event Manager", "Marketing Specialist"),
    "People & Culture": ("Recruiter", "HR Partner", "Learning Specialist"),
    "Finance": ("Controller", "Accountant"),
    "IT & Security": ("System Administrator", "Security Engineer"),
}
NAMES = {
    "EE": (
        "Aare Aino Anneli Ants Eha Eero Hando Heli Imre Jaanika Kaido Karmen Kristjan Laine Lauri Leelo Maarja Madis "
        "Marek Merle Mihkel Nele Oskar Peeter Piret Raivo Reet Riho Sirje Taavi Tiina Toomas Triin Urmas Vello Ülle",
        "Aas Allik Hein Ilves Jänes Kallas Karu Kivi Koppel Kuusk Laas Lepp Lill Luik Mets Mänd Nurm Org Paju Pärn "
        "Raud Roos Rätsep Sepp Sild Soo Toom Tuul Uibo Vaher Veski Õunap",
    ),
    "LV": (
        "Agnese Aivars Andris Anete Baiba Dace Edgars Gints Guntars Ieva Inga Jānis Kristaps Laima Liene Māra Mārtiņš "
        "Normunds Oskars Raimonds Rita Sandra Uldis Valdis Vita",
        "Apinis Balodis Cīrulis Dreimanis Eglītis Freimanis Grīnbergs Jansons Krūmiņa Liepa Ozols Pētersone Rozīte "
        "Siliņš Straume Vītols Zariņa Āboliņš",
    ),
    "DE": (
        "Anja Björn Carla Dirk Eva Frank Greta Hannes Ines Jörg Katrin Lars Miriam Nils Petra Ralf Silke Timo Ute",
        "Albrecht Busch Demir Engel Fuchs Günther Hoffmann Jung Keller Lange Möller Peters Richter Schäfer Vogel",
    ),
}


@dataclass(frozen=True)
class Named:
    """Somebody the demo tells of by name: e-mail is first.last@nordwind.example."""

    first: str
    last: str
    title: str
    team: str
    city: str
    avatar: str
    roles: tuple[Role, ...]


R = Role
NAMED = (
    Named("Liis", "Tamm", "Account Executive", "Sales", "Tallinn", "liis", (R.ADVOCATE,)),
    Named("Kadri", "Mägi", "Programme Manager", "Marketing", "Tallinn", "kadri", (R.MANAGER, R.ADVOCATE)),
    Named("Mart", "Kask", "Team Lead Perception", "Perception", "Tallinn", "mart", (R.LEADER, R.ADVOCATE)),
    Named("Elīna", "Kalniņa", "Content Manager", "Marketing", "Riga", "elina", (R.EDITOR, R.ADVOCATE)),
    Named("Helena", "Rebane", "Head of Brand", "Marketing", "Tallinn", "helena", (R.REVIEWER, R.ADVOCATE)),
    Named("Anna", "Lindqvist", "Chief Executive Officer", "Sales", "Tallinn", "anna", (R.VIEWER,)),
    Named("Priit", "Oja", "System Administrator", "IT", "Tallinn", "priit", (R.ADMINISTRATOR,)),
    Named("Ilze", "Bērziņa", "Recruiter", "People", "Riga", "ilze", (R.ADVOCATE,)),
    Named("Zane", "Ozola", "Test Engineer", "QA", "Riga", "zane", (R.ADVOCATE,)),
    Named("Jonas", "Schmidt", "Field Service Engineer", "Field Service", "Berlin", "jonas", (R.ADVOCATE,)),
    Named("Mehmet", "Yılmaz", "Sales Engineer", "Sales", "Berlin", "mehmet", (R.ADVOCATE,)),
    Named("Tobias", "Weber", "Key Account Manager", "Sales", "Berlin", "tobias", (R.ADVOCATE,)),
    Named("Karl-Erik", "Saar", "Product Manager", "Product", "Tallinn", "karl", (R.ADVOCATE,)),
    Named("Andres", "Põld", "HR Partner", "People", "Tallinn", "andres", (R.EDITOR, R.ADVOCATE)),
)
LANGUAGES = {"EE": ["et", "en"], "LV": ["en"], "DE": ["en"]}


def ascii_name(name: str) -> str:
    """The name as an e-mail address has it: small letters without marks ("Mägi" -> "magi", "Yılmaz" -> "yilmaz")."""
    plain = unicodedata.normalize("NFKD", name.replace("ı", "i").replace("ß", "ss"))
    return "".join(letter for letter in plain.lower() if letter.isascii() and (letter.isalnum() or letter == "-"))


def found() -> Company:
    """The company row of the demo."""
    row = Company.objects.create(name="Nordwind Robotics", short_name="Nordwind", hashtag="NordwindTeam")
    memory.forget("company")
    return row


def hire(*, people: int, days: int, now: datetime, chance: random.Random) -> list[Person]:
    """`people` persons, the named ones first; six in ten have joined, a part of them during the last `days`."""
    teams = {name: Team(name=name, department=department) for department, name, _size in TEAMS}
    Team.objects.bulk_create(teams.values())
    password = make_password(PASSWORD)
    countries = {city: country for city, country, _size in CITIES}
    crew, taken = [], set()
    for number in range(people):
        named = NAMED[number] if number < len(NAMED) else None
        if named:
            first, last, team, city, title = named.first, named.last, teams[named.team], named.city, named.title
        else:
            city = chance.choices([city for city, *_ in CITIES], [size for *_, size in CITIES])[0]
            firsts, lasts = NAMES[countries[city]]
            first, last = chance.choice(firsts.split()), chance.choice(lasts.split())
            team = teams[chance.choices([name for _d, name, _s in TEAMS], [size for *_, size in TEAMS])[0]]
            title = chance.choice(TITLES[team.department])
        address = f"{ascii_name(first)}.{ascii_name(last)}"
        email = f"{address}@nordwind.example" if address not in taken else f"{address}.{number}@nordwind.example"
        taken.add(address)
        invited = now - timedelta(days=days + chance.randint(5, 90))
        joined = None
        if named or chance.random() < 0.6:
            # Most joined before the period that the demo tells of, the rest one after another within it.
            joined = invited + timedelta(days=chance.expovariate(1 / 25), hours=chance.randint(0, 9))
            joined = min(joined, now - timedelta(days=chance.randint(1, 20))) if not named else invited
        country = countries[city]
        crew.append(
            Person(
                email=email, first_name=first, last_name=last, job_title=title, team=team, location=city,
                country=country, employee_id=f"NW{number + 1:06d}", languages=LANGUAGES[country],
                language="et" if country == "EE" and not named and chance.random() < 0.5 else "",
                avatar=f"p-{named.avatar}" if named else "", invited_at=invited, joined_at=joined,
                created_at=invited, password=password if named else "!",
            )
        )  # fmt: skip
    Person.objects.bulk_create(crew, batch_size=2000)
    for number, person in enumerate(crew):
        # What the rows of RoleGrant will say, so that nobody has to be asked for each person.
        person.__dict__["roles"] = frozenset(NAMED[number].roles if number < len(NAMED) else (Role.ADVOCATE,))
    RoleGrant.objects.bulk_create(
        (RoleGrant(person=person, role=role) for person in crew for role in person.roles),
        batch_size=5000,
    )
    return crew
