"""What the library can be narrowed by: every category, topic, campaign and so on, asked for in one query."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import CharField, F, IntegerField, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, Concat, NullIf, Trim
from django.utils.translation import get_language, get_language_info

from kaja.content.models import Campaign, Category, Feed, Item, Topic
from kaja.people.models import Audience, Person

# Value and label of each choice, in the order they are offered.
Choices = list[tuple[str, str]]
_TEXT = CharField()


def every() -> dict[str, Choices]:
    """Choices by the name of the filter's part: category, topic, audience, campaign, feed, author, language.

    Audiences, authors and languages are those of some item. Labels are in the reader's language.
    """
    found: dict[str, list[tuple[int, str, str]]] = {}
    first, *others = _parts()
    for part, value, label, place in first.union(*others, all=True):
        found.setdefault(part, []).append((place, str(label), str(value)))
    choices = {part: [(value, label) for _place, label, value in sorted(rows)] for part, rows in found.items()}
    choices["language"] = [(code, language(code)) for code, _label in choices.get("language", [])]
    return choices


def _parts() -> list[QuerySet[Any, Any]]:
    code = get_language() if get_language() in dict(settings.LANGUAGES) else "en"
    names = [KeyTextTransform(one, "names", output_field=_TEXT) for one in (code, "en")]
    named = Coalesce(*names, F("slug"), output_field=_TEXT)
    number = Cast("pk", _TEXT)
    person = Coalesce(
        NullIf(Trim(Concat("first_name", Value(" "), "last_name")), Value("")), F("email"), output_field=_TEXT
    )
    authors = Item.objects.filter(author__isnull=False).order_by().values("author")
    audiences = Item.objects.filter(audience__isnull=False).order_by().values("audience")
    titled = Coalesce(NullIf("title", Value("")), F("url"), output_field=_TEXT)
    return [
        _rows("category", Category.objects.all(), "slug", named, F("position")),
        _rows("topic", Topic.objects.all(), "slug", named),
        _rows("audience", Audience.objects.filter(pk__in=audiences), number, "label"),
        _rows("campaign", Campaign.objects.all(), "slug", "name"),
        _rows("feed", Feed.objects.all(), number, titled),
        _rows("author", Person.objects.filter(pk__in=authors), number, person),
        _rows("language", Item.objects.all(), "language", "language").distinct(),
    ]


def _rows(
    part: str,
    rows: QuerySet[Any, Any],
    value: Combinable | str,
    label: Combinable | str,
    place: Combinable | None = None,
) -> QuerySet[Any, Any]:
    """One part of the union. Texts are cast, so that PostgreSQL takes columns of every length for one kind."""
    return rows.order_by().values_list(
        Value(part, output_field=_TEXT),
        Cast(value, _TEXT),
        Cast(label, _TEXT),
        Cast(place or Value(0), IntegerField()),
    )


def language(code: str) -> str:
    """What a language is called in its own words; the code itself when Django does not know it."""
    try:
        return str(get_language_info(code)["name_local"]).capitalize()
    except KeyError:
        return code.upper()
