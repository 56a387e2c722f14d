"""Campaigns: prepared by editors, started and ended by those who run the programme (B4).

Days are whole days on the company's clock, the first and the last included. What a campaign lacks before it can start
is a list of sentences and no error. An item is in one campaign at most, and stays in one that is over: its figures
would change otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaja import memory
from kaja.audit import lines
from kaja.content.models import Campaign, Item
from kaja.links import minting
from kaja.people import company
from kaja.people.models import Person
from kaja.people.roles import Permission, require

Stage = Literal["draft", "coming", "running", "over"]
STAGES: tuple[Stage, ...] = ("running", "coming", "draft", "over")
LONGEST = timedelta(days=366)
FARTHEST = timedelta(days=3 * 366)
LONGEST_WORDS = {"name": 120, "about": 400, "thanks": 1000}
HIGHEST_TARGET = 1_000_000
# What addresses under /campaigns/ mean already.
TAKEN = frozenset({"new"})
FEW_ITEMS = 3
MOST_ITEMS = 500


def today() -> date:
    """The day it is on the company's clock."""
    return timezone.now().astimezone(ZoneInfo(company.current().time_zone)).date()


def stage(campaign: Campaign, day: date | None = None) -> Stage:
    """draft (nobody but those who prepare it sees it), coming, running or over, on `day` (today)."""
    day = day or today()
    if campaign.started_at is None:
        return "draft"
    if campaign.ended_at is not None or day > campaign.ends_on:
        return "over"
    return "coming" if day < campaign.begins_on else "running"


def in_stage(wanted: str, day: date) -> Q:
    """The rows that read as this stage on `day` (see `stage`)."""
    over = Q(ended_at__isnull=False) | Q(ends_on__lt=day)
    started = Q(started_at__isnull=False)
    return {
        "draft": ~started,
        "over": started & over,
        "coming": started & ~over & Q(begins_on__gt=day),
        "running": started & ~over & Q(begins_on__lte=day),
    }[wanted]


def seen_by(person: Person) -> QuerySet[Campaign]:
    """Those who write see all; who sees the programme's figures, all that were started; others what is for them."""
    rows = Campaign.objects.select_related("image", "owner")
    if person.may(Permission.READ_LIBRARY):
        return rows
    return rows.started() if person.may(Permission.SEE_PROGRAMME) else rows.for_person(person)


def may_change(person: Person, campaign: Campaign) -> bool:
    """A draft is its editors'; what was started is promised to people and changes by those who run campaigns."""
    if campaign.started_at is None:
        return person.may(Permission.EDIT_CONTENT)
    return person.may(Permission.RUN_CAMPAIGNS)


# --- write ----------------------------------------------------------------------------------------------------------
@transaction.atomic
def create(*, person: Person, name: str, begins_on: date, ends_on: date, **fields: Any) -> Campaign:
    """A draft. Raises ValidationError, by field, for what makes no sense."""
    require(person.may(Permission.EDIT_CONTENT))
    campaign = Campaign(name=name, begins_on=begins_on, ends_on=ends_on, owner=person, **fields)
    campaign.slug = campaign.slug or _free_slug(name)
    check(campaign)
    campaign.save()
    lines.write(actor=person, verb="campaign.created", on=campaign)
    return campaign


def _free_slug(name: str) -> str:
    wish = slugify(name)[:50].strip("-_").replace("_", "-") or "campaign"
    taken = TAKEN | set(Campaign.objects.filter(slug__startswith=wish).values_list("slug", flat=True))
    return next(
        slug for number in range(1, 10_000) if (slug := wish if number == 1 else f"{wish}-{number}") not in taken
    )


