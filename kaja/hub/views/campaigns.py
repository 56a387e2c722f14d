"""Campaigns: the list and each one's page for everybody it is meant for, and its editor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kaja.content import campaigns as verbs
from kaja.content import items, media
from kaja.content.forms import AddressForm
from kaja.content.models import Campaign, Item
from kaja.hub import campaigns, cards
from kaja.hub.forms import CampaignForm, NewCampaignForm
from kaja.outbound import Refused
from kaja.people import access
from kaja.people.access import SignedRequest
from kaja.people.roles import Permission

NAMES = {
    "draft": lambda: _("Drafts"),
    "coming": lambda: _("Coming"),
    "running": lambda: _("Running"),
    "over": lambda: _("Over"),
}


def _one(request: SignedRequest, slug: str) -> Campaign:
    return get_object_or_404(verbs.seen_by(request.user), slug=slug)


def _may(request: SignedRequest) -> dict[str, bool]:
    return {
        "may_edit": request.user.may(Permission.EDIT_CONTENT),
        "may_run": request.user.may(Permission.RUN_CAMPAIGNS),
        "may_read": request.user.may(Permission.READ_LIBRARY),
        "may_share": request.user.may(Permission.SHARE),
    }


@require_GET
@access.page
def index(request: SignedRequest) -> HttpResponse:
    groups = [(stage, NAMES[stage](), some) for stage, some in campaigns.listed(request.user)]
    context = {"section": "calendar", "groups": groups} | _may(request)
    return render(request, "hub/campaigns.html", context)


@require_GET
@access.page
def show(request: SignedRequest, slug: str) -> HttpResponse:
    page, may = campaigns.page(request.user, _one(request, slug)), _may(request)
    drawn = [cards.drawn(cards.shown(card, may_share=may["may_share"])) for card in page.cards]
    context = {"section": "calendar" if may["may_read"] else "feed", "page": page, "panel": page.panel, "cards": drawn}
    return render(request, "hub/campaign.html", context | may)


@require_http_methods(["GET", "POST"])
@access.page(Permission.EDIT_CONTENT)
def new(request: SignedRequest) -> HttpResponse:
    form = NewCampaignForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = verbs.create(person=request.user, **form.cleaned_data)
        except ValidationError as error:
            _put(form, error)
        else:
            return redirect("campaign-edit", slug=made.slug)
    context = {"section": "calendar", "form": form}
    return render(request, "hub/campaign_new.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@access.page(Permission.EDIT_CONTENT)
def edit(request: SignedRequest, slug: str) -> HttpResponse:
    """`?words=` searches the library for posts that could be in it."""
    campaign = _one(request, slug)
    form = CampaignForm(request.POST or None, request.FILES or None, initial=CampaignForm.initial_of(campaign))
    if request.method == "POST" and form.is_valid() and (saved := _saved(request, campaign, form)):
        messages.success(request, _("Saved."))
        return redirect("campaign-edit", slug=saved.slug)
    return _editor(request, campaign, form, status=422 if form.errors else 200)


def _saved(request: SignedRequest, campaign: Campaign, form: CampaignForm) -> Campaign | None:
    """Save the form; what a person can mend becomes an error of the form."""
    data, fields = form.cleaned_data, form.fields_of_campaign()
    try:
        if data["picture"]:
            fields["image"] = media.keep(data["picture"].read(), alt=data["alt"])
        elif campaign.image and data["alt"] != campaign.image.alt:
            media.describe(campaign.image, alt=data["alt"])
        return verbs.change(person=request.user, campaign=campaign, seen=data["seen"], **fields)
    except ValidationError as error:
        _put(form, error)
        return None


def _put(form: Any, error: ValidationError) -> None:
    """A verb's errors into a form: by field where the form has the field, else above it."""
    for name, said in (error.error_dict if hasattr(error, "error_dict") else {"": error.error_list}).items():
        form.add_error(name if name in form.fields else None, said)


def _editor(
    request: SignedRequest, campaign: Campaign, form: CampaignForm, *, status: int = 200, **more: object
) -> HttpResponse:
    words = request.GET.get("words", "")[:100]
    context = {
        "section": "calendar",
        "campaign": campaign,
        "form": form,
        "words": words,
        "preparing": campaigns.prepare(campaign, words=words),
        "may_change": verbs.may_change(request.user, campaign),
        "post_form": AddressForm(),
    }
    return render(request, "hub/campaign_edit.html", context | _may(request) | more, status=status)


@require_POST
@access.page(Permission.EDIT_CONTENT)
def add(request: SignedRequest, slug: str) -> HttpResponse:
    """Put a post of the library in: `item` is its number."""
    campaign, given = _one(request, slug), request.POST.get("item", "")
    number = int(given) if given.isascii() and given.isdigit() and len(given) < 16 else 0
    found = Item.objects.filter(pk=number)
    return _act(
        request, campaign, lambda: verbs.add_items(person=request.user, campaign=campaign, items=found), _("Added.")
    )


@require_POST
@access.page(Permission.EDIT_CONTENT)
def take(request: SignedRequest, slug: str, number: int) -> HttpResponse:
    campaign = _one(request, slug)
    item = get_object_or_404(Item, pk=number, campaign=campaign)
    return _act(
        request, campaign, lambda: verbs.remove_item(person=request.user, campaign=campaign, item=item), _("Taken out.")
    )


@require_POST
@access.page(Permission.EDIT_CONTENT)
def post(request: SignedRequest, slug: str) -> HttpResponse:
    """A new post from an address, in the campaign at once."""
    campaign, form = _one(request, slug), AddressForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            item = items.create_from_url(person=request.user, address=data["url"], category=data["category"])
            verbs.add_items(person=request.user, campaign=campaign, items=[item])
        except Refused as error:
            form.add_error("url", error.sentence)
        except ValidationError as error:
            form.add_error("url", " ".join(error.messages))
        else:
            return redirect("item", number=item.pk)
    editor = CampaignForm(initial=CampaignForm.initial_of(campaign))
    return _editor(request, campaign, editor, status=422, post_form=form)


def _act(
    request: SignedRequest, campaign: Campaign, verb: Callable[[], object], done: str, *, to: str = ""
) -> HttpResponse:
    try:
        verb()
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("campaign-edit", slug=campaign.slug)
    messages.success(request, done)
    return redirect(to) if to else redirect("campaign-edit", slug=campaign.slug)


@require_POST
@access.page(Permission.RUN_CAMPAIGNS)
def start(request: SignedRequest, slug: str) -> HttpResponse:
    campaign = _one(request, slug)
    done = _("Started. People see it from its first day on.")
    return _act(request, campaign, lambda: verbs.start(person=request.user, campaign=campaign), done)


@require_POST
@access.page(Permission.RUN_CAMPAIGNS)
def end(request: SignedRequest, slug: str) -> HttpResponse:
    campaign = _one(request, slug)
    done = _("It is a draft again.") if verbs.stage(campaign) == "coming" else _("Ended.")
    return _act(request, campaign, lambda: verbs.end(person=request.user, campaign=campaign), done)


@require_POST
@access.page(Permission.EDIT_CONTENT)
def remove(request: SignedRequest, slug: str) -> HttpResponse:
    campaign = _one(request, slug)
    return _act(
        request, campaign, lambda: verbs.remove(person=request.user, campaign=campaign), _("Removed."), to="campaigns"
    )
