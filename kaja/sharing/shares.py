"""Verbs on shares: share now, at a time, by dialog; confirm, edit, cancel, try again, remove (D1-D5, D7, L2).

Raises PermissionDenied for what a person may not, and ValidationError with a sentence for what they can mend.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kaja import addresses
from kaja.audit import lines
from kaja.content import kinds, previews
from kaja.content.models import Caption, Item
from kaja.guidelines.checks import Hint
from kaja.jobs import facts
from kaja.links import minting
from kaja.links.models import ShortLink
from kaja.networks import company_apps, connecting, counting
from kaja.networks.catalogue import BY_KEY, offered
from kaja.networks.contract import NeedsReconnect, Network, Outcome, OutOfCredits, Permanent, Unknown
from kaja.networks.models import ConnectedAccount
from kaja.people.models import Person
from kaja.people.roles import Permission, require
from kaja.sharing import eyes, hints, naming, onhold, posted, sent, spacing, states, wording
from kaja.sharing.models import Attempt, Correction, Preparation, QueueSlot, Share
from kaja.sharing.states import State

FARTHEST = timedelta(days=365)
# Two equal wishes within this time are one: a double click, or a page sent twice.
SAME_WISH = timedelta(seconds=60)
MARK = "{link}"
# Ends of an attempt after which nothing of it is on the network, for certain.
WITHOUT_EFFECT = ("retry", "outofcredits", "permanent", "needsreconnect", "stopped")
FIXED = gettext_lazy(
    "An earlier try may have reached the network, so the words stay as they are: others could appear beside them. You "
    "can still choose another time, or drop it."
)
ANY = Q()


# --- words and link -------------------------------------------------------------------------------------------------
def with_link(text: str, link: str) -> str:
    """The words with the link where the person put `{link}`, or after them."""
    words = text.replace("\r\n", "\n").strip()
    return words.replace(MARK, link, 1).replace(MARK, "") if MARK in words else f"{words} {link}".strip()


def _own_words(text: str) -> str:
    """What was typed, without the mark of the link."""
    return text.replace(MARK, "").strip()


def sample_link() -> str:
    """An address as long as the share's own will be, for counting and preview before there is one."""
    return f"{settings.LINK_BASE_URL}/{'x' * minting.LENGTH}"


def typed(share: Share, text: str | None = None) -> str:
    """The words of a share (or others for it) as its person would type them: `{link}` where the link stands, unless
    that is the end."""
    text = share.text if text is None else text
    if share.link is None:
        return text
    words = naming.exchanged(text, share.link.slug, MARK, most=1).strip()
    return words.removesuffix(MARK).rstrip() if words.endswith(MARK) else words


def words_of(share: Share) -> str:
    """The words of a share without its link."""
    return without_link(share, share.text)


def without_link(share: Share, text: str) -> str:
    """Words of a share, or for it, without its link."""
    return naming.own_words(text, share.link.slug if share.link else None)


def shareable(person: Person, item: Item) -> bool:
    """Whether this item is live for the person and meant to be shared. One query."""
    return item.category.shareable and Item.objects.live().for_person(person).filter(pk=item.pk).exists()


def _checked(
    person: Person, item: Item, network: Network, text: str, *, caption: Caption | None, at: datetime
) -> list[Hint]:
    """The hints of rules that want a second pair of eyes on these words. Raises PermissionDenied when the person may
    not share this, and ValidationError with a sentence when words or time will not do."""
    require(person.may(Permission.SHARE) and BY_KEY.get(network.key) in offered())
    require(shareable(person, item))
    onhold.stop(item, _own_words(text))
    if item.live_until is not None and at > item.live_until:
        raise ValidationError(_("The story ends before that. Choose an earlier time."), code="time")
    return check_words(person, item, network, text, caption=caption, at=at)


