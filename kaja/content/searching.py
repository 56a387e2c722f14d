"""Full-text search in Estonian and English: one index behind one pair of functions, on SQLite and on PostgreSQL.

What is compared is made here (stems.py), so both databases find the same. SQLite keeps an FTS5 table, PostgreSQL a
tsvector column; both follow the table ItemWords by themselves (migration 0002). Verbs that change items or captions
call `index`; `catch_up` and `reindex` mend what was written past them.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.html import strip_tags

from kaja import addresses
from kaja.content import gradation, stems
from kaja.content.models import Item, ItemWords

MOST_WORDS = 8
BATCH = 500


def index(items: Iterable[Item]) -> None:
    """Write down by what these items are found: title first, then summary, text, captions, host and topics."""
    numbers = [item.pk for item in items]
    now = timezone.now()
    rows = Item.objects.filter(pk__in=numbers).prefetch_related("captions", "topics")
    ItemWords.objects.bulk_create(
        (ItemWords(item=item, head=stems.stemmed(item.title), rest=_rest(item), indexed_at=now) for item in rows),
        update_conflicts=True,
        unique_fields=["item"],
        update_fields=["head", "rest", "indexed_at"],
    )


def _rest(item: Item) -> str:
    texts = [item.summary, strip_tags(item.body), addresses.host(item.url)]
    texts += [caption.text for caption in item.captions.all()]
    texts += [str(name) for topic in item.topics.all() for name in (topic.slug, *topic.names.values())]
    return stems.stemmed("\n".join(texts))


def catch_up(*, most: int = 5000) -> int:
    """Schedule: index items that were written past the verbs or changed since; how many."""
    stale = Item.objects.filter(Q(words__isnull=True) | Q(words__indexed_at__lt=F("updated_at"))).order_by("pk")
    return _in_batches(list(stale.values_list("pk", flat=True)[:most]))


def reindex() -> int:
    """Index every item anew; how many. Safe at any time: items stay findable meanwhile."""
    return _in_batches(list(Item.objects.order_by("pk").values_list("pk", flat=True)))


def _in_batches(numbers: list[int]) -> int:
    for start in range(0, len(numbers), BATCH):
        with transaction.atomic():
            index(Item(pk=number) for number in numbers[start : start + BATCH])
    return len(numbers)


def find(items: QuerySet[Item], words: str) -> QuerySet[Item]:
    """Those of `items` that hold every word, the last of them as a beginning; `relevance` sorts them, best first.

    Words without a letter or digit find nothing.
    """
    asked = stems.words(words)[:MOST_WORDS]
    if not asked:
        return items.annotate(relevance=Value(0.0)).none()
    return _postgresql(items, asked) if connection.vendor == "postgresql" else _sqlite(items, asked)


def _asked(word: str) -> list[str]:
    """Everything one word of a query is found by: its forms, and the words it is in another grade."""
    return list(dict.fromkeys([*stems.forms(word), *(stems.folded(one) for one in gradation.others(word))]))


def _sqlite(items: QuerySet[Item], asked: list[str]) -> QuerySet[Item]:
    parts = [" OR ".join(f'"{form}"' for form in _asked(word)) for word in asked]
    parts[-1] += f' OR "{stems.folded(asked[-1])}"*'
    # The plus keeps SQLite from asking the full-text index once for each item: it is asked once, items are looked up.
    # What was typed is a parameter and holds letters and digits only.
    found: QuerySet[Item] = items.extra(
        tables=["content_search"],
        where=["content_item.id = +content_search.rowid", "content_search MATCH %s"],
        params=[" AND ".join(f"({part})" for part in parts)],
    ).annotate(relevance=RawSQL("content_search.rank", []))
    return found


def _postgresql(items: QuerySet[Item], asked: list[str]) -> QuerySet[Item]:
    parts = [" | ".join(f"'{form}'" for form in _asked(word)) for word in asked]
    parts[-1] += f" | '{stems.folded(asked[-1])}':*"
    query = " & ".join(f"({part})" for part in parts)
    found: QuerySet[Item] = items.extra(
        tables=["content_itemwords"],
        where=["content_item.id = content_itemwords.item_id", "content_itemwords.vector @@ %s::tsquery"],
        params=[query],
    ).annotate(relevance=RawSQL("-ts_rank('{0, 0, 0.25, 1}', content_itemwords.vector, %s::tsquery)", [query]))
    return found
