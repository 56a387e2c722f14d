from django import template
from django.db.models import QuerySet

from kaja.people import signin
from kaja.people.models import Person

register = template.Library()


@register.simple_tag
def demo_people() -> QuerySet[Person]:
    """Whom the sign-in page of a demo offers; nobody elsewhere."""
    return signin.demo_people()
