"""How far a campaign is: one figure for each thing that can be its goal, within its days (B4).

Counted from the roll-ups of the posts that are in it now, from its first to its last day. Roll-ups are by UTC days, so
the first and the last hours of a campaign may fall to the day beside it. `denominator` is the target.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from django.core.exceptions import PermissionDenied
from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from kaja.content import campaigns
from kaja.content.models import Campaign, Item
from kaja.design.tags import figure as written
from kaja.links.visitors import RULES_VERSION
from kaja.measurement import tables
from kaja.measurement.drawer import Explained, Input, Term
from kaja.measurement.figures import Figure, address
from kaja.measurement.models import Counted, ItemDay
from kaja.measurement.periods import Period
from kaja.measurement.tables import Table
from kaja.measurement.tops import FACE
from kaja.people.models import Person
from kaja.people.roles import Permission

METRICS = ("shares", "clicks", "people", "own")
_INSIDE = Q(day__gte=F("item__campaign__begins_on"), day__lte=F("item__campaign__ends_on"))


def period(campaign: Campaign) -> Period:
    """The campaign's days."""
    return Period("range", campaign.begins_on, campaign.ends_on)


def read(some: Sequence[Campaign]) -> dict[int, dict[str, Figure]]:
    """The figures of several campaigns by metric, in two queries. Who asks is checked by the door."""
    numbers = [one.pk for one in some]
    counted = Counted.objects.filter(_INSIDE, item__campaign__in=numbers).order_by().values("item__campaign")
    clicks = ItemDay.objects.filter(_INSIDE, item__campaign__in=numbers).order_by().values("item__campaign")
    shares = counted.annotate(
        shares=Count("pk"), people=Count("person", distinct=True), own=Count("pk", filter=Q(own_words=True))
    )
    sums: dict[int, dict[str, int]] = defaultdict(dict)
    for campaign, *values in shares.values_list("item__campaign", "shares", "people", "own"):
        sums[campaign] |= dict(zip(("shares", "people", "own"), values, strict=True))
    for campaign, n in clicks.annotate(n=Sum("clicks")).values_list("item__campaign", "n"):
        sums[campaign]["clicks"] = n
    return {one.pk: {metric: _figure(one, metric, sums[one.pk].get(metric, 0)) for metric in METRICS} for one in some}


def goal(campaign: Campaign, figures: dict[str, Figure]) -> Figure | None:
    """The figure that is the campaign's goal; None for a campaign without one."""
    return figures.get(campaign.metric) if campaign.target else None


def _formula(metric: str) -> str:
    return {
        "shares": _(
            "shares of its posts that went out in its days, counted once for each person, post, network and day"
        ),
        "clicks": _("clicks by people on the short links of shares of its posts, in its days"),
        "people": _("people with at least one share of its posts in its days"),
        "own": _("shares of its posts in its days, in other words than the suggested ones"),
    }[metric]


def _figure(campaign: Campaign, metric: str, value: int) -> Figure:
    rows = address(f"campaign_{metric}", period(campaign), campaign=campaign.slug)
    target = campaign.target if campaign.metric == metric else None
    return Figure(value, value, target, None, None, "measured", _formula(metric), rows, f"campaign_{metric}")


# --- opened ---------------------------------------------------------------------------------------------------------
def explain(*, person: Person, name: str, slug: str, page: int) -> Explained | None:
    """A campaign's figure opened, for everybody who may see the campaign; None when there is no such figure.

    Clicks are by day for those who do not see the programme: a post with one sharer would tell that person's clicks.
    Raises PermissionDenied.
    """
    campaign = campaigns.seen_by(person).filter(slug=slug).first()
    if campaign is None:
        raise PermissionDenied
    metric = name.removeprefix("campaign_")
    if metric not in METRICS:
        return None
    figure = read([campaign])[campaign.pk][metric]
    return Explained(
        figure=figure,
        period=str(period(campaign)),
        of=campaign.title,
        about=[_about(metric), _("Only posts that are in the campaign now count, in its own days. Days are UTC days.")],
        terms=_terms(figure),
        inputs=[Input(figure.title, figure.written, "measured", _note(metric))],
        table=_table(campaign, metric, figure, person, page),
        rules=RULES_VERSION if metric == "clicks" else 0,
    )


def _about(metric: str) -> str:
    return {
        "shares": _("Posts that went out, however that became known."),
        "clicks": _("Clicks by people on the short links, counted by our own server."),
        "people": _("Everybody counts once, however often they shared."),
        "own": _("Posts whose words are not one of the suggestions as it stood."),
    }[metric]


def _note(metric: str) -> str:
    return _("Bots, fetchers of previews, repeats and own clicks are left out.") if metric == "clicks" else ""


def _terms(figure: Figure) -> list[Term]:
    terms = [Term(figure.written, figure.unit, result=True)]
    if figure.denominator:
        terms += [Term(_("of")), Term(written(figure.denominator), _("hoped for"))]
    return terms


def _within(campaign: Campaign) -> Q:
    return Q(item__campaign=campaign, day__gte=campaign.begins_on, day__lte=campaign.ends_on)


def _table(campaign: Campaign, metric: str, figure: Figure, person: Person, page: int) -> Table:
    counted: QuerySet[Counted] = Counted.objects.filter(_within(campaign)).order_by()
    if metric == "people":
        people = counted.values("person_id", **{name: F(f"person__{name}") for name in FACE}).annotate(n=Count("pk"))
        rows = [([tables.shown_name(row)], [row["n"]]) for row in people.order_by("-n", "person_id")]
        return tables.listed([_("Person"), _("Shares")], rows, page)
    if metric == "clicks" and not person.may(Permission.SEE_PROGRAMME):
        days = ItemDay.objects.filter(_within(campaign)).order_by().values_list("day").annotate(n=Sum("clicks"))
        by_day: list[tuple[date, int]] = sorted(((day, n) for day, n in days if n), reverse=True)
        return tables.listed([_("Day"), _("Clicks")], [([tables.day_name(day)], [n]) for day, n in by_day], page)
    if metric == "clicks":
        sums = dict(ItemDay.objects.filter(_within(campaign)).order_by().values_list("item").annotate(n=Sum("clicks")))
    else:
        some = counted.filter(own_words=True) if metric == "own" else counted
        sums = dict(some.values_list("item").annotate(n=Count("pk")))
    return tables.listed([_("Post"), figure.title], _by_item(campaign, person, sums), page)


def _by_item(campaign: Campaign, person: Person, sums: dict[int, int]) -> list[tuple[list[str], list[int]]]:
    """Posts with their number, the largest first; those that are not meant for the person are put together."""
    sees_all = person.may(Permission.READ_LIBRARY) or person.may(Permission.SEE_PROGRAMME)
    seen = Item.objects.all() if sees_all else Item.objects.for_person(person)
    titles = dict(seen.filter(campaign=campaign).values_list("pk", "title"))
    rows = [
        ([titles[item]], [n]) for item, n in sorted(sums.items(), key=lambda row: (-row[1], row[0])) if item in titles
    ]
    others = sum(n for item, n in sums.items() if item not in titles)
    return [*[row for row in rows if row[1][0]], *([([_("Posts for other people")], [others])] if others else [])]