def check(campaign: Campaign) -> None:
    """Raises ValidationError, by field, for what its editor can mend; takes the # off the hashtag."""
    campaign.hashtag = campaign.hashtag.strip().lstrip("#")
    if not campaign.name.strip():
        raise ValidationError({"name": _("Give it a name.")})
    for name, most in LONGEST_WORDS.items():
        if len(getattr(campaign, name)) > most:
            raise ValidationError({name: _("This is longer than %d characters.") % most})
    _check_translations(campaign.translations)
    if campaign.hashtag and not re.fullmatch(r"\w{1,60}", campaign.hashtag):
        raise ValidationError({"hashtag": _("A hashtag has letters and digits only.")})
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", campaign.slug) or len(campaign.slug) > 60:
        raise ValidationError({"slug": _("The name in links has small letters, digits and hyphens only.")})
    if campaign.slug in TAKEN or Campaign.objects.filter(slug=campaign.slug).exclude(pk=campaign.pk or 0).exists():
        raise ValidationError({"slug": _("Another campaign has this name in links.")})
    _check_days(campaign)
    if campaign.metric and campaign.metric not in Campaign.Metric.values:
        raise ValidationError({"metric": _("Choose one of: %s.") % ", ".join(Campaign.Metric.values)})
    if campaign.target is not None and not 1 <= campaign.target <= HIGHEST_TARGET:
        raise ValidationError({"target": _("A target is a number from 1 to %d.") % HIGHEST_TARGET})


def _check_translations(given: Any) -> None:
    known = dict(settings.LANGUAGES)
    if not isinstance(given, dict) or not all(isinstance(words, dict) for words in given.values()):
        raise ValidationError({"translations": _("Translations are texts by language.")})
    for language, words in given.items():
        if language not in known:
            raise ValidationError({"translations": _("There is no language “%s”.") % str(language)[:20]})
        for name, text in words.items():
            if name not in LONGEST_WORDS or not isinstance(text, str):
                raise ValidationError({"translations": _("Only name, about and thanks are translated.")})
            if len(text) > LONGEST_WORDS[name]:
                raise ValidationError({"translations": _("This is longer than %d characters.") % LONGEST_WORDS[name]})


def _check_days(campaign: Campaign) -> None:
    if campaign.ends_on < campaign.begins_on:
        raise ValidationError({"ends_on": _("It would end before it begins. Choose a later end.")})
    if campaign.ends_on - campaign.begins_on > LONGEST:
        raise ValidationError({"ends_on": _("A campaign lasts a year at most. Choose an earlier end.")})
    for name, day in (("begins_on", campaign.begins_on), ("ends_on", campaign.ends_on)):
        if abs(day - today()) > FARTHEST:
            raise ValidationError({name: _("This is more than three years away. Check the year.")})


def _held(campaign: Campaign) -> Campaign:
    """Its row, locked for a change; what is kept of campaigns is old from here on."""
    memory.forget("campaigns")
    return Campaign.objects.select_for_update().get(pk=campaign.pk)


@transaction.atomic
def change(*, person: Person, campaign: Campaign, seen: str = "", **fields: Any) -> Campaign:
    """Change facts of a campaign. `seen` is when the editor's page had read it (ISO time of its last change).

    Raises PermissionDenied for an editor once it was started, ValidationError for what makes no sense: days of one that
    is over, a new name in links that carry the old one, what somebody else has changed meanwhile.
    """
    stored = _held(campaign)
    require(may_change(person, stored))
    if seen and stored.updated_at.isoformat() != seen:
        raise ValidationError(
            _("Somebody else changed this meanwhile. Your words are below: compare, then save again.")
        )
    changed = {name for name, value in fields.items() if getattr(stored, name) != value}
    _check_change(stored, changed, fields)
    for name in changed:
        setattr(stored, name, fields[name])
    check(stored)
    stored.save()
    if changed:
        lines.write(actor=person, verb="campaign.changed", on=stored, fields=sorted(changed))
    return stored


def _check_change(stored: Campaign, changed: set[str], fields: dict[str, Any]) -> None:
    now = stage(stored)
    if now == "over" and (late := changed & {"begins_on", "ends_on", "metric", "target"}):
        raise ValidationError({sorted(late)[0]: _("It is over. What it was measured by stays as it was.")})
    if now == "running" and "begins_on" in changed:
        raise ValidationError({"begins_on": _("It is running: its first day has been. Only its end can move.")})
    if stored.started_at is not None:
        for name in sorted(changed & {"begins_on", "ends_on"}):
            if fields[name] < today():
                raise ValidationError({name: _("That day has passed. Choose today or a later day.")})
    if "slug" in changed and minting.carried(stored.slug):
        raise ValidationError({"slug": _("Links out there carry this name, so it stays.")})


