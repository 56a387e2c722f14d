"""Sources: the feeds with their health, one page for each with its rules and its log, and what can be done to them."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kaja.content import feedrules, feeds, sources
from kaja.content.forms import FeedChangeForm, FeedForm, FeedRuleForm, rule_initial
from kaja.content.models import Feed, FeedRule
from kaja.outbound import Refused
from kaja.people import access, audiences
from kaja.people.access import SignedRequest
from kaja.people.roles import Permission

PAGE, READINGS, NEWEST = 50, 20, 8


@require_http_methods(["GET", "POST"])
@access.page(Permission.EDIT_CONTENT)
def index(request: SignedRequest) -> HttpResponse:
    form = FeedForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            feed, reading = feeds.add(person=request.user, **form.cleaned_data)
        except Refused as error:
            form.add_error("url", error.sentence)
        except ValidationError as error:
            form.add_error("url", " ".join(error.messages))
        else:
            messages.success(request, f"{feed}: {came(reading)}")
            return redirect("source", number=feed.pk)
    page = Paginator(sources.index(), PAGE).get_page(request.GET.get("page"))
    rows = [(feed, sources.health(feed)) for feed in page]
    context = {
        "section": "library",
        "form": form,
        "page": page,
        "rows": [
            (feed, health, sources.next_reading(feed), sources.then(feed), sources.bare(feed.url))
            for feed, health in rows
        ],
        "invented": any(sources.is_invented(feed) for feed, _health in rows),
        "sentence": sources.sentence(rows, page.paginator.count),
        "broken": [(feed, sources.next_reading(feed)) for feed, health in rows if health.look == "bad"],
        "may_review": request.user.may(Permission.REVIEW_CONTENT),
        "may_edit": True,
    }
    return render(request, "content/sources.html", context, status=422 if form.errors else 200)


def came(reading: feeds.Reading) -> str:
    """What a reading brought, in words."""
    said = [ngettext("%d new post", "%d new posts", reading.new) % reading.new]
    if reading.waiting:
        said.append(
            ngettext("%d waits for the next day", "%d wait for the next days", reading.waiting) % reading.waiting
        )
    if reading.left_out:
        said.append(ngettext("%d left out", "%d left out", reading.left_out) % reading.left_out)
    return ", ".join(said) + "."


def _feed(number: int) -> Feed:
    return get_object_or_404(sources.index(), pk=number)


def _page(request: SignedRequest, feed: Feed, form: FeedChangeForm | None = None) -> HttpResponse:
    counted = feedrules.counted(feed)
    rules = feedrules.of(feed)
    readings = Paginator(feed.readings.order_by("-at", "-pk"), READINGS).get_page(request.GET.get("page"))
    context = {
        "section": "library",
        "feed": feed,
        "health": sources.health(feed),
        "next": sources.next_reading(feed),
        "invented": sources.is_invented(feed),
        "rules": [
            (rule, feedrules.condition(rule), feedrules.outcome(rule), counted.get(rule.pk, 0)) for rule in rules
        ],
        "page": readings,
        "address": "",
        "newest": feed.entries.select_related("item").order_by("-decided_at", "-pk")[:NEWEST],
        "form": form or FeedChangeForm(initial={name: getattr(feed, name) for name in FeedChangeForm.base_fields}),
        "file": not feed.url.startswith("http"),
    }
    return render(request, "content/source.html", context, status=422 if form and form.errors else 200)


@require_GET
@access.page(Permission.EDIT_CONTENT)
def show(request: SignedRequest, number: int) -> HttpResponse:
    return _page(request, _feed(number))


@require_POST
@access.page(Permission.EDIT_CONTENT)
def read_now(request: SignedRequest, number: int) -> HttpResponse:
    feed = get_object_or_404(Feed, pk=number)
    try:
        messages.success(request, came(feeds.read_now(person=request.user, feed=feed)))
    except Refused as error:
        messages.error(request, error.sentence)
    return redirect("source", number=feed.pk)


@require_POST
@access.page(Permission.EDIT_CONTENT)
def pause(request: SignedRequest, number: int) -> HttpResponse:
    """Pause, or with `on` read it again."""
    feed = get_object_or_404(Feed, pk=number)
    if "on" in request.POST:
        feeds.resume(person=request.user, feed=feed)
        messages.success(request, _("It is read again, within a minute."))
    else:
        feeds.pause(person=request.user, feed=feed)
        messages.success(request, _("It is paused. Nothing comes until you go on."))
    return redirect("source", number=feed.pk)


@require_POST
@access.page(Permission.EDIT_CONTENT)
def change(request: SignedRequest, number: int) -> HttpResponse:
    feed, form = _feed(number), FeedChangeForm(request.POST)
    if form.is_valid():
        try:
            feeds.change(person=request.user, feed=feed, **form.cleaned_data)
        except Refused as error:
            form.add_error("url", error.sentence)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("source", number=feed.pk)
    return _page(request, feed, form)


@require_POST
@access.page(Permission.EDIT_CONTENT)
def remove(request: SignedRequest, number: int) -> HttpResponse:
    feed = get_object_or_404(Feed, pk=number)
    feeds.remove(person=request.user, feed=feed)
    messages.success(request, _("%s is removed. What came of it stays in the library.") % feed)
    return redirect("sources")


# --- rules ----------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
@access.page(Permission.EDIT_CONTENT)
def add_rule(request: SignedRequest, number: int) -> HttpResponse:
    feed = _feed(number)
    return _rule(request, feed, FeedRule(feed=feed, category=feed.category, position=feed.rules.count()))


@require_http_methods(["GET", "POST"])
@access.page(Permission.EDIT_CONTENT)
def change_rule(request: SignedRequest, number: int, rule: int) -> HttpResponse:
    return _rule(request, _feed(number), get_object_or_404(FeedRule, pk=rule, feed=number))


def _rule(request: SignedRequest, feed: Feed, rule: FeedRule) -> HttpResponse:
    """The form of a rule; `try` shows what would become of the present entries and saves nothing."""
    form = FeedRuleForm(request.POST or None, initial=rule_initial(rule), is_rest=rule.is_rest)
    tried = None
    if request.method == "POST" and form.is_valid():
        fields = _fields(form.cleaned_data)
        try:
            if "try" in request.POST:
                tried = _tried(request, feed, rule, fields)
            else:
                feedrules.save(person=request.user, feed=feed, rule=rule if rule.pk else None, **fields)
                messages.success(request, _("The rule is saved. It decides about what comes from now on."))
                return redirect("source", number=feed.pk)
        except ValidationError as error:
            form.add_error(None, error)  # by field, where the verb names them
    context = {
        "section": "library", "feed": feed, "rule": rule, "form": form, "tried": tried,
        "kept": sum(not one.waits and one.rule.what != FeedRule.What.LEAVE_OUT for one in tried or []),
        "may_approve": request.user.may(Permission.REVIEW_CONTENT),
    }  # fmt: skip
    return render(request, "content/rule.html", context, status=422 if form.errors else 200)


def _fields(data: dict[str, Any]) -> dict[str, Any]:
    """The form's answers as the verb wants them."""
    who = {name: data.pop(name) for name in ("teams", "locations", "languages")}
    return {**data, "audience": audiences.everyone_or(**who)}


def _tried(request: SignedRequest, feed: Feed, rule: FeedRule, fields: dict[str, Any]) -> list[feedrules.Tried]:
    for name, value in fields.items():
        if name != "topics":
            setattr(rule, name, value)
    feedrules.check(rule, person=request.user)
    return feedrules.attempt(feed, feedrules.with_candidate(feed, rule))


@require_POST
@access.page(Permission.EDIT_CONTENT)
def move_rule(request: SignedRequest, number: int, rule: int) -> HttpResponse:
    """One place up, or down without `up`."""
    found = get_object_or_404(FeedRule, pk=rule, feed=number)
    feedrules.move(person=request.user, rule=found, up="up" in request.POST)
    return redirect("source", number=number)


@require_POST
@access.page(Permission.EDIT_CONTENT)
def remove_rule(request: SignedRequest, number: int, rule: int) -> HttpResponse:
    found = get_object_or_404(FeedRule, pk=rule, feed=number)
    try:
        feedrules.remove(person=request.user, rule=found)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("The rule is removed."))
    return redirect("source", number=number)
