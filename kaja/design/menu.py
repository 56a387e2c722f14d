"""The menu: its entries, for whom, in which order. An entry whose page does not exist yet is left out."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

register = template.Library()


@dataclass(frozen=True)
class Entry:
    """`page` is the name of the url, `permission` the name of what a person must be allowed ("" for everybody)."""

    page: str
    label: Promise
    icon: str
    permission: str = ""
    short: Promise | None = None


MENU = (
    Entry("feed", _("Feed"), icon="home"),
    Entry("impact", _("My impact"), icon="chart-dots-3", permission="SHARE", short=_("Impact")),
    Entry("ideas", _("Ideas"), icon="bulb"),
    Entry("shares", _("My shares"), icon="send-2", permission="SHARE", short=_("Shares")),
    Entry("accounts", _("My accounts"), icon="affiliate", permission="SHARE", short=_("Accounts")),
    Entry("guidelines", _("Guidelines"), icon="book-2"),
    Entry("resources", _("Resources"), icon="school"),
    Entry("suggest", _("Suggest a page"), icon="link-plus", permission="SHARE"),
    Entry("programme", _("Programme"), icon="chart-bar", permission="SEE_PROGRAMME"),
    Entry("library", _("Library"), icon="books", permission="READ_LIBRARY"),
    Entry("calendar", _("Campaigns"), icon="confetti", permission="READ_LIBRARY"),
    Entry("people", _("People"), icon="users", permission="SEE_PEOPLE"),
    Entry("company-settings", _("Settings"), icon="settings", permission="CHANGE_SETTINGS"),
    Entry("crisis", _("Crisis mode"), icon="hand-stop", permission="RUN_CRISIS"),
)
OWN = 8  # the first entries are a person's own; the rest is the programme's


@register.simple_tag
def menu(person: Any) -> dict[str, list[tuple[Entry, str]]]:
    """Entries with addresses: `own`, `programme`, and `tabs` (at most five, for a phone)."""
    return _entries(frozenset(permission.name for permission in person.permissions))


@lru_cache(maxsize=64)
def _entries(names: frozenset[str]) -> dict[str, list[tuple[Entry, str]]]:
    seen: list[tuple[Entry, str]] = []
    for entry in MENU:
        if not entry.permission or entry.permission in names:
            try:
                seen.append((entry, reverse(entry.page)))
            except NoReverseMatch:
                continue
    own = [pair for pair in seen if pair[0] in MENU[:OWN]]
    programme = [pair for pair in seen if pair[0] not in MENU[:OWN]]
    # A phone has room for five; the accounts are one step further, on the page of one's impact, the resources on that
    # of the guidelines, and suggesting a page on that of the ideas.
    near = [pair for pair in own if pair[0].page not in ("accounts", "resources", "suggest")]
    # What is rarely needed is reached from the pages of the settings and of the programme.
    often = [pair for pair in programme if pair[0].page != "crisis"]
    tabs = near + often if len(near) + len(often) <= 5 else near[: 5 - min(len(often), 3)] + often[:3]
    return {"own": own, "programme": programme, "tabs": tabs[:5]}