def check_words(
    person: Person, item: Item, network: Network, text: str, *, caption: Caption | None, at: datetime
) -> list[Hint]:
    """The hints of rules that want a second pair of eyes on these words. Raises ValidationError with a sentence when
    they will not do there: empty, too long, or against a rule."""
    words = _own_words(text)
    # An invitation begins with its hashtag, which is nobody's own word.
    if not words or (not kinds.of(item).words and not wording.normalised(words)):
        raise ValidationError(_("Write a few words first. Your own are best."), code="empty")
    count = counting.count(network, with_link(text, sample_link()) if item.url else text)
    if not count.valid:
        raise ValidationError(
            _("%(network)s takes %(limit)d characters; this is %(over)d too long.")
            % {"network": network.name, "limit": count.limit, "over": count.count - (count.limit or 0)},
            code="too-long",
        )
    found = hints.stop(person=person, text=text, network=network.key, caption=caption, at=at)
    return eyes.wanted(person=person, item=item, text=words, caption=caption, found=found)


def _again(person: Person, item: Item, network: Network, words: str, wish: str) -> Share | None:
    """The share that this wish has already become: by its own key, or the same words a moment ago (another tab)."""
    mine = Share.objects.filter(person=person)
    if wish and (same := mine.filter(wish=wish).first()):
        return same
    recent = mine.filter(item=item, network=network.key, created_at__gt=timezone.now() - SAME_WISH)
    return next((share for share in recent.exclude(state=State.CANCELLED) if words_of(share) == words), None)


def _made(
    *,
    person: Person,
    item: Item,
    network: Network,
    text: str,
    caption: Caption | None,
    wish: str,
    at: datetime,
    account: ConnectedAccount | None,
    slot: QueueSlot | None = None,
    alone: bool = True,
    preparation: Preparation | None = None,
) -> Share:
    """The row of a share, with its link; without an account, of one by the network's dialog. With a preparation it
    waits for its person's approval, and what the person shared themselves is no answer to the delegate's wish."""
    if preparation is None and (existing := _again(person, item, network, _own_words(text), wish)):
        return existing
    if caption is not None and caption.item_id != item.pk:
        caption = None
    asking = _checked(person, item, network, text, caption=caption, at=at)
    _fits(item, network, account)
    by_api = account is not None
    try:
        with transaction.atomic():
            place = _place(item, network.key, account, at, slot=slot, alone=alone)
            link = _link(person, item, network, by_api=by_api)
            share = Share.objects.create(
                person=person,
                item=item,
                network=network.key,
                way=Share.Way.API if by_api else Share.Way.DIALOG,
                account=account,
                link=link,
                language=caption.language if caption else item.language,
                caption=caption,
                preparation=preparation,
                **({"state": State.WAITING} if preparation else _beginning(by_api, asking)),
                wish=wish,
                **worded(text, item, caption, link),
                **place,
            )
            if preparation is not None:
                lines.write(
                    actor=preparation.by, verb="share.prepared", on=share, network=network.key, person=person.pk
                )
                return share
            if asking:
                eyes.ask(share=share, words=words_of(share), asking=asking)
            if caption is not None:
                wording.count_use(caption=caption, person=person)
            lines.write(actor=person, verb="share.planned" if by_api else "share.opened", on=share, network=network.key)
    except IntegrityError:
        # The same wish came in twice at the same moment: the first one is the share.
        if wish and (same := Share.objects.filter(person=person, wish=wish).first()):
            return same
        raise  # Another tab took the same place in the queue.
    return share


def _beginning(by_api: bool, asking: Collection[Hint]) -> dict[str, Any]:
    """State and reason of a new share: what a rule wants looked at waits from its first moment, whatever its way."""
    if asking:
        return {"state": State.HELD, "reason": eyes.REASON}
    return {"state": State.PLANNED if by_api else State.UNKNOWN, "reason": "" if by_api else "opened"}


def _fits(item: Item, network: Network, account: ConnectedAccount | None) -> None:
    """Raise ValidationError when this way to the network cannot carry the item: its pictures, or words without a
    link."""
    if account is not None:
        posted.check(item, network)
    elif not item.url and not (network.dialog and network.dialog.plain):
        raise ValidationError(
            _("The window of %s wants a link, and this post has none.") % network.name, code="no-link"
        )


def _link(person: Person, item: Item, network: Network, *, by_api: bool) -> ShortLink | None:
    """The share's own short link; none for an item without an address, and none where Kaja passes a post on that
    stands on the network already."""
    if not item.url or (by_api and posted.reshares(item, network)):
        return None
    return minting.mint(
        target=item.url,
        owner=person,
        network=network.key,
        item=item.pk,
        campaign=item.campaign.slug if item.campaign else "",
        preview=previews.resolve(item, network.key).as_data,
    )


