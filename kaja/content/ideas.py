"""The ideas board: colleagues suggest and vote, editors answer and make items of it, with credit (B2).

Ten votes bring an idea to the table: from then on an answer is owed within a week.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _
from rapidfuzz import fuzz

from kaja import addresses, outbound
from kaja.audit import lines
from kaja.content import items, pages
from kaja.content.models import Category, Idea, IdeaComment, IdeaVote, Item, Media
from kaja.jobs import facts, queue
from kaja.outbound import Refused
from kaja.people import company
from kaja.people.models import Person
from kaja.people.roles import Permission, require

Kind, Status = Idea.Kind, Idea.Status
ENOUGH_VOTES = 10
ANSWER_WITHIN = timedelta(days=7)
LONGEST_TITLE, LONGEST_TEXT, LONGEST_COMMENT = 160, 4000, 2000
# What an editor may answer; open is what an idea is before.
ANSWERS = (Status.PLANNED, Status.MAKING, Status.PUBLISHED, Status.NOT_NOW, Status.MERGED)
# Two titles are alike from here on (measured on pairs in both languages, tests/content/test_ideas.py).
ALIKE = 75.0
# How many of the newest ideas a new one is compared with, and how many of them are shown.
COMPARED, SHOWN_ALIKE = 2000, 3
_NO_LETTER = re.compile(r"[^\w\s]|_")


# --- suggesting -----------------------------------------------------------------------------------------------------
def suggest(
    *,
    person: Person,
    kind: str,
    title: str,
    text: str = "",
    url: str = "",
    picture: Media | None = None,
) -> Idea:
    """Put an idea before all colleagues. Of a link the page's own title and picture are read; a page that cannot be
    read does not matter when there is a title. Raises ValidationError by field."""
    require(person.is_active)
    idea = Idea(
        person=person,
        kind=kind,
        title=title.strip(),
        text=text.strip(),
        url=url.strip(),
        picture=picture,
        language=person.language or company.current().language,
    )
    if idea.url:
        _look_up(idea)
    _check(idea)
    with transaction.atomic():
        idea.save()
        lines.write(actor=person, verb="idea.suggested", on=idea)
    return idea


def _look_up(idea: Idea) -> None:
    address = addresses.fit(idea.url if "://" in idea.url else f"https://{idea.url}")
    if not address or len(address) > items.LONGEST_ADDRESS:
        raise ValidationError({"url": _("A web address begins with https://.")})
    idea.url = address
    try:
        fetched = outbound.fetch(address, accept="text/html,application/xhtml+xml", limit=items.PAGE_BYTES)
    except Refused as error:
        if not idea.title:
            raise ValidationError(
                {"url": f"{error.sentence} {_('Give it a title, then it is kept all the same.')}"}
            ) from error
        return
    page = pages.read(fetched.body, fetched.headers.get("content-type", ""), fetched.url)
    idea.page_title = page.title[:300]
    idea.title = idea.title or page.title[:LONGEST_TITLE]
    idea.picture = idea.picture or items.picture(page.image, alt=page.title)


def _check(idea: Idea) -> None:
    if idea.kind not in Kind.values:
        raise ValidationError({"kind": _("Choose what it is.")})
    if not idea.title:
        raise ValidationError({"title": _("Say it in one line.")})
    for name, said, most in (("title", idea.title, LONGEST_TITLE), ("text", idea.text, LONGEST_TEXT)):
        if len(said) > most:
            raise ValidationError({name: _("This is longer than %d characters.") % most})
    if idea.kind == Kind.LINK and not idea.url:
        raise ValidationError({"url": _("Paste the address of a page.")})
    if idea.kind == Kind.PHOTO and idea.picture is None:
        raise ValidationError({"picture": _("Choose a picture.")})


def _plain(text: str) -> str:
    return " ".join(_NO_LETTER.sub(" ", unicodedata.normalize("NFKC", text).lower()).split())


def similar(title: str, *, most: int = SHOWN_ALIKE) -> list[Idea]:
    """Ideas whose titles are like this one, the most alike first: whoever finds theirs votes and need not repeat it."""
    wanted = _plain(title)
    if len(wanted) < 8:
        return []
    newest = Idea.objects.exclude(status=Status.MERGED).order_by("-id").values_list("pk", "title")[:COMPARED]
    scores = {pk: _alike(wanted, _plain(other)) for pk, other in newest}
    best = sorted((pk for pk, score in scores.items() if score >= ALIKE), key=lambda pk: -scores[pk])[:most]
    found = Idea.objects.in_bulk(best)
    return [found[pk] for pk in best]


def _alike(one: str, other: str) -> float:
    """0 to 100. Word order does not matter; a title of one common word alone is not like every other with it."""
    return float(
        max(fuzz.token_sort_ratio(one, other), fuzz.token_set_ratio(one, other) - 12 if len(other) > 11 else 0)
    )


@transaction.atomic
def change(*, person: Person, idea: Idea, title: str, text: str) -> None:
    """Say one's own idea anew, while nobody has answered it."""
    stored = _open_own(person, idea)
    stored.title, stored.text = title.strip(), text.strip()
    _check(stored)
    stored.save(update_fields=["title", "text"])
    lines.write(actor=person, verb="idea.changed", on=stored)