# --- posts in it ----------------------------------------------------------------------------------------------------
@transaction.atomic
def add_items(*, person: Person, campaign: Campaign, items: Iterable[Item]) -> None:
    """Put items in; for a change of an approved item that item. Raises ValidationError for one that is in another
    campaign, for somebody's own post, or when the campaign is over."""
    require(person.may(Permission.EDIT_CONTENT))
    stored = _held(campaign)
    if stage(stored) == "over":
        raise ValidationError(_("It is over. Its posts stay as they were."))
    wanted = {item.replaces_id or item.pk for item in items}
    rows = list(Item.objects.select_for_update(of=("self",)).select_related("category").filter(pk__in=wanted))
    for item in rows:
        if item.campaign_id not in (None, stored.pk):
            other = Campaign.objects.get(pk=item.campaign_id)
            raise ValidationError(
                _("“%(item)s” is in “%(campaign)s” already. Take it out there first.")
                % {"item": item.title, "campaign": other.title}
            )
        if item.original:
            raise ValidationError(_("“%s” is somebody’s own post. Make one for everybody of it first.") % item.title)
        if not item.category.shareable:
            raise ValidationError(_("“%s” cannot be shared, so it cannot be in a campaign.") % item.title)
    if stored.items.count() + len(rows) > MOST_ITEMS:
        raise ValidationError(_("A campaign has %d posts at most.") % MOST_ITEMS)
    Item.objects.filter(pk__in=wanted).update(campaign=stored, updated_at=timezone.now())
    for item in rows:
        lines.write(actor=person, verb="campaign.item_added", on=stored, item=item.pk)


@transaction.atomic
def remove_item(*, person: Person, campaign: Campaign, item: Item) -> None:
    """Take an item out; what it brought no longer counts towards the goal. Raises ValidationError when it is over."""
    require(person.may(Permission.EDIT_CONTENT))
    stored = _held(campaign)
    if stage(stored) == "over":
        raise ValidationError(_("It is over. Its posts stay as they were."))
    if Item.objects.filter(pk=item.pk, campaign=stored).update(campaign=None, updated_at=timezone.now()):
        lines.write(actor=person, verb="campaign.item_removed", on=stored, item=item.pk)


# --- start, end -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Check:
    """One thing before it can start. `must`: without it it cannot; else it is worth a look."""

    fine: bool
    sentence: str
    must: bool = True


def checks(campaign: Campaign) -> list[Check]:
    """What is there and what is missing before it starts, with the same queries however many posts it has."""
    items = list(campaign.items.exclude(state=Item.State.WITHDRAWN).prefetch_related("captions"))
    ready = [item for item in items if item.state in (Item.State.APPROVED, Item.State.IN_REVIEW)]
    found = [_goal(campaign), _days(campaign), Check(bool(campaign.about.strip()), _why_said(campaign))]
    return [*found, _posts(len(items), len(ready)), *_warnings(campaign, items)]


def _why_said(campaign: Campaign) -> str:
    if campaign.about.strip():
        return _("It says why in a sentence")
    return _("Say why, in one sentence. People read it first.")


def _goal(campaign: Campaign) -> Check:
    if campaign.metric and campaign.target:
        return Check(True, _("It has a goal"))
    return Check(False, _("Choose what is counted, and how much of it you hope for."))


def _days(campaign: Campaign) -> Check:
    if campaign.ends_on >= today():
        return Check(True, _("Its days are set"))
    return Check(False, _("Its last day has passed. Choose a later one."))


def _posts(count: int, ready: int) -> Check:
    if not count:
        return Check(False, _("It has no posts yet. Add the first."))
    if not ready:
        return Check(False, _("None of its posts is approved or in review yet."))
    if ready < FEW_ITEMS:
        said = ngettext(
            "Only %d post is approved or in review. Three give people a choice.",
            "Only %d posts are approved or in review. Three give people a choice.",
            ready,
        )
        return Check(False, said % ready, must=False)
    return Check(
        True, ngettext("%d post is approved or in review", "%d posts are approved or in review", ready) % ready
    )


