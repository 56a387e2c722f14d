"""An employee's own post: a lunch, an event, a day at work (B3). Written by its author for their own networks.

It is an item with `original`, meant for its author alone. The company's setting says whether a reviewer reads it first.
An editor may make an item for everybody of it, with credit. A delegate may write one in the name of somebody, who is
its author and approves it before it goes out (`sharing.delegates`); its first step of review says who wrote it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kaja import addresses
from kaja.audit import lines
from kaja.content import items
from kaja.content.models import Attachment, Caption, Category, Item, Media, ReviewStep
from kaja.jobs import facts
from kaja.people import company, delegations
from kaja.people.models import Person
from kaja.people.roles import Permission, require

State, What = Item.State, ReviewStep.What
LONGEST_TEXT = 4000
MOST_PICTURES = 4
TITLE = 80


def carries_hashtag(text: str, hashtag: str = "") -> bool:
    """Whether a text carries the company's hashtag (or the one given), in any case and as a whole word."""
    tag = hashtag or company.current().hashtag
    return bool(tag) and re.search(rf"(?<!\w)#{re.escape(tag)}(?!\w)", text, re.IGNORECASE) is not None


def title_of(text: str) -> str:
    """The first line, cut at a word: what lists call the post."""
    first = text.strip().partition("\n")[0].strip()
    return first if len(first) <= TITLE else f"{first[:TITLE].rsplit(' ', 1)[0]}…"


@transaction.atomic
def write(
    *,
    person: Person,
    text: str,
    category: Category,
    language: str,
    url: str = "",
    pictures: Sequence[Media] = (),
    post: Item | None = None,
    by: Person | None = None,
) -> Item:
    """A post of one's own, or (`post`) the same one anew after it came back. In review or approved at once, as the
    company's setting says. `by`: their delegate, who writes it in the name of `person`. Raises ValidationError by
    field."""
    require(person.may(Permission.SHARE) and (post is None or _mine(person, post)))
    if by is not None:
        require(delegations.allows(delegate=by, person=person))
        require(post is None or written_for(person=person, by=by).filter(pk=post.pk).exists())
    writer = by or person
    said, address = text.strip(), url.strip()
    _check(said, address, category, language, pictures)
    if post is not None and post.state not in (State.DRAFT, State.IN_REVIEW):
        raise ValidationError(_("It has been approved, so it stays as it is. Write another one."))
    item = post or Item(author=person, original=True)
    item.title, item.body, item.url, item.language = title_of(said), said, addresses.fit(address) or "", language
    item.category = category
    item.kind = Item.Kind.IMAGES if pictures else (Item.Kind.LINK if item.url else Item.Kind.TEXT)
    item.image = pictures[0] if pictures else None
    reviewed = company.current().own_posts_reviewed
    now = timezone.now()
    item.state = State.IN_REVIEW if reviewed else State.APPROVED
    if not reviewed:
        item.live_from = item.approved_at = now
    item.save()
    item.attachments.all().delete()
    Attachment.objects.bulk_create(
        Attachment(item=item, media=media, position=place) for place, media in enumerate(pictures)
    )
    item.captions.all().delete()
    Caption.objects.create(item=item, language=language, text=said)
    ReviewStep.objects.create(item=item, what=What.SUBMITTED, person=writer)
    if not reviewed:
        ReviewStep.objects.create(item=item, what=What.APPROVED, reason=_("Own posts need no approval here."))
    lines.write(actor=writer, verb="own_post.written", on=item, reviewed=reviewed, person=person.pk)
    return item


def _check(text: str, url: str, category: Category, language: str, pictures: Sequence[Media]) -> None:
    if not text:
        raise ValidationError({"text": _("Write a few words first.")})
    if len(text) > LONGEST_TEXT:
        raise ValidationError({"text": _("This is longer than %d characters.") % LONGEST_TEXT})
    if url and (not (address := addresses.fit(url)) or len(address) > items.LONGEST_ADDRESS):
        raise ValidationError({"url": _("A web address begins with https://.")})
    if not category.shareable:
        raise ValidationError({"category": _("Internal news is not shared. Choose another category.")})
    if len(pictures) > MOST_PICTURES:
        raise ValidationError({"pictures": _("At most %d pictures.") % MOST_PICTURES})
    items.check_language(language)