def worded(text: str, item: Item, caption: Caption | None, link: ShortLink | None) -> dict[str, Any]:
    """The fields of a share that follow from its words."""
    return {
        "text": with_link(text, minting.address(link)) if link else text.strip(),
        "own_words": item.original or caption is None or caption.text.strip() != _own_words(text),
        "wording": wording.fingerprint(text),
    }


def _place(
    item: Item,
    network: str,
    account: ConnectedAccount | None,
    when: datetime,
    *,
    slot: QueueSlot | None = None,
    alone: bool = True,
    but: int | None = None,
) -> dict[str, Any]:
    """The fields of a share that follow from when it goes out: at `when`, or by an account some minutes later, with
    room for colleagues (`alone`) and for the account's other posts. `but`: a share that does not stand in its own
    way."""
    place = spacing.Place(when, 0)
    if account is not None:
        spacing.keep_to_cap(account, when, but=but)
        if alone:
            place = spacing.place(item=item, network=network, wished=when, but=but)
    moved = place.at != when
    return {
        "not_before": place.at,
        "wished_at": when if moved else None,
        "beside": place.beside if moved else 0,
        "slot": slot,
        "slot_at": when if slot else None,
    }


# --- share ----------------------------------------------------------------------------------------------------------
def share_now(
    *, person: Person, item: Item, account: ConnectedAccount, text: str, caption: Caption | None = None, wish: str = ""
) -> Share:
    """Have Kaja post `text` on the person's own account as soon as a worker is free."""
    return schedule(person=person, item=item, account=account, text=text, caption=caption, wish=wish, at=timezone.now())


def schedule(
    *,
    person: Person,
    item: Item,
    account: ConnectedAccount,
    text: str,
    at: datetime,
    caption: Caption | None = None,
    wish: str = "",
    slot: QueueSlot | None = None,
    all_the_same: bool = False,
    preparation: Preparation | None = None,
) -> Share:
    """Have Kaja post `text` at `at` (aware), or some minutes later where colleagues share the same item about then
    (`wished_at` is set); with `all_the_same` at once beside them. The same wish twice is one share. Of a `preparation`
    it waits for its person's approval (delegates.py, which has checked who prepares).

    Raises ValidationError with the codes "crowd" and "cap" (docs/timing.md), IntegrityError when the place in the queue
    (`slot` at `at`) was taken meanwhile.
    """
    require(account.person_id == person.pk and account.state != ConnectedAccount.State.DISCONNECTED)
    network = connecting.network_of(account)
    require(network.api is not None)
    if not company_apps.works_by_api(network):
        raise ValidationError(str(connecting.SENTENCES[connecting.NO_APP]), code=connecting.NO_APP)
    if account.state == ConnectedAccount.State.NEEDS_RECONNECT:
        raise ValidationError(_("Sign in to %s again. Your words are saved.") % network.name, code="needs-reconnect")
    return _made(
        person=person, item=item, network=network, text=text, caption=caption, wish=wish, at=_time(at), account=account,
        slot=slot, alone=not all_the_same, preparation=preparation,
    )  # fmt: skip


def _time(at: datetime) -> datetime:
    now = timezone.now()
    if timezone.is_naive(at):
        raise ValidationError(_("This time lacks its time zone."), code="time")
    if at < now - timedelta(minutes=5):
        raise ValidationError(_("This time has passed. Choose a later one, or share now."), code="time")
    if at > now + FARTHEST:
        raise ValidationError(_("This is more than a year away. Choose an earlier time."), code="time")
    return max(at, now)


def open_dialog(
    *, person: Person, item: Item, network: Network, text: str, caption: Caption | None = None, wish: str = ""
) -> Share:
    """A share that the person posts by the network's own dialog: Kaja cannot know whether it went out, so it is
    `unknown` until they say so or somebody else clicks its link."""
    require(network.dialog is not None)
    return _made(
        person=person, item=item, network=network, text=text, caption=caption, wish=wish, at=timezone.now(),
        account=None,
    )  # fmt: skip


