"""Never the same text twice (L1): suggested words are dealt, and wording that colleagues have used is noticed.

Words are compared within one item and 30 days only. Nobody learns whose words they were: there are numbers, no names.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, F, IntegerField, Min, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from rapidfuzz import fuzz

from kaja.content.models import Caption, Item
from kaja.people.models import Person
from kaja.sharing.models import CaptionUse, Share
from kaja.sharing.states import State

# Thresholds measured on pairs of English and Estonian texts: six duplicates, six not (docs/decisions/wording.md).
SAME_WORDS = 80.0
SAME_SHINGLES = 0.5
SHINGLE = 5
# Of texts shorter than this only equality says anything.
SHORT = 15
WINDOW = timedelta(days=30)
# The most distinct wordings of an item that a text is compared with, those most used first.
MOST = 500
# States in which words are out, or will be.
USED = (State.PLANNED, State.HELD, State.SENDING, State.PUBLISHED, State.UNKNOWN, State.REMOVED)
EVERYBODY = "everybody"

_LEFT_OUT = re.compile(r"(https?://\S+|\{link\}|[#@]\w+)")
_NO_LETTER = re.compile(r"[^\w\s]|_")


# --- comparing ------------------------------------------------------------------------------------------------------
def normalised(text: str) -> str:
    """The words alone: NFKC, lower case, without addresses, #tags, @handles, punctuation and emoji; single spaces."""
    plain = unicodedata.normalize("NFKC", text).lower()
    return " ".join(_NO_LETTER.sub(" ", _LEFT_OUT.sub(" ", plain)).split())


def fingerprint(text: str) -> str:
    """16 hexadecimal digits that are equal for texts of the same normalised words; empty when there are none."""
    words = normalised(text)
    return hashlib.sha256(words.encode()).hexdigest()[:16] if words else ""


def _shingles(words: str) -> set[str]:
    return {words[at : at + SHINGLE] for at in range(max(len(words) - SHINGLE + 1, 1))}


def nearly_same(one: str, other: str) -> bool:
    """Whether a reader would call these the same text: token_sort_ratio of 80 or more, or half of the 5-letter
    shingles in common. Shingles see through Estonian case endings, sorted words through changed order."""
    a, b = normalised(one), normalised(other)
    if a == b or min(len(a), len(b)) < SHORT:
        return a == b and bool(a)
    if fuzz.token_sort_ratio(a, b, score_cutoff=SAME_WORDS):
        return True
    mine, theirs = _shingles(a), _shingles(b)
    return len(mine & theirs) >= SAME_SHINGLES * len(mine | theirs)


@dataclass(frozen=True)
class Heard:
    """How many colleagues have shared an item in these very words, and how many more in nearly these."""

    same: int = 0
    nearly: int = 0

    @property
    def colleagues(self) -> int:
        return self.same + self.nearly


def heard(*, person: Person, item: Item, text: str) -> Heard:
    """Colleagues of `person` who used the wording of `text` for `item` within 30 days. One query."""
    mine = fingerprint(text)
    if not mine:
        return Heard()
    used = (
        Share.objects.filter(item=item, state__in=USED, created_at__gt=timezone.now() - WINDOW)
        .exclude(person=person)
        .exclude(wording="")
        .values("wording")
        .annotate(people=Count("person", distinct=True), sample=Min("text"))
        .order_by("-people", "wording")[:MOST]
    )
    found = Counter[bool]()
    for one in used:
        if one["wording"] == mine or nearly_same(text, one["sample"]):
            found[one["wording"] == mine] += one["people"]
    return Heard(same=found[True], nearly=found[False])


# --- dealing --------------------------------------------------------------------------------------------------------
def _circles(team: int | None, place: str) -> list[str]:
    """Those who are likely to share an audience with somebody, the closest first; the last is everybody."""
    return [f"team:{team}" if team else "", f"place:{place}"[:100] if place else "", EVERYBODY]


def with_uses(captions: QuerySet[Caption], person: Person) -> QuerySet[Caption]:
    """Captions with `in_team`, `in_place` and `in_all`: how often the person's team, those at the same place, and
    everybody have shared them."""
    of = CaptionUse.objects.filter(caption=OuterRef("pk"))

    def often(circle: str) -> Coalesce | Value:
        if not circle:
            return Value(0, output_field=IntegerField())
        return Coalesce(Subquery(of.filter(circle=circle).values("used"), output_field=IntegerField()), Value(0))

    team, place, everybody = _circles(person.team_id, person.location)
    return captions.annotate(in_team=often(team), in_place=often(place), in_all=often(everybody))


def dealt(captions: Iterable[Caption], person: Person) -> list[Caption]:
    """Captions of `with_uses` in the order to offer them: the least used in the person's team first, then the least
    used at their place, then of all; those used equally often begin at another place for each person, as cards go
    round a table."""
    cards = sorted(captions, key=lambda one: (one.position, one.pk))
    at = {card.pk: place for place, card in enumerate(cards)}

    def order(card: Caption) -> tuple[int, ...]:
        uses = tuple(getattr(card, name, 0) for name in ("in_team", "in_place", "in_all"))
        return *uses, (at[card.pk] - person.pk - card.item_id) % len(cards)

    return sorted(cards, key=order)


def count_use(*, caption: Caption, person: Person) -> None:
    """Remember that a share began with this caption. Call it in the transaction that makes the share."""
    for circle in filter(None, _circles(person.team_id, person.location)):
        row, made = CaptionUse.objects.get_or_create(caption=caption, circle=circle, defaults={"used": 1})
        if not made:
            CaptionUse.objects.filter(pk=row.pk).update(used=F("used") + 1)


def recount() -> None:
    """Make the counts of uses what the shares say: cancelled and failed ones are no use. Run hourly; safe to repeat."""
    began = Share.objects.filter(state__in=USED, caption__isnull=False)
    rows = began.order_by().values_list("caption", "person__team", "person__location").annotate(n=Count("pk"))
    wanted = Counter[tuple[int, str]]()
    for caption, team, place, n in rows:
        for circle in filter(None, _circles(team, place)):
            wanted[caption, circle] += n
    have = {(row.caption_id, row.circle): row for row in CaptionUse.objects.all()}
    wrong = [row for key, row in have.items() if row.used != wanted[key]]
    for row in wrong:
        row.used = wanted[row.caption_id, row.circle]
    CaptionUse.objects.bulk_update(wrong, ["used"], batch_size=500)
    CaptionUse.objects.bulk_create(
        (CaptionUse(caption_id=key[0], circle=key[1], used=n) for key, n in wanted.items() if key not in have),
        batch_size=1000,
        ignore_conflicts=True,
    )