@transaction.atomic
def remove(*, person: Person, idea: Idea) -> None:
    """Take an idea off the board: its author while it is open; an editor any that became no item."""
    if person.may(Permission.EDIT_CONTENT):
        stored = Idea.objects.select_for_update().get(pk=idea.pk)
        if stored.item_id is not None:
            raise ValidationError(_("It became a post already, so it stays on the board."))
    else:
        stored = _open_own(person, idea)
    lines.write(actor=person, verb="idea.removed", on=stored, title=stored.title)
    stored.delete()


def _open_own(person: Person, idea: Idea) -> Idea:
    require(person.is_active and idea.person_id == person.pk)
    stored = Idea.objects.select_for_update().get(pk=idea.pk)
    if stored.status != Status.OPEN:
        raise ValidationError(_("It has been answered meanwhile, so it stays as it is. Add a comment."))
    return stored


# --- votes and comments ---------------------------------------------------------------------------------------------
@transaction.atomic
def vote(*, person: Person, idea: Idea) -> None:
    """One vote of one person; a second time changes nothing. The tenth sets the day by which an answer is owed."""
    require(person.is_active)
    stored = Idea.objects.select_for_update().get(pk=idea.pk)
    if stored.person_id == person.pk:
        raise ValidationError(_("It is your own idea: the votes of others count."))
    if stored.status == Status.MERGED:
        raise ValidationError(_("It was merged with another idea. Vote for that one."))
    IdeaVote.objects.get_or_create(idea=stored, person=person)
    _count(stored)


@transaction.atomic
def unvote(*, person: Person, idea: Idea) -> None:
    """Take one's vote back; without one nothing changes."""
    require(person.is_active)
    stored = Idea.objects.select_for_update().get(pk=idea.pk)
    IdeaVote.objects.filter(idea=stored, person=person).delete()
    _count(stored)


def _count(idea: Idea) -> None:
    idea.votes = IdeaVote.objects.filter(idea=idea).count()
    if idea.votes >= ENOUGH_VOTES and idea.status == Status.OPEN and idea.due_at is None:
        idea.due_at = timezone.now() + ANSWER_WITHIN
    idea.save(update_fields=["votes", "due_at"])


@transaction.atomic
def comment(*, person: Person, idea: Idea, text: str) -> IdeaComment:
    """Add something to an idea. Raises ValidationError for nothing and for too much."""
    require(person.is_active)
    said = text.strip()
    if not said:
        raise ValidationError({"text": _("Write a few words first.")})
    if len(said) > LONGEST_COMMENT:
        raise ValidationError({"text": _("This is longer than %d characters.") % LONGEST_COMMENT})
    made = IdeaComment.objects.create(idea=idea, person=person, text=said)
    Idea.objects.filter(pk=idea.pk).update(comments=IdeaComment.objects.filter(idea=idea).count())
    return made


@transaction.atomic
def uncomment(*, person: Person, row: IdeaComment) -> None:
    """Take a comment away: one's own, or any as an editor."""
    require(person.is_active and (row.person_id == person.pk or person.may(Permission.EDIT_CONTENT)))
    lines.write(actor=person, verb="idea.comment_removed", on=row, idea=row.idea_id)
    idea = row.idea_id
    row.delete()
    Idea.objects.filter(pk=idea).update(comments=IdeaComment.objects.filter(idea=idea).count())


# --- answers --------------------------------------------------------------------------------------------------------
@transaction.atomic
def answer(
    *,
    person: Person,
    idea: Idea,
    status: str,
    text: str = "",
    planned_for: date | None = None,
    into: Idea | None = None,
) -> None:
    """Say what becomes of an idea; its author is told. "Not now" needs words, "merged" another idea (`into`), which
    takes the votes over. Raises ValidationError by field."""
    require(person.may(Permission.EDIT_CONTENT))
    stored = Idea.objects.select_for_update().get(pk=idea.pk)
    said = text.strip()
    if status not in ANSWERS:
        raise ValidationError({"status": _("Choose an answer.")})
    if status == Status.NOT_NOW and not said:
        raise ValidationError({"text": _("Say why. The author reads it.")})
    if len(said) > LONGEST_COMMENT:
        raise ValidationError({"text": _("This is longer than %d characters.") % LONGEST_COMMENT})
    if status == Status.MERGED:
        if into is None or into.pk == stored.pk or Idea.objects.filter(pk=into.pk, status=Status.MERGED).exists():
            raise ValidationError({"into": _("Choose the idea that it is merged into.")})
        _merge(stored, into)
    stored.merged_into = into if status == Status.MERGED else None
    stored.planned_for = planned_for if status == Status.PLANNED else None
    _answered(stored, person, status, said)


