"""Rules of a feed: which entries become what; the first that fits decides (A5)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaja.audit import lines
from kaja.content import entries
from kaja.content.entries import Entry
from kaja.content.models import Feed, FeedEntry, FeedRule, Topic
from kaja.people.models import Person
from kaja.people.roles import Permission, require

What = FeedRule.What
MOST = 30
CONDITIONS = ("title_has", "text_has", "category_has", "author_has", "place_has")
TRIED = 100


# --- which rule fits ------------------------------------------------------------------------------------------------
def folded(text: str) -> str:
    """Words without case, accents and punctuation, each with a space before it."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold()
    return " " + " ".join(re.findall(r"\w+", plain))


def _has(wanted: str, text: str) -> bool:
    """Whether any of the words between commas begins a word of the text ("intern" finds "Internships")."""
    words = [folded(word) for word in wanted.split(",")]
    return any(word.strip() and word in text for word in words)


def fits(rule: FeedRule, entry: Entry) -> bool:
    """Whether every condition that the rule gives is met; a rule for everything else always fits."""
    if rule.is_rest:
        return True
    place = str(entry.details.get("place", ""))
    texts = {
        "title_has": entry.title,
        "text_has": f"{entry.title} {entry.summary}",
        "category_has": ", ".join(entry.categories),
        "author_has": entry.author,
        "place_has": place + (" remote" if entry.details.get("remote") else ""),
    }
    given = [(getattr(rule, name), folded(text)) for name, text in texts.items() if getattr(rule, name)]
    return bool(given) and all(_has(wanted, text) for wanted, text in given)


def first(rules: Sequence[FeedRule], entry: Entry) -> FeedRule:
    """The rule that decides; the last of `rules` is the one for everything else."""
    return next((rule for rule in rules if fits(rule, entry)), rules[-1])


def of(feed: Feed) -> list[FeedRule]:
    """The feed's rules in their order, the last for everything else; that one is made when there is none yet."""
    rest, made = FeedRule.objects.get_or_create(
        feed=feed,
        is_rest=True,
        defaults={"category": feed.category, "audience": feed.audience, "set_by": feed.added_by},
    )
    if made:
        return [*feed.rules.filter(is_rest=False).select_related("category", "audience", "campaign", "set_by"), rest]
    return list(feed.rules.select_related("category", "audience", "campaign", "set_by"))


def counted(feed: Feed) -> dict[int | None, int]:
    """How many entries each rule decided about, by the rule's number."""
    rows = FeedEntry.objects.filter(feed=feed, rule__isnull=False).values_list("rule").annotate(n=Count("pk"))
    return dict(rows.order_by())


# --- in words -------------------------------------------------------------------------------------------------------
def condition(rule: FeedRule) -> str:
    """When it fits, in words."""
    if rule.is_rest:
        return _("Everything else")
    said = {
        "title_has": _("Title has “%s”"),
        "text_has": _("Text has “%s”"),
        "category_has": _("Category has “%s”"),
        "author_has": _("Author has “%s”"),
        "place_has": _("Place has “%s”"),
    }
    return ", ".join(words % getattr(rule, name) for name, words in said.items() if getattr(rule, name))


def outcome(rule: FeedRule) -> str:
    """What then happens, in words."""
    if rule.what == What.LEAVE_OUT:
        return str(What.LEAVE_OUT.label)
    parts = [rule.category.name, rule.audience.label if rule.audience else _("everyone")]
    parts.append(str(What(rule.what).label).lower())
    if rule.per_day:
        parts.append(ngettext("at most %d a day", "at most %d a day", rule.per_day) % rule.per_day)
    if rule.evergreen:
        parts.append(_("evergreen"))
    elif rule.expires_days:
        parts.append(ngettext("ends after %d day", "ends after %d days", rule.expires_days) % rule.expires_days)
    if rule.campaign:
        parts.append(rule.campaign.name)
    return ", ".join(parts)


# --- changing them --------------------------------------------------------------------------------------------------
@transaction.atomic
def save(
    *, person: Person, feed: Feed, rule: FeedRule | None = None, topics: Iterable[Topic] | None = None, **fields: Any
) -> FeedRule:
    """Add a rule (before the one for everything else), or change one. Raises ValidationError.

    Whoever saves it answers for it: approved at once needs somebody who may approve.
    """
    require(person.may(Permission.EDIT_CONTENT))
    Feed.objects.select_for_update().get(pk=feed.pk)
    saved = rule or FeedRule(feed=feed, position=feed.rules.count())
    for name, value in fields.items():
        setattr(saved, name, value)
    check(saved, person=person)
    if rule is None and feed.rules.count() >= MOST:
        raise ValidationError(_("There are %d rules already. Remove one before you add another.") % MOST)
    saved.set_by = person
    saved.save()
    if topics is not None:
        saved.topics.set(topics)
    if saved.is_rest:
        Feed.objects.filter(pk=feed.pk).update(category=saved.category, audience=saved.audience)
    lines.write(actor=person, verb="feed.rule_saved", on=feed, rule=saved.pk, what=str(saved.what))
    return saved


