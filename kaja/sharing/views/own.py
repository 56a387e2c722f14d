"""A person's own shares: what needs them, what is planned, what is done; one share with its way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kaja.people import access, delegations
from kaja.people.access import SignedRequest
from kaja.people.roles import Permission
from kaja.sharing import clock, corrections, delegates, mine, shares
from kaja.sharing.forms import ChangeForm
from kaja.sharing.models import Share
from kaja.sharing.prepared import Prepared
from kaja.sharing.rows import Row, way
from kaja.sharing.states import State
from kaja.sharing.views.words import looked_at

SHOWN = 20


@dataclass(frozen=True)
class Heap:
    """Some of a person's shares under their heading, a page at a time; `key` is its place in the address, whose other
    pages stay as they are when this one is turned."""

    key: str
    head: str
    page: Page[Share]
    asked: QueryDict

    @classmethod
    def turned(cls, request: SignedRequest, key: str, head: str, shares: QuerySet[Share]) -> Heap:
        """Two queries; one without any rows."""
        return cls(key, head, Paginator(shares, SHOWN).get_page(request.GET.get(key)), request.GET)

    @property
    def back(self) -> str:
        return self._address(self.page.number - 1) if self.page.has_previous() else ""

    @property
    def on(self) -> str:
        return self._address(self.page.number + 1) if self.page.has_next() else ""

    def _address(self, number: int) -> str:
        asked = self.asked.copy()
        asked[self.key] = str(number)
        return f"?{asked.urlencode()}#{self.key}"

    @property
    def rows(self) -> list[Row]:
        return [Row(share) for share in self.page]

    @property
    def count(self) -> int:
        return self.page.paginator.count


@require_GET
@access.page(Permission.SHARE)
@clock.shown
def index(request: SignedRequest) -> HttpResponse:
    person = request.user
    context = {
        "section": "shares",
        "approvals": [Prepared(row) for row in delegates.waiting_for(person)],
        "prepares": delegations.held_by(person).exists(),
        "asks": Heap.turned(request, "asks", _("Needs you"), mine.asks(person)),
        "waits": Heap.turned(request, "waits", _("Waits"), mine.waits(person)),
        "plans": Heap.turned(request, "plans", _("Planned"), mine.planned(person)),
        "done": Heap.turned(request, "page", _("Done"), mine.done(person)),
    }
    return render(request, "sharing/shares.html", context)


@require_GET
@access.page(Permission.SHARE)
@clock.shown
def sent(request: SignedRequest) -> HttpResponse:
    """What became of one press on Share: a row for each place."""
    wanted = [int(number) for number in request.GET.getlist("share")[:30] if number.isdigit() and len(number) < 15]
    rows = [Row(share) for share in shares.own(request.user).filter(pk__in=wanted)]
    if not rows:
        return redirect("shares")
    return render(request, "sharing/sent.html", {"section": "shares", "rows": rows, "item": rows[0].share.item})


def _one(request: SignedRequest, number: int) -> Share:
    return get_object_or_404(shares.own(request.user).select_related("caption", "preparation__by"), pk=number)


@require_GET
@access.page(Permission.SHARE)
@clock.shown
def one(request: SignedRequest, number: int) -> HttpResponse:
    share = _one(request, number)
    if share.state == State.WAITING:  # It is decided about with its other networks.
        return redirect("approval", number=share.preparation_id)
    return _page(request, share)


def _page(request: SignedRequest, share: Share, form: ChangeForm | None = None) -> HttpResponse:
    """A share's own page; with a refused form, which keeps what was typed, 422."""
    others = shares.own(request.user).filter(item=share.item).exclude(pk=share.pk)[:10]
    refused = form is not None
    if form is None and share.state in (State.PLANNED, State.HELD):
        at = share.not_before.astimezone(clock.zone_of(request.user))
        beginning = {"text": shares.typed(share), "at": f"{at:%Y-%m-%dT%H:%M}"}
        form = ChangeForm(person=request.user, share=share, fixed=shares.fixed(share), initial=beginning)
    context = {
        "section": "shares",
        "row": Row(share),
        "share": share,
        "form": form,
        "way": way(share),
        "others": [Row(other) for other in others],
        "correction": corrections.standing(share) if share.post_id else None,
        "versions": corrections.versions(share) if share.edited_at else [],
        "may_anew": shares.shareable(request.user, share.item),
    } | looked_at(share, (form["text"].value() or "") if form else shares.typed(share))
    return render(request, "sharing/share.html", context, status=422 if refused else 200)


