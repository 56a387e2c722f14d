"""Adding people and tokens from the command line."""

from django.core.exceptions import ValidationError

from kaja.people import persons, tokens
from kaja.people.models import Person
from kaja.people.roles import Role


def create(email: str, roles: list[str], password: str) -> str:
    """Add a person; the answer says how they sign in. Raises ValidationError for unknown roles and taken addresses."""
    unknown = [role for role in roles if role not in Role.values]
    if unknown:
        raise ValidationError(f"There is no role {', '.join(unknown)}. Roles are: {', '.join(Role.values)}.")
    person = persons.create(email=email, roles=[Role(role) for role in roles or ["advocate"]], password=password)
    how = "with the password" if password else "with a code by e-mail"
    return f"{person.email} can sign in {how}."


def token(email: str) -> str:
    """A new API token of this person's; shown this once."""
    person = Person.objects.filter(email=email.lower(), is_active=True).first()
    if person is None:
        raise ValidationError(f"Nobody here has the address {email}.")
    return tokens.create(person=person, name="command line")
