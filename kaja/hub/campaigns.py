"""What pages show of campaigns: the panel of the feed, the list, the campaign's own page, what its editor sees (B4).

It joins content (the campaign, its posts), measurement (how far it is) and sharing (who takes part).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from kaja.content import campaigns, library
from kaja.content.campaigns import Check, Stage
from kaja.content.models import Campaign, Item
from kaja.design.tags import figure as written
from kaja.hub import feed
from kaja.hub.feed import Card
from kaja.measurement import goals
from kaja.measurement.figures import Figure
from kaja.measurement.models import Counted
from kaja.measurement.tops import FACE, SMALLEST_GROUP
from kaja.memory import Kept
from kaja.people import audiences
from kaja.people.models import Person
from kaja.sharing.models import Share

MOST_CARDS, FACES, FOUND, LISTED = 24, 12, 12, 200


@dataclass(frozen=True)
class Panel:
    """A campaign with how far it is: what the feed, the list, the calendar and its own page begin with."""

    campaign: Campaign
    stage: Stage
    goal: Figure | None
    figures: dict[str, Figure]

    @property
    def percent(self) -> int:
        """For the length of the bar: 0 to 100."""
        if self.goal is None or not self.goal.denominator or not self.goal.value:
            return 0
        return min(max(round(self.goal.value / self.goal.denominator * 100), 1), 100)

    @property
    def progress(self) -> str:
        """ "412 of 600 shares"; empty without a goal."""
        if self.goal is None:
            return ""
        numbers = {"value": self.goal.written, "target": written(self.goal.denominator)}
        return {
            "shares": _("%(value)s of %(target)s shares"),
            "clicks": _("%(value)s of %(target)s clicks"),
            "people": _("%(value)s of %(target)s people"),
            "own": _("%(value)s of %(target)s posts in own words"),
        }[self.campaign.metric] % numbers

    @property
    def target_said(self) -> str:
        """What stands after the number: "of 600 shares"."""
        if self.goal is None:
            return ""
        return {
            "shares": _("of %(target)s shares"),
            "clicks": _("of %(target)s clicks"),
            "people": _("of %(target)s people"),
            "own": _("of %(target)s posts in own words"),
        }[self.campaign.metric] % {"target": written(self.goal.denominator)}

    @property
    def reached(self) -> bool:
        return self.goal is not None and (self.goal.value or 0) >= (self.goal.denominator or 0)

    @property
    def span(self) -> str:
        return campaigns.span(self.campaign.begins_on, self.campaign.ends_on)

    @property
    def when(self) -> str:
        """ "3 days left", "Starts in 8 days", "Over", "Draft"."""
        if self.stage == "coming":
            days = (self.campaign.begins_on - campaigns.today()).days
            return _("Starts tomorrow") if days == 1 else ngettext("Starts in %d day", "Starts in %d days", days) % days
        if self.stage == "running":
            days = campaigns.days_left(self.campaign)
            return ngettext("%d day left", "%d days left", days) % days if days else _("Last day")
        return _("Over") if self.stage == "over" else _("Draft")


def panels(some: Iterable[Campaign]) -> list[Panel]:
    """Campaigns with how far they are, in two queries for any number."""
    rows, today = list(some), campaigns.today()
    figures = goals.read(rows) if rows else {}
    return [Panel(one, campaigns.stage(one, today), goals.goal(one, figures[one.pk]), figures[one.pk]) for one in rows]


def running(person: Person) -> Panel | None:
    """The campaign that stands beside the person's feed: of those that run, the one that ends first and has an approved
    post for them. From memory, a few seconds old at most: every feed shows it."""
    meant = {None, *audiences.of(person)}
    return next((one.panel for one in _running.get(get_language() or "") if one.audiences & meant), None)


@dataclass(frozen=True)
class _Running:
    panel: Panel
    # Whom its approved posts are meant for: numbers of audiences, None for everyone.
    audiences: frozenset[int | None]


def _read_running() -> list[_Running]:
    rows = list(Campaign.objects.running(campaigns.today()).select_related("image").order_by("ends_on", "pk"))
    posts = Item.objects.filter(campaign__in=rows, state=Item.State.APPROVED, original=False).order_by()
    meant: dict[int | None, set[int | None]] = defaultdict(set)
    for campaign, audience in posts.values_list("campaign", "audience").distinct():
        meant[campaign].add(audience)
    return [_Running(one, frozenset(meant[one.campaign.pk])) for one in panels(rows)]


# By language, because figures say in words how they are counted.
_running = Kept(_read_running, about="campaigns")


def listed(person: Person) -> list[tuple[Stage, list[Panel]]]:
    """All that the person may see, by stage: what runs, what comes, drafts, what is over."""
    found = panels(campaigns.seen_by(person)[:LISTED])
    groups = [(stage, [one for one in found if one.stage == stage]) for stage in campaigns.STAGES]
    return [(stage, some) for stage, some in groups if some]


# --- the campaign's own page ------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Place:
    name: str
    shares: int
    percent: int


@dataclass(frozen=True)
class Page:
    """Everything on a campaign's page for one viewer."""

    panel: Panel
    cards: list[Card]
    faces: list[Person]
    people: int
    own: int
    places: list[Place]

    @property
    def first(self) -> Card | None:
        """What the viewer can share next."""
        return next((card for card in self.cards if card.open), None)

    @property
    def hidden(self) -> int:
        """People who take part and have no face here: they do not want to be shown, or there are too many."""
        return max(self.people - len(self.faces), 0)