def _mine(person: Person, post: Item) -> bool:
    return post.original and post.author_id == person.pk


def of(person: Person) -> QuerySet[Item]:
    """The person's own posts, the newest first."""
    return Item.objects.filter(original=True, author=person).select_related("category", "image").order_by("-id")


def written_for(*, person: Person, by: Person) -> QuerySet[Item]:
    """The posts of a person that `by` wrote in their name, the newest first; none of those they write themselves."""
    theirs = ReviewStep.objects.filter(item=OuterRef("pk"), what=What.SUBMITTED, person=by)
    return of(person).filter(Exists(theirs)) if by.pk != person.pk else of(person).none()


@transaction.atomic
def remove(*, person: Person, post: Item) -> None:
    """Take one's own post back: not yet approved, it is gone; approved, it is withdrawn, and what was planned with it
    does not go out."""
    require(_mine(person, post))
    stored = Item.objects.select_for_update().get(pk=post.pk)
    lines.write(actor=person, verb="own_post.removed", on=stored)
    if stored.state in (State.DRAFT, State.IN_REVIEW):
        stored.delete()
        return
    stored.state = State.WITHDRAWN
    stored.save()
    ReviewStep.objects.create(item=stored, what=What.WITHDRAWN, person=person)
    facts.record("item.withdrawn", item=stored.pk)


@transaction.atomic
def for_everybody(*, person: Person, post: Item) -> Item:
    """A draft for everybody made of somebody's own post, with credit; the post itself stays its author's."""
    require(person.may(Permission.EDIT_CONTENT) and post.original)
    made = items.create(
        person=person, title=post.title, category=post.category, kind=Item.Kind.LINK if post.url else Item.Kind.TEXT,
        body=post.body, url=post.url, language=post.language, image=post.image, credit=post.author,
    )  # fmt: skip
    Attachment.objects.bulk_create(
        Attachment(item=made, media_id=one.media_id, position=one.position) for one in post.attachments.all()
    )
    Caption.objects.bulk_create(
        Caption(item=made, language=one.language, text=one.text) for one in post.captions.filter(network="")
    )
    return made


# --- telling the author ---------------------------------------------------------------------------------------------
def tell_approved(item: int) -> None:
    """A consequence: the author may share their post now, or their delegate prepare it. Safe to run twice (the letter
    comes twice at worst)."""
    _tell(item, State.APPROVED, own="compose", prepared="prepare-compose")


def tell_returned(item: int) -> None:
    """A consequence: the reviewer asks for a change."""
    _tell(item, State.DRAFT, own="own-post", prepared="prepare-own-again")


def _tell(item: int, state: Item.State, *, own: str, prepared: str) -> None:
    """Tell who wrote it, with the page on which it goes on: of the author, or of their delegate."""
    post = Item.objects.select_related("author").filter(pk=item, original=True, state=state).first()
    if post is None or post.author is None or not post.author.is_active:
        return
    if writer := _delegate(post):
        to, address = writer, reverse(prepared, args=[post.author.pk, post.pk])
    else:
        to, address = post.author, reverse(own, args=[post.pk])
    _send(post, to, address=address, approved=state == State.APPROVED)


def _delegate(post: Item) -> Person | None:
    """Who wrote it in its author's name, as long as they may; None when its author did."""
    step = post.steps.filter(what=What.SUBMITTED).select_related("person").last()
    writer, author = step.person if step else None, post.author
    if writer is None or author is None or writer == author or not writer.is_active:
        return None
    return writer if delegations.allows(delegate=writer, person=author) else None


def _send(post: Item, to: Person, *, address: str, approved: bool) -> None:
    with translation.override(to.language or company.current().language):
        last = post.steps.last()
        context = {
            "post": post,
            "approved": approved,
            "executive": post.author if to != post.author else None,
            "reason": last.reason if last else "",
            "company": company.current(),
            "link": f"{settings.BASE_URL}{address}",
        }
        subject = _("Your post is approved") if approved else _("Your post needs a change")
        letter = EmailMultiAlternatives(subject, render_to_string("content/mail/own_post.txt", context), to=[to.email])
        letter.attach_alternative(render_to_string("content/mail/own_post.html", context), "text/html")
        letter.send()