def dialog_address(share: Share) -> str:
    """The address that opens the network's dialog with words and link; empty for copy and the phone's share sheet."""
    dialog = BY_KEY[share.network].dialog
    if dialog is None or share.way != Share.Way.DIALOG or share.state == State.HELD:
        return ""
    return dialog.address(words_of(share), minting.address(share.link) if share.link else "", share.item.title)


def network_of(share: Share) -> Network:
    """The network of a share, with what its account's own server takes."""
    return connecting.network_of(share.account) if share.account else BY_KEY[share.network]


# --- what became of it ----------------------------------------------------------------------------------------------
def _own(person: Person, share: Share) -> None:
    require(share.person_id == person.pk)


def _approved(share: Share) -> None:
    """Raise ValidationError while it waits for its person's approval: that decision is about the whole preparation."""
    if share.state == State.WAITING:
        raise ValidationError(_("It waits for your approval. Approve, change or decline it there."), code="waiting")


def step(
    share: Share, after: State, *, since: Collection[State] = (), only: Q = ANY, anew: bool = True, **fields: Any
) -> bool:
    """Bring a share into `after` by compare-and-set; false when it was elsewhere.

    It may come from any state the graph allows, or of those only from `since`, and as long as `only` holds for its
    row. The one way in which a single share changes state, but for claims (claiming.py) and receipts (attempts.py).
    Call it inside the transaction that records what follows. The share is read `anew` afterwards; else only its row
    changes.
    """
    before = states.before(after)
    changed = Share.objects.filter(only, pk=share.pk, state__in=before & set(since) if since else before).update(
        state=after, updated_at=timezone.now(), **fields
    )
    if changed and anew:
        share.refresh_from_db()
    return bool(changed)


@transaction.atomic
def confirm(*, person: Person, share: Share, post_url: str = "") -> None:
    """ "I posted it": by the person's own word, perhaps with the address of the post."""
    _own(person, share)
    post_url, typed = addresses.fit(post_url), post_url.strip()
    if typed and not (post_url.startswith("https://") and len(post_url) <= 500):
        raise ValidationError(_("Paste the whole address of the post; it begins with https://."), code="post-url")
    if step(
        share,
        State.PUBLISHED,
        since={State.UNKNOWN, State.CANCELLED},
        only=Q(state=State.UNKNOWN) | Q(reason="given-up-unsure"),
        confirmed=Share.Confirmed.PERSON,
        published_at=share.published_at or share.not_before,
        post_url=post_url or share.post_url,
        reason="",
    ):
        lines.write(actor=person, verb="share.confirmed", on=share)
        facts.record("share.published", share=share.pk)


@transaction.atomic
def deny(*, person: Person, share: Share) -> None:
    """ "No, it did not go out": a dialog is cancelled, a post of Kaja's counts as failed and can be tried again."""
    _own(person, share)
    after = State.CANCELLED if share.way == Share.Way.DIALOG else State.FAILED
    if step(share, after, since={State.UNKNOWN}, reason="denied"):
        lines.write(actor=person, verb="share.denied", on=share)


@transaction.atomic
def edit(
    *, person: Person, share: Share, text: str, at: datetime | None = None, account: ConnectedAccount | None = None
) -> None:
    """Change words, time or account (another of the person's on the same network) of a share that has not gone out.

    Of one that an earlier try may have left behind on the network (`fixed`) the time alone can be changed: other words,
    or the same elsewhere, could appear beside it.
    """
    _own(person, share)
    _approved(share)
    other = account is not None and account.pk != share.account_id
    words = worded(text, share.item, share.caption, share.link)
    anew = other or words["text"] != share.text
    if anew and fixed(share):
        raise ValidationError(FIXED, code="fixed")
    if account is not None and other:
        require(account.person_id == person.pk and account.network == share.network and share.way == Share.Way.API)
        if account.state != ConnectedAccount.State.WORKS:
            raise ValidationError(
                _("Sign in to %s again. Your words are saved.") % network_of(share).name, code="account"
            )
        share.account = account
    if at and share.state == State.HELD:  # Its time may have passed while it waited: it goes out as soon as it may.
        at = max(at, timezone.now())
    when = _time(at) if at else share.not_before
    now = timezone.now()
    asking = _checked(person, share.item, network_of(share), text, caption=share.caption, at=max(when, now))
    moved: dict[str, Any] = {"account": share.account} if other else {}
    # A form sends the time back to the minute: the same minute is no other time.
    if at and abs(when - share.not_before) >= timedelta(minutes=1):
        moved |= placed(share, when)
    elif other:
        moved |= placed(share, max(when, timezone.now()))
    mine = Share.objects.filter(pk=share.pk, state__in=(State.PLANNED, State.HELD))
    if anew:
        # What earlier tries froze did not leave: the next one freezes it anew. Asked once more in the same breath, and
        # whoever has claimed it since the page was read counts as having sent it.
        mine = mine.filter(~Exists(_left()), attempts=share.attempts)
        moved |= words | {"payload": None}
    if not mine.update(**moved, told="", updated_at=timezone.now()):
        raise ValidationError(_("It is going out this moment, so it cannot be changed any more."), code="too-late")
    share.refresh_from_db()
    # What held it is mended.
    if _waits_for_eyes(share, asking):
        pass
    elif share.reason == "account" and other:
        step(share, State.PLANNED, since={State.HELD}, reason="", detail="")
    elif share.reason == "rule" or (share.reason == "paused" and moved):
        let_go(share)
    lines.write(actor=person, verb="share.edited", on=share)


