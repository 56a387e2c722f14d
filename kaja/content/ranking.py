"""Where readers' answers put an item in the feed: its beginning, moved by up to three days.

Why and how is in docs/decisions/feed-order.md.

Time is never written into the place, so nothing has to be put in order anew while time passes: an item that stands
before another stays there until somebody answers.
"""

from datetime import datetime, timedelta

from django.db.models import Count, F, Q

from kaja.content.models import Item, Reaction

MOST = timedelta(days=3)
# So many neutral answers are taken for granted: three grumpy people move a story by nine hours, not to the end.
TAKEN_FOR_GRANTED = 20


def lift(interested: int, uninterested: int) -> timedelta:
    """How much newer (or older) the answers make an item: MOST x (interested - uninterested) / (all + 20).

    Every "interesting" raises and every "not for me" lowers it, less and less, and never by more than MOST.
    """
    answers = interested + uninterested + TAKEN_FOR_GRANTED
    return MOST * (interested - uninterested) / answers


def placed(live_from: datetime | None, interested: int, uninterested: int) -> datetime | None:
    """What `ranked_at` should say; None when nothing moves the item."""
    moved = lift(interested, uninterested)
    return live_from + moved if live_from is not None and moved else None


def place(item: Item) -> None:
    """Put an item where its answers and its beginning say. Call it in the transaction that changed either."""
    row = Item.objects.only("live_from", "interested", "uninterested").get(pk=item.pk)
    item.ranked_at = placed(row.live_from, row.interested, row.uninterested)
    Item.objects.filter(pk=item.pk).update(ranked_at=item.ranked_at)


def count(item: Item) -> None:
    """Count the answers to an item anew and place it. Takes its row, so that of two answers at once none is lost."""
    Item.objects.select_for_update().get(pk=item.pk)
    said = Reaction.objects.filter(item=item).aggregate(yes=_INTERESTING, no=_NOT_FOR_ME)
    Item.objects.filter(pk=item.pk).update(interested=said["yes"], uninterested=said["no"])
    place(item)


_INTERESTING = Count("pk", filter=Q(verdict=Reaction.Verdict.INTERESTING))
_NOT_FOR_ME = Count("pk", filter=Q(verdict=Reaction.Verdict.NOT_FOR_ME))


def recount() -> None:
    """Make counts and places what the rows say (people leave, beginnings change). Run hourly; safe to repeat."""
    rows = Reaction.objects.order_by().values("item").annotate(yes=_INTERESTING, no=_NOT_FOR_ME)
    said = {row["item"]: (row["yes"], row["no"]) for row in rows}
    moved = Item.objects.filter(Q(interested__gt=0) | Q(uninterested__gt=0) | Q(ranked_at__isnull=False))
    for item in Item.objects.filter(pk__in=[*said, *moved.values_list("pk", flat=True)]).iterator():
        yes, no = said.get(item.pk, (0, 0))
        at = placed(item.live_from, yes, no)
        if (item.interested, item.uninterested, item.ranked_at) != (yes, no, at):
            Item.objects.filter(pk=item.pk, live_from=F("live_from")).update(
                interested=yes, uninterested=no, ranked_at=at
            )