def page(person: Person, campaign: Campaign) -> Page:
    """Read a campaign's page, with the same number of queries however much it holds. Who may see it is checked by the
    door."""
    panel = panels([campaign])[0]
    inside = Q(item__campaign=campaign, day__gte=campaign.begins_on, day__lte=campaign.ends_on)
    counted = Counted.objects.filter(inside)
    return Page(
        panel=panel,
        cards=feed.of_campaign(person, campaign, most=MOST_CARDS) if panel.stage != "over" else [],
        faces=_faces(counted),
        people=int(panel.figures["people"].value or 0),
        own=counted.filter(person=person).count(),
        places=_places(counted),
    )


def _faces(counted: QuerySet[Counted]) -> list[Person]:
    """Those who took part and show themselves, by their names."""
    took = counted.filter(person=OuterRef("pk"))
    found = Person.objects.joined().filter(Exists(took), show_me=True).only(*FACE, "joined_at")
    return list(found.order_by("first_name", "last_name", "pk")[:FACES])


def _places(counted: QuerySet[Counted]) -> list[Place]:
    """Shares by place; places with too few people to hide one of them are left out."""
    joined = Person.objects.joined().exclude(location="").order_by().values("location").annotate(n=Count("pk"))
    large = joined.filter(n__gte=SMALLEST_GROUP).values_list("location", flat=True)
    rows = counted.filter(person__location__in=list(large)).order_by().values_list("person__location")
    sums = sorted(rows.annotate(n=Count("pk")), key=lambda row: (-row[1], row[0]))[:6]
    most = max((n for _place, n in sums), default=1)
    return [Place(place, n, round(n / most * 100)) for place, n in sums]


# --- its editor -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Preparing:
    """What the editor's page shows beside its form."""

    panel: Panel
    items: Sequence[Item]
    found: Sequence[Item]
    checks: list[Check]
    planned: int

    @property
    def missing(self) -> bool:
        return any(one.must and not one.fine for one in self.checks)


def prepare(campaign: Campaign, *, words: str = "") -> Preparing:
    """The campaign as its editor sees it; `words` search the library for posts that could be in it."""
    items = list(campaign.items.select_related("category", "image").order_by("live_from", "pk")[: campaigns.MOST_ITEMS])
    found: list[Item] = []
    if words.strip():
        free = Item.objects.filter(campaign=None, replaces=None, category__shareable=True)
        free = free.exclude(state=Item.State.WITHDRAWN)
        rows = library.narrowed(free.select_related("category", "image"), library.Filter(words=words))
        found = list(rows.order_by("-updated_at", "-pk")[:FOUND])
    planned = Share.objects.filter(item__campaign=campaign, state="planned").count()
    return Preparing(panels([campaign])[0], items, found, campaigns.checks(campaign), planned)