def fixed(share: Share) -> bool:
    """Whether an earlier try may have reached the network, whatever was seen there since: an answer that is late can
    still make it appear, and only the same words under the same key are certain not to appear beside it. One query."""
    return Share.objects.filter(Exists(_left()), pk=share.pk).exists()


def _left() -> QuerySet[Attempt]:
    """The tries of a share that did not certainly end without effect."""
    return Attempt.objects.filter(share=OuterRef("pk")).exclude(outcome__in=WITHOUT_EFFECT).order_by()


def _waits_for_eyes(share: Share, asking: Collection[Hint]) -> bool:
    """Let a changed share wait for a second look at its words, or wait no longer where nothing asks for one now."""
    words = words_of(share)
    if eyes.left(share, words, asking):
        only = Q(state=State.PLANNED) | Q(state=State.HELD, reason__in=("rule", *eyes.REASONS))
        fields = {"state": State.HELD, "reason": eyes.REASON, "updated_at": timezone.now()}
        if not Share.objects.filter(only, pk=share.pk).update(**fields):
            return False  # It waits for something else, and is asked again when it is due.
        eyes.ask(share=share, words=words, asking=asking)
        return True
    if share.reason not in eyes.REASONS:
        return False
    eyes.drop(share)
    let_go(share)
    return True


def let_go(share: Share) -> bool:
    """What waited for a second look, other words or its queue goes on: Kaja posts it when it is due, or its person
    opens the network's window, which nothing stops afterwards: a must that began meanwhile stops it here."""
    only = Q(reason__in=("rule", "paused", *eyes.REASONS))
    if share.way == Share.Way.DIALOG:
        if sentence := hints.held(share, words_of(share)):
            rows = Share.objects.filter(only, pk=share.pk, state=State.HELD)
            return bool(rows.update(reason="rule", detail=sentence, updated_at=timezone.now()))
        now = timezone.now()
        return step(share, State.UNKNOWN, since={State.HELD}, only=only, detail="", reason="looked", not_before=now)
    return step(share, State.PLANNED, since={State.HELD}, only=only, reason="", detail="")


def placed(share: Share, when: datetime, *, slot: QueueSlot | None = None) -> dict[str, Any]:
    """The fields of a share that is moved to `when`, with room for colleagues and for the account's other posts."""
    return _place(share.item, share.network, share.account, when, slot=slot, but=share.pk)


