"""What the composer and a delegate's page have in common: the words as they were sent, their hints and previews."""

from __future__ import annotations

import contextlib
from typing import Any

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone

from kaja.content.models import Caption, Item
from kaja.guidelines import checks
from kaja.people.access import SignedRequest
from kaja.people.models import Person
from kaja.sharing import clock, composing, hints, offered
from kaja.sharing.composing import Look, Target
from kaja.sharing.forms import ComposeForm, moment


def text(request: SignedRequest) -> str:
    """The words as they were typed: browsers send each end of a line as two characters."""
    return request.POST.get("text", "").replace("\r\n", "\n")[:10_000]


def chosen(targets: list[Target], values: Any) -> list[Target]:
    return [target for target in targets if target.value in (values or [])]


def caption(item: Item, typed: Any) -> Caption | None:
    """The suggested words with which one began; None for a number that is none of this item's."""
    number = str(typed or "")
    known = number.isascii() and number.isdigit() and len(number) < 15
    return item.captions.filter(pk=number).first() if known else None


def said(
    request: SignedRequest, person: Person, item: Item, to: list[Target], words: str, begun_with: Any = None
) -> hints.Said:
    """The hints on these words in the name of `person`, as they would go out at the chosen time. `begun_with`: the
    caption of a fresh form."""
    at = None
    if request.POST.get("when") == "at":
        with contextlib.suppress(ValidationError):
            at = max(moment(request.POST.get("at", ""), person), timezone.now())
    begun = caption(item, request.POST.get("caption") or begun_with)
    networks = {target.network.key for target in to}
    return hints.said(person=person, item=item, text=words, networks=networks, caption=begun, at=at)


def mended(request: SignedRequest, person: Person, item: Item, targets: list[Target]) -> QueryDict | None:
    """What was sent; after a press on Fix, with that one thing put right (without a script)."""
    if request.method != "POST":
        return None
    sent = request.POST.copy()
    sent["text"] = words = text(request)
    if "fix" in sent:
        for hint in said(request, person, item, chosen(targets, sent.getlist("to")), words).hints:
            if f"{hint.rule}:{hint.start}:{hint.end}" == sent["fix"]:
                sent["text"] = checks.fixed(words, hint)
    return sent


def page(
    request: SignedRequest, person: Person, item: Item, form: ComposeForm, targets: list[Target]
) -> dict[str, Any]:
    """What both pages show: the form with its places and words, previews, hints, what is offered as a time for the
    chosen places, and the clock of `person`."""
    to, words = chosen(targets, form["to"].value()), form["text"].value() or ""
    return {
        "item": item,
        "form": form,
        "targets": targets,
        "chosen": {target.value for target in to},
        "source": composing.source(item),
        "hashtag": composing.hashtag(item),
        "said": said(request, person, item, to, words, form["caption"].value()),
        "now": timezone.now().astimezone(clock.zone_of(person)),
        "offers": offered.of(person, item, to),
        **_previews(request, item, composing.looks(item, words, to)),
    }


def checked(request: SignedRequest, person: Person, item: Item, targets: list[Target]) -> dict[str, Any]:
    """Previews, counts and hints of the words as they stand: what both pages ask while one writes. Times are offered
    anew where other places are chosen than those that stood there."""
    to, words = chosen(targets, request.POST.getlist("to")), text(request)
    shown = _previews(request, item, composing.looks(item, words, to))
    if {target.value for target in to} != set(request.POST.getlist("seen")):
        shown |= {"offers": offered.of(person, item, to), "when": request.POST.get("when", "")}
    return {"item": item, "said": said(request, person, item, to, words), **shown}


def _previews(request: SignedRequest, item: Item, looks: list[Look]) -> dict[str, Any]:
    return {"looks": looks, "looking": _looking(request, looks), "host": composing.host(item)}


def _looking(request: SignedRequest, looks: list[Look]) -> str:
    """Which preview shows, where there are several: that of a place which has just been chosen, else the one whose tab
    was open, else the first."""
    there = [look.target.value for look in looks]
    before = request.POST.getlist("seen")
    fresh = [one for one in there if one not in before] if before else []
    return next((one for one in (*fresh, request.POST.get("look", "")) if one in there), there[0] if there else "")
