"""What a reader says on a card: reactions, a word to the editors, and why the card stands there."""

from dataclasses import replace

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kaja.content import notes, reactions
from kaja.content.models import Item, Reaction
from kaja.hub import cards, feed
from kaja.hub.views.feed import new_since
from kaja.people import access
from kaja.people.access import SignedRequest
from kaja.people.roles import Permission

Verdict = Reaction.Verdict
# What a button sends -> what the verb is told. Pressing what is pressed already takes it back.
SENT: dict[str, dict[str, object]] = {
    "interesting": {"verdict": Verdict.INTERESTING},
    "not_for_me": {"verdict": Verdict.NOT_FOR_ME},
    "nothing": {"verdict": Verdict.NONE},
    "save": {"saved": True},
    "unsave": {"saved": False},
}


def _item(request: SignedRequest, number: int) -> Item:
    return get_object_or_404(Item.objects.live().for_person(request.user).select_related("category"), pk=number)


def _back(request: SignedRequest) -> HttpResponse:
    """To the page that the button stood on."""
    to = request.POST.get("next", "")
    return redirect(to if url_has_allowed_host_and_scheme(to, allowed_hosts=None) else "feed")


@require_POST
@access.page
def react(request: SignedRequest, number: int) -> HttpResponse:
    """`say` is one of SENT, or `why:` and a reason. htmx gets the card anew, others the page they came from."""
    item, said = _item(request, number), request.POST.get("say", "")
    told = SENT.get(said) or {"why": said.removeprefix("why:") if said.startswith("why:") else "?"}
    try:
        row = reactions.react(person=request.user, item=item, **told)  # type: ignore[arg-type]
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return _back(request)
    if request.htmx:
        return _redrawn(request, item, row)
    messages.success(request, _done(said))
    return _back(request)


def _done(said: str) -> str:
    if said == "not_for_me":
        return _("Hidden from your feed. You find it under Saved, among what you have hidden.")
    if said == "save":
        return _("Saved for later.")
    return _("Thank you.") if said in ("interesting",) or said.startswith("why:") else _("Taken back.")


def _redrawn(request: SignedRequest, item: Item, row: Reaction) -> HttpResponse:
    """The card as it is now; one that is not for the person folds, with a way back."""
    if row.verdict == Verdict.NOT_FOR_ME:
        whys = [(value, label) for value, label in Reaction.Why.choices if value]
        return render(request, "hub/_hidden.html", {"item": item, "row": row, "whys": whys})
    card = feed.card_of(request.user, item.pk, since=new_since(request))
    if card is None:
        raise Http404
    card = replace(card, lead="lead" in request.GET)
    shown = cards.shown(card, may_share=request.user.may(Permission.SHARE))
    return HttpResponse(cards.drawn(shown))


@require_GET
@access.page
def why(request: SignedRequest, number: int) -> HttpResponse:
    """Why an item stands where it stands: every fact and what it does."""
    found = feed.why(request.user, number)
    if found is None:
        raise Http404
    return render(request, "hub/_why.html" if request.htmx else "hub/why.html", {"section": "feed", "why": found})


@require_http_methods(["GET", "POST"])
@access.page
def note(request: SignedRequest, number: int) -> HttpResponse:
    """A word to the editors about an item, and what was said before."""
    item, error, text = _item(request, number), "", request.POST.get("text", "")
    if request.method == "POST":
        try:
            notes.write(person=request.user, item=item, text=text)
        except ValidationError as refused:
            error = " ".join(refused.messages)
        else:
            messages.success(request, _("The editors have it. Their answer stands here and comes by e-mail."))
            return redirect("item-note", number=number)
    context = {
        "section": "feed",
        "item": item,
        "notes": notes.of(request.user, item),
        "error": error,
        "text": text,
    }
    return render(request, "hub/note.html", context, status=422 if error else 200)
