"""How often two connected colleagues end up with the same text when 500 people share one item.

Three ways: words dealt, taken at random, always the first. The demo company's people (teams and places as they are)
are connected by chance: six in ten within a team, two in ten within a place, one in fifty otherwise. Each opens the
feed at a moment of the same week, takes the words on the card and sends them within some minutes, so that cards are
dealt before earlier ones are played. Dealing is Kaja's own code on Kaja's own tables.

With k captions nobody can do better than to use each equally often in every team; the floor is that best: within
teams, dealing stays at or below 1.15 times of it. Fewer equal texts than that need more captions or own words.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kaja.content.models import Caption, Item
    from kaja.people.models import Person

PEOPLE, SEEDS = 500, 3
# How many captions there are, and which part of the 500 share.
CASES = ((5, 1.0), (15, 1.0), (5, 0.2), (15, 0.2))
MINUTES = 5 * 8 * 60
CEILING = 1.15

Choose = Callable[["Person"], "Caption"]


def prepare() -> list[Person]:
    os.environ["KAJA_DATA_DIR"] = tempfile.mkdtemp(prefix="kaja-bench-")
    os.environ["DJANGO_SETTINGS_MODULE"] = "kaja.settings"
    os.environ["KAJA_DEMO"] = "1"  # the invented company posts to the sandbox
    import django

    django.setup()
    from kaja.commands import database
    from kaja.demo import filling
    from kaja.people.models import Person

    database.migrate()
    filling.fill(people=PEOPLE, days=1)
    return list(Person.objects.order_by("pk"))


def new_item(captions: int) -> Item:
    from kaja.content.models import Caption, Category, Item

    item = Item.objects.create(title="One item", url="https://b.example/", category=Category.objects.all()[0])
    Caption.objects.bulk_create(
        Caption(item=item, language="en", text=f"Words {n}", position=n) for n in range(captions)
    )
    return item


def connections(people: list[Person], chance: random.Random) -> list[tuple[int, int]]:
    """Pairs of people who see each other's posts."""

    def likely(one: Person, other: Person) -> float:
        if one.team_id and one.team_id == other.team_id:
            return 0.6
        return 0.2 if one.location == other.location else 0.02

    return [
        (a.pk, b.pk) for at, a in enumerate(people) for b in people[at + 1 :] if chance.random() < likely(a, b)
    ]  # fmt: skip


def played(people: list[Person], choose: Choose, chance: random.Random) -> dict[int, int]:
    """Who ends up with which caption, when each takes what lies on top at the moment of looking."""
    from kaja.sharing import wording

    looks = sorted((chance.uniform(0, MINUTES), person.pk, person) for person in people)
    waiting: list[tuple[float, Person, Caption]] = []
    ends: dict[int, int] = {}
    for at, _number, person in looks:
        for _moment, sender, caption in [one for one in waiting if one[0] <= at]:
            wording.count_use(caption=caption, person=sender)
        waiting = [one for one in waiting if one[0] > at]
        card = choose(person)
        ends[person.pk] = card.pk
        waiting.append((at + chance.uniform(1, 10), person, card))
    return ends


def same(pairs: list[tuple[int, int]], ends: dict[int, int]) -> float:
    both = [(a, b) for a, b in pairs if a in ends and b in ends]
    return sum(ends[a] == ends[b] for a, b in both) / len(both)


def best(team: list[int], captions: int) -> int:
    """Pairs with the same text when each caption is used as equally often as can be in a team."""
    full, rest = divmod(len(team), captions)
    return rest * (full + 1) * full // 2 + (captions - rest) * full * (full - 1) // 2


def teams_of(people: list[Person]) -> list[list[int]]:
    teams: dict[int | None, list[int]] = {}
    for person in people:
        teams.setdefault(person.team_id, []).append(person.pk)
    teams.pop(None, None)
    return list(teams.values())


def case(people: list[Person], captions: int, part: float) -> float:
    """Prints one line; returns how many pairs within teams have the same text when dealt, by the best possible."""
    from kaja.sharing import wording

    total = dict.fromkeys(("dealt", "random", "first"), 0.0)
    equal = possible = 0
    for seed in range(SEEDS):
        chance = random.Random(seed)
        pairs = connections(people, chance)
        item = new_item(captions)
        cards = list(item.captions.all())
        ways: dict[str, Choose] = {
            "dealt": lambda person, item=item: wording.dealt(  # type: ignore[misc]
                wording.with_uses(item.captions.all(), person), person
            )[0],
            "random": lambda _person, cards=cards, chance=chance: chance.choice(cards),  # type: ignore[misc]
            "first": lambda _person, cards=cards: cards[0],  # type: ignore[misc]
        }
        sharing = chance.sample(people, int(len(people) * part))
        for name, choose in ways.items():
            ends = played(sharing, choose, chance)
            total[name] += same(pairs, ends) / SEEDS
            if name == "dealt":
                for team in teams_of(sharing):
                    equal += sum(ends[a] == ends[b] for at, a in enumerate(team) for b in team[at + 1 :])
                    possible += best(team, captions)
    print(
        f"  {int(PEOPLE * part)} people share, {captions} captions: dealt {total['dealt']:.1%}, "
        f"random {total['random']:.1%}, the first one {total['first']:.0%} of connected pairs have the same text"
    )
    return equal / possible if possible else 1.0


def main() -> None:
    people = prepare()
    from django.db import transaction

    with transaction.atomic():
        ratios = [case(people, captions, part) for captions, part in CASES]
    print(f"dealing {ratios[0]:.2f} of the best possible within teams, all sharing 5 captions (at most {CEILING})")
    sys.exit(0 if ratios[0] <= CEILING else 1)


if __name__ == "__main__":
    main()