def _warnings(campaign: Campaign, items: list[Item]) -> list[Check]:
    found = []
    for code, name in settings.LANGUAGES:
        without = [one for one in items if not any(words.language == code for words in one.captions.all())]
        if without:
            said = ngettext("%(n)d post has no words in %(language)s.", "%(n)d posts have no words in %(language)s.",
                            len(without))  # fmt: skip
            found.append(Check(False, said % {"n": len(without), "language": _(name)}, must=False))
    begins = moment_of(campaign.begins_on)
    early = [one for one in items if one.live_until is not None and one.live_until < begins]
    if early:
        said = ngettext(
            "%d post ends before the campaign begins.", "%d posts end before the campaign begins.", len(early)
        )
        found.append(Check(False, said % len(early), must=False))
    others = Campaign.objects.filter(begins_on__lte=campaign.ends_on, ends_on__gte=campaign.begins_on, ended_at=None)
    overlapping = [other.title for other in others.started().exclude(pk=campaign.pk)[:3]]
    if overlapping:
        said = _("It runs at the same time as %s. People will hear of both.") % ", ".join(overlapping)
        found.append(Check(False, said, must=False))
    else:
        found.append(Check(True, _("It overlaps with no other campaign"), must=False))
    return found


def missing(campaign: Campaign) -> list[str]:
    """The sentences that stand between a draft and its start."""
    return [one.sentence for one in checks(campaign) if one.must and not one.fine]


@transaction.atomic
def start(*, person: Person, campaign: Campaign) -> Campaign:
    """Promise it to people: it runs from its first day on, today at the earliest. Raises ValidationError with the
    sentences of what is missing."""
    require(person.may(Permission.RUN_CAMPAIGNS))
    stored = _held(campaign)
    if stored.started_at is not None:
        raise ValidationError(_("It has been started already."))
    if lacks := missing(stored):
        raise ValidationError(lacks)
    stored.started_at = timezone.now()
    stored.save()
    lines.write(actor=person, verb="campaign.started", on=stored)
    return stored


@transaction.atomic
def end(*, person: Person, campaign: Campaign) -> Campaign:
    """End a running one today; one that has not begun becomes a draft again. Raises ValidationError for the others."""
    require(person.may(Permission.RUN_CAMPAIGNS))
    stored = _held(campaign)
    now = stage(stored)
    if now == "coming":
        stored.started_at = None
        verb = "campaign.taken_back"
    elif now == "running":
        stored.ends_on, stored.ended_at = today(), timezone.now()
        verb = "campaign.ended"
    else:
        raise ValidationError(_("Only what runs or is to come can be ended."))
    stored.save()
    lines.write(actor=person, verb=verb, on=stored)
    return stored


@transaction.atomic
def remove(*, person: Person, campaign: Campaign) -> None:
    """Remove a draft on which nothing hangs. Raises ValidationError with what hangs on it."""
    require(person.may(Permission.EDIT_CONTENT))
    stored = _held(campaign)
    if stored.started_at is not None:
        raise ValidationError(_("It was started, so it stays: people have seen it."))
    if stored.items.exists():
        raise ValidationError(_("There are posts in it. Take them out first."))
    if minting.carried(stored.slug):
        raise ValidationError(_("Links out there carry its name, so it stays."))
    lines.write(actor=person, verb="campaign.removed", on=stored, name=stored.name)
    stored.delete()


# --- in words -------------------------------------------------------------------------------------------------------
def days_left(campaign: Campaign) -> int:
    """Whole days after today until its last; 0 on the last day, negative when that has passed."""
    return (campaign.ends_on - today()).days


def span(first: date, last: date) -> str:
    """ "20–26 November", "7 December – 29 January"; the year stands where it is another one."""
    other_year = f" {last.year}" if last.year != today().year else ""
    if first == last:
        return date_format(first, "MONTH_DAY_FORMAT") + other_year
    if (first.year, first.month) == (last.year, last.month):
        return (
            _("%(first)s–%(last)s") % {"first": first.day, "last": date_format(last, "MONTH_DAY_FORMAT")} + other_year
        )
    return f"{date_format(first, 'MONTH_DAY_FORMAT')} – {date_format(last, 'MONTH_DAY_FORMAT')}{other_year}"


def moment_of(day: date) -> datetime:
    """The first moment of a day on the company's clock."""
    return datetime.combine(day, datetime.min.time(), ZoneInfo(company.current().time_zone))
