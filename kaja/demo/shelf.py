"""How Nordwind keeps its library: topics, evergreen stories with the day to look at them again, saved views."""

from datetime import datetime, timedelta

from django.utils import timezone

from kaja.content.models import Item, SavedView, Topic
from kaja.people.models import Person

TOPICS = {
    "robots": {"en": "Robots", "et": "Robotid"},
    "cold-stores": {"en": "Cold stores", "et": "Külmlaod"},
    "warehouse-life": {"en": "Warehouse life", "et": "Laoelu"},
    "working-here": {"en": "Working here", "et": "Meil tööl"},
    "safety": {"en": "Safety", "et": "Ohutus"},
}
# The ends of the addresses of the stories about each.
ABOUT = {
    "robots": "nw-7 stories/egg stories/stairs stories/ten-years stories/charge lood/katsehall stories/dairy",
    "cold-stores": "stories/dairy lood/pohja-kulm",
    "warehouse-life": "stories/warehouses-2027 stories/forklift lood/talv-laos stories/quiet lood/pohja-kulm",
    "working-here": "jobs/perception-riga tood/pusivara-tallinn people/zane people/hackathon open-day",
    "safety": "safety-2026 stories/quiet lood/talv-laos",
}
# Evergreen stories and in how many days they are looked at again; one is late.
REFRESH = {"safety-2026": -2, "people/parental-leave": 64, "stories/ten-years": 18}
VIEWS = (
    ("Kadri", "Ends within a week", "validity=soon", True),
    ("Kadri", "Due for a refresh", "validity=due", True),
    ("Kadri", "Hiring, most clicks", "category=people&sort=clicks", False),
    ("Elīna", "Robots in Estonian", "language=et&topic=robots", False),
)


def arrange(crew: list[Person], *, now: datetime) -> None:
    """Give the stories that are there their topics and days, and their people their views."""
    topics = {
        slug: Topic.objects.get_or_create(slug=slug, defaults={"names": names})[0] for slug, names in TOPICS.items()
    }
    for item in Item.objects.filter(feed__isnull=True):
        path = item.url.partition(".example/")[2]
        item.topics.add(*(topic for slug, topic in topics.items() if path in ABOUT[slug].split()))
        if path in REFRESH:
            day = timezone.localdate(now) + timedelta(days=REFRESH[path])
            Item.objects.filter(pk=item.pk).update(evergreen=True, refresh_on=day)
    by_name = {person.first_name: person for person in reversed(crew)}
    SavedView.objects.bulk_create(
        SavedView(person=by_name[name], name=title, query=query, shared=shared)
        for name, title, query, shared in VIEWS
        if name in by_name
    )