def check(rule: FeedRule, *, person: Person) -> None:
    """Raises ValidationError for what a person can mend in a rule."""
    if not rule.is_rest and not any(getattr(rule, name).strip(" ,") for name in CONDITIONS):
        raise ValidationError(_("Say when it fits: at least one condition."), code="condition")
    for name in CONDITIONS:
        wanted = getattr(rule, name)
        if len(wanted) > 300:
            raise ValidationError({name: _("This is longer than %d characters.") % 300})
        if wanted.strip() and not any(folded(word).strip() for word in wanted.split(",")):
            raise ValidationError({name: _("There are no letters in this.")})
    if rule.what not in What.values:
        raise ValidationError({"what": _("Choose one of: %s.") % ", ".join(What.values)})
    if rule.what == What.APPROVE and not person.may(Permission.REVIEW_CONTENT):
        raise ValidationError(
            {"what": _("Only somebody who may approve can set this. Choose “To review” instead.")}, code="approve"
        )
    for name, most in (("per_day", 1000), ("expires_days", 1825)):
        number = getattr(rule, name)
        if number is not None and not 1 <= number <= most:
            raise ValidationError({name: _("Choose a number from 1 to %d.") % most})


@transaction.atomic
def remove(*, person: Person, rule: FeedRule) -> None:
    """Remove a rule; what it decided stays as it is. Raises ValidationError for the one for everything else."""
    require(person.may(Permission.EDIT_CONTENT))
    if rule.is_rest:
        raise ValidationError(_("The rule for everything else stays. Change it instead."))
    lines.write(actor=person, verb="feed.rule_removed", on=rule.feed, rule=rule.pk)
    rule.delete()


@transaction.atomic
def move(*, person: Person, rule: FeedRule, up: bool) -> None:
    """Move a rule one place up or down; at the end it stays where it is."""
    require(person.may(Permission.EDIT_CONTENT))
    Feed.objects.select_for_update().get(pk=rule.feed_id)
    order = list(FeedRule.objects.filter(feed=rule.feed_id, is_rest=False))
    place = next((n for n, one in enumerate(order) if one.pk == rule.pk), None)
    to = None if place is None else place + (-1 if up else 1)
    if place is None or to is None or not 0 <= to < len(order):
        return
    order[place], order[to] = order[to], order[place]
    for position, one in enumerate(order):
        FeedRule.objects.filter(pk=one.pk).update(position=position)
    lines.write(actor=person, verb="feed.rule_moved", on=rule.feed, rule=rule.pk)


# --- trying them ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Tried:
    """What would become of an entry if it came today. `rule` is the one that decides."""

    entry: Entry
    rule: FeedRule
    waits: bool

    @property
    def why(self) -> str:
        return condition(self.rule)

    @property
    def then(self) -> str:
        return outcome(self.rule)


def present(feed: Feed) -> QuerySet[FeedEntry]:
    """The entries that were in the feed when it was last read, the newest first."""
    return feed.entries.filter(missed=0).order_by("-decided_at", "-pk")


def attempt(feed: Feed, rules: Sequence[FeedRule]) -> list[Tried]:
    """What the rules would make of the feed's present entries, as if all came today; writes nothing."""
    tried, kept = [], dict.fromkeys((id(rule) for rule in rules), 0)
    for row in present(feed)[:TRIED]:
        entry = entries.read(row.said)
        rule = first(rules, entry)
        full = bool(rule.per_day and kept[id(rule)] >= rule.per_day)
        kept[id(rule)] += 0 if full or rule.what == What.LEAVE_OUT else 1
        tried.append(Tried(entry, rule, waits=full and rule.what != What.LEAVE_OUT))
    return tried


def with_candidate(feed: Feed, candidate: FeedRule) -> list[FeedRule]:
    """The feed's rules as they would be if `candidate` were saved."""
    rules = of(feed)
    if candidate.pk:
        return [candidate if rule.pk == candidate.pk else rule for rule in rules]
    return [*rules[:-1], candidate, rules[-1]]