@transaction.atomic
def approve(*, person: Person, share: Share, text: str, at: datetime | None) -> None:
    """What a delegate prepared becomes a plan: the words, the account and the time are looked at once more. `text` is
    as it is typed, with the mark of the link; `at` is another time than it was prepared for.

    A part of `delegates.approve`, inside its transaction. Raises ValidationError: "over" when the item is, "account",
    "passed" when the time is over, "paused" while the person's queue rests, and all that planning anew raises.
    """
    _own(person, share)
    _approvable(person, share)
    now = timezone.now()
    if at is None and share.not_before < now - timedelta(minutes=1):
        raise ValidationError(_("The time it was prepared for has passed. Choose when it goes out."), code="passed")
    slot = share.slot if at is None else None
    if slot is not None and slot.paused:
        raise ValidationError(_("Your queue is paused. Choose when it goes out."), code="paused")
    when = _time(at) if at else share.slot_at or share.not_before
    network = BY_KEY[share.network]
    asking = _checked(person, share.item, network, text, caption=share.caption, at=max(when, now))
    _fits(share.item, network, share.account)
    fields = worded(text, share.item, share.caption, share.link) | placed(share, when, slot=slot)
    if not step(share, State.PLANNED, since={State.WAITING}, **fields):
        raise ValidationError(_("This has been decided already."), code="decided")
    if asking and step(share, State.HELD, since={State.PLANNED}, reason=eyes.REASON):
        eyes.ask(share=share, words=words_of(share), asking=asking)
    if share.caption is not None:
        wording.count_use(caption=share.caption, person=person)


def _approvable(person: Person, share: Share) -> None:
    """Raise ValidationError when its item or its account cannot be used any more."""
    item, account = share.item, share.account
    mine = Item.objects.live().for_person(person).filter(pk=item.pk, category__shareable=True)
    if not mine.exists():
        raise ValidationError(
            _("This story can no longer be shared: it was taken back, or its time is over."), code="over"
        )
    name = BY_KEY[share.network].name
    if account is None or account.state == ConnectedAccount.State.DISCONNECTED:
        raise ValidationError(_("Your account on %s is not connected any more.") % name, code="account")
    if account.state == ConnectedAccount.State.NEEDS_RECONNECT:
        raise ValidationError(_("Sign in to %s again, then approve. Nothing is lost.") % name, code="account")


@transaction.atomic
def at_once(*, person: Person, share: Share) -> None:
    """ "Right now all the same": a share that was moved because of colleagues goes out without waiting."""
    _own(person, share)
    fields: dict[str, Any] = {"not_before": timezone.now(), "wished_at": None, "beside": 0, "slot": None}
    changed = Share.objects.filter(pk=share.pk, state=State.PLANNED, wished_at__isnull=False)
    if not changed.update(**fields, slot_at=None, updated_at=timezone.now()):
        raise ValidationError(_("It is going out this moment, so it cannot be changed any more."), code="too-late")
    lines.write(actor=person, verb="share.hastened", on=share)


@transaction.atomic
def cancel(*, person: Person, share: Share) -> None:
    """Drop the plan. What is being sent, went out, or may have gone out, cannot be cancelled."""
    _own(person, share)
    _approved(share)
    since = {State.PLANNED, State.HELD, State.FAILED}
    if share.way == Share.Way.DIALOG:
        since.add(State.UNKNOWN)
    if not step(share, State.CANCELLED, since=since, reason="cancelled"):
        raise ValidationError(_("Too late: it is going out or has gone out."), code="too-late")
    eyes.drop(share)
    lines.write(actor=person, verb="share.cancelled", on=share)


@transaction.atomic
def by_hand(*, person: Person, share: Share) -> Share:
    """Post it by the network's own window instead, with the same words: the new share. What Kaja was to bring out is
    dropped, unless it is going out or may have gone out. Raises ValidationError with a sentence."""
    _own(person, share)
    network = BY_KEY[share.network]
    require(network.dialog is not None)
    words, since = words_of(share), {State.PLANNED, State.HELD, State.FAILED}
    if not step(share, State.CANCELLED, since=since, only=Q(way=Share.Way.API), reason="by-hand"):
        raise ValidationError(_("Too late: it is going out or has gone out."), code="too-late")
    lines.write(actor=person, verb="share.by_hand", on=share)
    return open_dialog(person=person, item=share.item, network=network, text=words, caption=share.caption)


@transaction.atomic
def retry(*, person: Person, share: Share) -> None:
    """Try a failed share again, now; with the same key where the network knows keys."""
    _own(person, share)
    onhold.stop(share.item, words_of(share))
    if not step(share, State.PLANNED, since={State.FAILED}, not_before=timezone.now(), attempts=0, reason=""):
        raise ValidationError(_("There is nothing to try again."), code="state")
    lines.write(actor=person, verb="share.retried", on=share)


