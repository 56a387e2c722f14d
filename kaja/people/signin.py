"""Sign-in on django-allauth: who may, and what the first sign-in means."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.db.models import Case, QuerySet, When
from django.http import HttpRequest
from django.utils import timezone

from kaja.people.models import Person

# Whom the demo's sign-in page offers, in this order: one for each role that sees something of its own.
DEMO_PEOPLE = (
    "liis.tamm@nordwind.example",
    "kadri.magi@nordwind.example",
    "elina.kalnina@nordwind.example",
    "helena.rebane@nordwind.example",
    "mart.kask@nordwind.example",
    "anna.lindqvist@nordwind.example",
    "priit.oja@nordwind.example",
)


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        """Nobody makes an account by themselves: people are invited."""
        return False

    def post_login(self, request: HttpRequest, user: Person, **kwargs: object) -> object:
        note_arrival(person=user)
        return super().post_login(request, user, **kwargs)

    def get_client_ip(self, request: HttpRequest) -> str:
        """The visitor's address: believed from X-Forwarded-For only as far as settings.TRUSTED_PROXIES reaches."""
        hops = request.headers.get("X-Forwarded-For", "").split(",") if settings.TRUSTED_PROXIES else []
        position = len(hops) - settings.TRUSTED_PROXIES
        return hops[position].strip() if hops and position >= 0 else request.META.get("REMOTE_ADDR", "")


def note_arrival(*, person: Person) -> None:
    """The first sign-in is the moment somebody joins."""
    Person.objects.filter(pk=person.pk, joined_at__isnull=True).update(joined_at=timezone.now())


def demo_people() -> QuerySet[Person]:
    """Those who can be signed in as with one click, in their order; nobody unless this is a demo."""
    if not settings.DEMO:
        return Person.objects.none()
    order = Case(*(When(email=email, then=place) for place, email in enumerate(DEMO_PEOPLE)))
    found = Person.objects.filter(email__in=DEMO_PEOPLE, is_active=True)
    return found.order_by(order).prefetch_related("grants")