def _answered(idea: Idea, person: Person | None, status: str, said: str) -> None:
    idea.status, idea.answer = status, said
    idea.answered_by, idea.answered_at, idea.due_at = person, timezone.now(), None
    idea.save()
    lines.write(actor=person, verb="idea.answered", on=idea, status=status)
    facts.record("idea.answered", idea=idea.pk)


def _merge(idea: Idea, into: Idea) -> None:
    """Those who voted here have voted there; whoever did both has one vote."""
    target = Idea.objects.select_for_update().get(pk=into.pk)
    voters = IdeaVote.objects.filter(idea=idea).exclude(person=target.person_id).values_list("person", flat=True)
    # The author of what is merged wanted it too.
    wanted = {pk for pk in (*voters, idea.person_id) if pk is not None and pk != target.person_id}
    IdeaVote.objects.bulk_create((IdeaVote(idea=target, person_id=pk) for pk in wanted), ignore_conflicts=True)
    _count(target)


@transaction.atomic
def turn_into_item(*, person: Person, idea: Idea, category: Category) -> Item:
    """A draft of an idea, with credit to its author, who is told. The second time it is the same draft."""
    require(person.may(Permission.EDIT_CONTENT))
    stored = Idea.objects.select_for_update().get(pk=idea.pk)
    if stored.item is not None:
        return stored.item
    if stored.status == Status.MERGED:
        raise ValidationError(_("It was merged with another idea. Make the post of that one."))
    item = items.create(
        person=person,
        title=stored.title,
        summary=stored.text,
        url=stored.url,
        kind=Item.Kind.LINK if stored.url else Item.Kind.TEXT,
        language=stored.language or "en",
        category=category,
        image=stored.picture,
        credit=stored.person,
    )
    stored.item = item
    _answered(stored, person, Status.MAKING, stored.answer)
    return item


def item_approved(item: int) -> None:
    """A consequence: what began as an idea is published when its item is live, and its author hears of it. Safe to
    run twice."""
    row = Item.objects.filter(pk=item).first()
    if row is None or row.state != Item.State.APPROVED or not Idea.objects.filter(item=row).exists():
        return
    if row.live_from is not None and row.live_from > timezone.now():
        queue.enqueue("kaja.content.ideas.item_approved", run_after=row.live_from, item=item)
        return
    with transaction.atomic():
        idea = Idea.objects.select_for_update().get(item=row)
        if idea.status != Status.PUBLISHED:
            _answered(idea, None, Status.PUBLISHED, idea.answer)


# --- telling --------------------------------------------------------------------------------------------------------
def news(person: Person) -> QuerySet[Idea]:
    """Ideas of this person whose answer they have not read yet, the newest answer first."""
    unread = Q(told_at__isnull=True) | Q(told_at__lt=F("answered_at"))
    return Idea.objects.filter(unread, person=person, answered_at__isnull=False).order_by("-answered_at")


def read_news(*, person: Person) -> None:
    """The person has read what became of their ideas."""
    news(person).update(told_at=timezone.now())


def tell(idea: int) -> None:
    """Write to the author what becomes of their idea, in their language. A job: safe to run twice (the letter comes
    twice at worst)."""
    row = Idea.objects.select_related("person", "item", "merged_into").filter(pk=idea).first()
    if row is None or row.person is None or not row.person.is_active or row.person_id == row.answered_by_id:
        return
    with translation.override(row.person.language or company.current().language):
        context: dict[str, Any] = {
            "idea": row,
            "became": became(row),
            "company": company.current(),
            "link": f"{settings.BASE_URL}{reverse('idea', args=[row.pk])}",
        }
        subject = _("Your idea “%s”") % row.title
        letter = EmailMultiAlternatives(
            subject, render_to_string("content/mail/idea.txt", context), to=[row.person.email]
        )
        letter.attach_alternative(render_to_string("content/mail/idea.html", context), "text/html")
        letter.send()


def became(idea: Idea) -> str:
    """What becomes of an answered idea, in a sentence of the language of this moment."""
    if idea.status == Status.PLANNED and idea.planned_for:
        return _("It is planned for %s.") % formats.date_format(idea.planned_for, "DATE_FORMAT")
    if idea.status == Status.MERGED and idea.merged_into:
        return _("It was merged with “%s”, which takes its votes over.") % idea.merged_into.title
    return {
        Status.PLANNED: _("It is planned."),
        Status.MAKING: _("The editors are making a post of it."),
        Status.PUBLISHED: _("It is published, with your name."),
        Status.NOT_NOW: _("Not now."),
    }.get(Status(idea.status), "")


# --- what editors owe -----------------------------------------------------------------------------------------------
def owed() -> QuerySet[Idea]:
    """Open ideas with enough votes, the one that has waited longest first."""
    return Idea.objects.filter(status=Status.OPEN, due_at__isnull=False).order_by("due_at", "id")


def overdue() -> QuerySet[Idea]:
    """Those whose week is over."""
    return owed().filter(due_at__lt=timezone.now())
