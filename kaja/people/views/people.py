"""Who is in the programme: list, invite, roles, leaving. No figures of one person."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kaja.people import access, invitations, persons
from kaja.people.access import SignedRequest
from kaja.people.models import Invitation, Person, Team
from kaja.people.roles import Permission, Role

PAGE = 50


@require_GET
@access.page(Permission.SEE_PEOPLE)
def index(request: SignedRequest) -> HttpResponse:
    """`?words=` searches names and addresses; `?team=`, `?location=`, `?role=`, `?state=joined|invited|left` narrow."""
    given = {name: request.GET.get(name, "")[:80] for name in ("words", "team", "location", "role", "state")}
    found = Person.objects.get_queryset().select_related("team").prefetch_related("grants").order_by("last_name", "id")
    for word in given["words"].split()[:5]:
        found = found.filter(Q(first_name__icontains=word) | Q(last_name__icontains=word) | Q(email__icontains=word))
    if given["team"].isascii() and given["team"].isdigit() and len(given["team"]) < 18:
        found = found.filter(team=int(given["team"]))
    if given["location"]:
        found = found.filter(location=given["location"])
    if given["role"] in Role.values:
        found = found.with_role(Role(given["role"]))
    if given["state"] == "joined":
        found = found.joined()
    elif given["state"] == "invited":
        found = found.filter(joined_at__isnull=True, is_active=True)
    elif given["state"] == "left":
        found = found.filter(is_active=False)
    context = {
        "section": "people",
        "page": Paginator(found, PAGE).get_page(request.GET.get("page")),
        "wish": given,
        "roles": Role.choices,
        "teams": Team.objects.order_by("name"),
        "locations": Person.objects.exclude(location="")
        .order_by("location")
        .values_list("location", flat=True)
        .distinct(),
        "open": Invitation.objects.filter(accepted_at__isnull=True, revoked_at__isnull=True).order_by("-created_at")[
            :20
        ],
        "may_invite": request.user.may(Permission.INVITE_PEOPLE),
        "givable": [(role.value, role.label) for role in Role if persons.may_give(request.user, role)],
        "address": "".join(f"&{urlencode({name: value})}" for name, value in given.items() if value),
    }
    return render(request, "people/people.html", context)


@require_POST
@access.page(Permission.INVITE_PEOPLE)
def invite(request: SignedRequest) -> HttpResponse:
    """One address a line; those that cannot be invited are told one by one, the others are invited."""
    typed = request.POST.get("emails", "")
    roles = [Role(role) for role in request.POST.getlist("roles") if role in Role.values] or [Role.ADVOCATE]
    addresses = [one for one in typed.replace(",", "\n").replace(";", "\n").split("\n") if one.strip()][:200]
    done = 0
    for address in addresses:
        try:
            invitations.invite(actor=request.user, email=address, roles=roles)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            done += 1
    if done:
        messages.success(
            request, ngettext("%d invitation is on its way.", "%d invitations are on their way.", done) % done
        )
    elif not addresses:
        messages.error(request, _("Type at least one e-mail address."))
    return redirect("people")


@require_POST
@access.page(Permission.INVITE_PEOPLE)
def revoke(request: SignedRequest, number: int) -> HttpResponse:
    invitations.revoke(actor=request.user, number=number)
    messages.success(request, _("The invitation works no longer."))
    return redirect("people")


@require_http_methods(["GET", "POST"])
@access.page(Permission.INVITE_PEOPLE)
def one(request: SignedRequest, number: int) -> HttpResponse:
    """Roles of one person, and whether they are still here."""
    person = get_object_or_404(Person.objects.get_queryset().select_related("team"), pk=number)
    if request.method == "POST":
        roles = frozenset(Role(role) for role in request.POST.getlist("roles") if role in Role.values)
        try:
            if "leave" in request.POST:
                persons.deactivate(actor=request.user, person=person)
            elif "back" in request.POST:
                persons.reactivate(actor=request.user, person=person)
            else:
                persons.set_roles(actor=request.user, person=person, roles=roles)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, _("Saved."))
        return redirect("person", number=person.pk)
    roles_shown = [(role, role in person.roles, persons.may_give(request.user, role)) for role in Role]
    return render(request, "people/person.html", {"section": "people", "person": person, "roles": roles_shown})


@require_GET
@access.page(Permission.SEE_PEOPLE)
def teams(request: SignedRequest) -> HttpResponse:
    """Every team with how many of it have joined."""
    here = Count("members", filter=Q(members__is_active=True))
    joined = Count("members", filter=Q(members__is_active=True, members__joined_at__isnull=False))
    rows = Team.objects.annotate(people=here, joined=joined)
    return render(request, "people/teams.html", {"section": "people", "teams": rows})


@require_GET
@access.page(Permission.SEE_PEOPLE)
def team(request: SignedRequest, number: int) -> HttpResponse:
    """Who is in a team."""
    row = get_object_or_404(Team, pk=number)
    members = Person.objects.get_queryset().filter(team=row, is_active=True)
    total, joined = members.count(), members.joined().count()
    context = {
        "section": "people",
        "team": row,
        "page": Paginator(members.prefetch_related("grants").order_by("first_name", "pk"), PAGE).get_page(
            request.GET.get("page")
        ),
        "joined": joined,
        "percent": round(100 * joined / total) if total else 0,
        "leaders": members.with_role(Role.LEADER)[:3],
        "places": members.exclude(location="").order_by("location").values_list("location", flat=True).distinct(),
        "may_invite": request.user.may(Permission.INVITE_PEOPLE),
    }
    return render(request, "people/team.html", context)