def _act(request: SignedRequest, number: int, verb: Callable[[Share], None], done: str) -> HttpResponse:
    """Do one verb on one's own share and come back; a refusal is told on the page."""
    share = _one(request, number)
    try:
        verb(share)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, done)
    return redirect("share", number=number)


@require_POST
@access.page(Permission.SHARE)
@clock.shown
def confirm(request: SignedRequest, number: int) -> HttpResponse:
    url = request.POST.get("post_url", "")
    return _act(
        request, number, lambda share: shares.confirm(person=request.user, share=share, post_url=url), _("Thank you.")
    )


@require_POST
@access.page(Permission.SHARE)
@clock.shown
def deny(request: SignedRequest, number: int) -> HttpResponse:
    return _act(request, number, lambda share: shares.deny(person=request.user, share=share), _("Noted."))


@require_POST
@access.page(Permission.SHARE)
@clock.shown
def cancel(request: SignedRequest, number: int) -> HttpResponse:
    return _act(
        request, number, lambda share: shares.cancel(person=request.user, share=share), _("Dropped. Nothing goes out.")
    )


@require_POST
@access.page(Permission.SHARE)
@clock.shown
def retry(request: SignedRequest, number: int) -> HttpResponse:
    return _act(
        request, number, lambda share: shares.retry(person=request.user, share=share), _("It is on its way again.")
    )


@require_POST
@access.page(Permission.SHARE)
@clock.shown
def by_hand(request: SignedRequest, number: int) -> HttpResponse:
    """On to the new share, whose page opens the network's window."""
    try:
        share = shares.by_hand(person=request.user, share=_one(request, number))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("share", number=number)
    return redirect("share", number=share.pk)


@require_POST
@access.page(Permission.SHARE)
@clock.shown
def at_once(request: SignedRequest, number: int) -> HttpResponse:
    return _act(request, number, lambda share: shares.at_once(person=request.user, share=share), _("It is on its way."))


@require_POST
@access.page(Permission.SHARE)
@clock.shown
def remove(request: SignedRequest, number: int) -> HttpResponse:
    """Delete it; with `anew` the composer opens with its words, where a network cannot change a post."""
    by_hand, anew = "by_hand" in request.POST, "anew" in request.POST
    told = _("Removed.") if not anew else _("Removed. Here are your words to share anew.")
    answer = _act(request, number, lambda share: shares.remove(person=request.user, share=share, by_hand=by_hand), told)
    share = _one(request, number)
    if anew and share.state == State.REMOVED and shares.shareable(request.user, share.item):
        return redirect(f"{reverse('compose', args=[share.item_id])}?again={share.pk}")
    return answer


@require_POST
@access.page(Permission.SHARE)
@clock.shown
def edit(request: SignedRequest, number: int) -> HttpResponse:
    """New words, or a new time on the person's own clock."""
    share = _one(request, number)
    form = ChangeForm(request.POST, person=request.user, share=share, fixed=shares.fixed(share))
    if form.is_valid():
        try:
            shares.edit(person=request.user, share=share, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(error.code if error.code == "account" else "at" if error.code == "time" else "text", error)
        else:
            messages.success(request, _("Saved."))
            return redirect("share", number=number)
    return _page(request, share, form)
