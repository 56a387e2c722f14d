"""Roles of the product and what each may do. Permissions are granted through roles only (product.md)."""

import enum

from django.core.exceptions import PermissionDenied
from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    ADVOCATE = "advocate", _("Advocate")
    LEADER = "leader", _("Leader")
    EDITOR = "editor", _("Editor")
    REVIEWER = "reviewer", _("Reviewer")
    MANAGER = "manager", _("Programme manager")
    VIEWER = "viewer", _("Viewer")
    ADMINISTRATOR = "administrator", _("Administrator")


class Permission(enum.Enum):
    SHARE = "share content"
    READ_LIBRARY = "read the library, drafts included"
    EDIT_CONTENT = "write and change content"
    REVIEW_CONTENT = "approve or return content"
    RUN_CAMPAIGNS = "start, change and end campaigns"
    SEE_PROGRAMME = "see the programme's figures"
    SEE_PEOPLE = "see who is in the programme"
    INVITE_PEOPLE = "invite people and give roles"
    CHANGE_SETTINGS = "change the company's settings"
    RUN_CRISIS = "put all sharing on hold and open it again"
    RUN_SYSTEM = "see jobs and the system's health"


_P = Permission
GRANTS: dict[Role, frozenset[Permission]] = {
    Role.ADVOCATE: frozenset({_P.SHARE}),
    Role.LEADER: frozenset({_P.SHARE}),
    Role.EDITOR: frozenset({_P.SHARE, _P.READ_LIBRARY, _P.EDIT_CONTENT}),
    Role.REVIEWER: frozenset({_P.SHARE, _P.READ_LIBRARY, _P.REVIEW_CONTENT}),
    Role.MANAGER: frozenset(
        {
            _P.SHARE,
            _P.READ_LIBRARY,
            _P.EDIT_CONTENT,
            _P.REVIEW_CONTENT,
            _P.RUN_CAMPAIGNS,
            _P.SEE_PROGRAMME,
            _P.SEE_PEOPLE,
            _P.INVITE_PEOPLE,
            _P.RUN_CRISIS,
        }
    ),
    Role.VIEWER: frozenset({_P.SEE_PROGRAMME}),
    Role.ADMINISTRATOR: frozenset({_P.SEE_PEOPLE, _P.INVITE_PEOPLE, _P.CHANGE_SETTINGS, _P.RUN_CRISIS, _P.RUN_SYSTEM}),
}


def permissions(roles: frozenset[str]) -> frozenset[Permission]:
    """Everything that holders of these roles may do."""
    return frozenset().union(*(GRANTS[Role(role)] for role in roles if role in Role.values))


def require(may: bool) -> None:
    """Raise PermissionDenied unless `may`. Pages turn it into 404: a stranger does not learn what exists."""
    if not may:
        raise PermissionDenied