def remove(*, person: Person, share: Share, by_hand: bool = False) -> None:
    """Delete the post, on the network too where Kaja posted it; a dialog's post, and one that its person deleted there
    (`by_hand`), is only marked as gone. A network's refusal is said in words, and the share stays as it is."""
    _own(person, share)
    if share.state != State.PUBLISHED:
        raise ValidationError(_("Only what went out can be removed."), code="state")
    if not by_hand:
        try:
            _remove_there(share)
        except Outcome as outcome:
            raise _not_removed(share, outcome) from outcome
    with transaction.atomic():
        if step(share, State.REMOVED, reason="removed-by-hand" if by_hand else ""):
            share.corrections.filter(state=Correction.State.PLANNED).update(
                state=Correction.State.DROPPED, ended_at=timezone.now()
            )
            lines.write(actor=person, verb="share.removed", on=share)


def _not_removed(share: Share, outcome: Outcome) -> ValidationError:
    """Why a post is still there, or may be, as a sentence that says what to do."""
    told = {"network": BY_KEY[share.network].name, "said": outcome.detail[:200]}
    if isinstance(outcome, NeedsReconnect):
        if share.account and share.account.state == ConnectedAccount.State.WORKS:
            with transaction.atomic():
                connecting.broken(account=share.account, reason=outcome.detail or outcome.reason)
        sentence, code = _("Sign in to %(network)s again, then remove the post."), "needs-reconnect"
    elif isinstance(outcome, OutOfCredits):
        sentence, code = (
            _(
                "The company’s credits at %(network)s are used up, so Kaja cannot delete there. "
                "Delete the post on the network itself."
            ),
            "credits",
        )
    elif outcome.reason == connecting.NO_APP:
        sentence, code = str(connecting.SENTENCES[connecting.NO_APP]), outcome.reason
    elif isinstance(outcome, Permanent):
        sentence, code = (
            _("%(network)s refused to delete the post: “%(said)s” Delete it there yourself, then say so here."),
            "refused",
        )
    elif isinstance(outcome, Unknown):
        sentence, code = (
            _(
                "%(network)s gave no clear answer: the post may be gone or not. "
                "Press again, deleting twice does no harm."
            ),
            "unknown",
        )
    elif outcome.reason == "rate-limit":
        sentence, code = (
            _("%(network)s asks for patience. The post is still there; try again in a few minutes."),
            "wait",
        )
    else:
        sentence, code = _("%(network)s does not answer. The post is still there; try again in a minute."), "network"
    return ValidationError(sentence % told, code=code)


def removes_there(share: Share) -> bool:
    """Whether Kaja can delete the post on the network: it posted it, and knows its id or can look it up."""
    api = BY_KEY[share.network].api
    known = bool(share.post_id) or (api is not None and api.find is not None)
    return share.way == Share.Way.API and api is not None and api.remove is not None and known


def _remove_there(share: Share) -> None:
    """Delete the post on the network. Where a click said that it is out, its id has to be looked up first."""
    network = BY_KEY[share.network]
    api, account = network.api, share.account
    if not removes_there(share) or api is None or api.remove is None:
        return
    if account is None:
        raise NeedsReconnect("not-connected")
    speak, remove, find, post_id = connecting.http(network), api.remove, api.find, share.post_id
    if not post_id and find and (share.record_key or share.payload):
        receipt = connecting.speaking(account, lambda session: find(speak, session, sent.sending(share)))
        post_id = receipt.post_id if receipt else ""
    if post_id:
        connecting.speaking(account, lambda session: remove(speak, session, post_id))


# --- questions ------------------------------------------------------------------------------------------------------
def of(item: Item) -> QuerySet[Share]:
    """Every share of an item that went out."""
    return Share.objects.published().filter(item=item)


def own(person: Person) -> QuerySet[Share]:
    """A person's shares, the newest first, with what a list shows."""
    return (
        Share.objects.filter(person=person)
        .select_related("item", "item__image", "item__category", "link", "account")
        .order_by("-created_at", "-id")
    )


def cancel_planned(item: int) -> None:
    """Consequence of a withdrawn item: what was planned of it does not go out. Safe to run twice."""
    Share.objects.filter(item=item, state__in=(State.PLANNED, State.HELD)).update(
        state=State.CANCELLED, reason="withdrawn", updated_at=timezone.now()
    )
