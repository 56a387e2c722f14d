"""Verbs on people: add, change one's own settings, give and take roles, end sessions."""

from allauth.usersessions.models import UserSession
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kaja.audit import lines
from kaja.jobs import facts
from kaja.people.models import Person, RoleGrant
from kaja.people.roles import Permission, Role, require

# Only an administrator makes administrators; whoever invites may give the other roles.
GIVEN_BY_INVITERS = frozenset(Role) - {Role.ADMINISTRATOR}


@transaction.atomic
def create(*, email: str, roles: list[Role], first_name: str = "", last_name: str = "", password: str = "") -> Person:
    """A new person, for the command line (no actor). Raises ValidationError when the address is taken or none."""
    name = email.split("@")[0].replace(".", " ").title().split(" ", 1)
    person = Person(
        email=email.strip().lower(),
        first_name=first_name or name[0],
        last_name=last_name or " ".join(name[1:]),
        invited_at=timezone.now(),
    )
    if password:
        person.set_password(password)
    else:
        person.set_unusable_password()
    person.full_clean()
    person.save()
    RoleGrant.objects.bulk_create(RoleGrant(person=person, role=role) for role in dict.fromkeys(roles))
    lines.write(actor=None, verb="person.created", on=person, roles=[str(role) for role in roles])
    return person


def change_own(*, person: Person, **fields: object) -> None:
    """Change one's own name, language, theme, time zone, languages read, interests (slugs of topics and categories),
    what one has hidden, whether colleagues see one's name and whether reviews remind one by e-mail."""
    allowed = {
        "first_name", "last_name", "language", "theme", "time_zone", "languages", "show_me", "interests", "hidden",
        "remind_me",
    }  # fmt: skip
    for name, value in fields.items():
        if name in allowed:
            setattr(person, name, value)
    person.save(update_fields=list(allowed & set(fields)))


def may_give(giver: Person, role: Role) -> bool:
    """Whether `giver` may give or take this role."""
    if Role.ADMINISTRATOR in giver.roles:
        return True
    return giver.may(Permission.INVITE_PEOPLE) and role in GIVEN_BY_INVITERS


@transaction.atomic
def set_roles(*, actor: Person, person: Person, roles: frozenset[Role]) -> None:
    """Give `person` exactly these roles. Raises PermissionDenied for a role the actor may not give or take, and
    ValidationError when the last administrator would be gone."""
    now = frozenset(Role(role) for role in person.roles)
    for role in now ^ roles:
        require(may_give(actor, role))
    others = RoleGrant.objects.filter(role=Role.ADMINISTRATOR, person__is_active=True).exclude(person=person)
    if Role.ADMINISTRATOR in now - roles and not others.exists():
        raise ValidationError(_("This is the last administrator. Make somebody else one first."))
    RoleGrant.objects.filter(person=person, role__in=now - roles).delete()
    RoleGrant.objects.bulk_create(RoleGrant(person=person, role=role, granted_by=actor) for role in roles - now)
    lines.write(actor=actor, verb="person.roles", on=person, given=sorted(roles - now), taken=sorted(now - roles))
    person.__dict__.pop("roles", None)


@transaction.atomic
def deactivate(*, actor: Person, person: Person) -> None:
    """Close somebody's account: they can sign in no longer; what they shared stays counted."""
    require(actor.may(Permission.INVITE_PEOPLE) and (may_give(actor, Role.ADMINISTRATOR) or not _administers(person)))
    if person.pk == actor.pk:
        raise ValidationError(_("You cannot close your own account here."))
    others = RoleGrant.objects.filter(role=Role.ADMINISTRATOR, person__is_active=True).exclude(person=person)
    if _administers(person) and not others.exists():
        raise ValidationError(_("This is the last administrator. Make somebody else one first."))
    Person.objects.filter(pk=person.pk).update(is_active=False, left_at=timezone.now())
    lines.write(actor=actor, verb="person.closed", on=person)
    facts.record("person.closed", person=person.pk)
    end_sessions(person=person)


@transaction.atomic
def reactivate(*, actor: Person, person: Person) -> None:
    """Open somebody's account again."""
    require(actor.may(Permission.INVITE_PEOPLE))
    Person.objects.filter(pk=person.pk).update(is_active=True, left_at=None)
    lines.write(actor=actor, verb="person.opened", on=person)


def _administers(person: Person) -> bool:
    return Role.ADMINISTRATOR in person.roles


def end_sessions(*, person: Person) -> None:
    """Sign the person out on every device."""
    for session in UserSession.objects.filter(user=person):
        session.end()
    lines.write(actor=person, verb="person.signed_out_everywhere", on=person)
