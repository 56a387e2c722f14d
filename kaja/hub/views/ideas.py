"""The ideas board: the list, one idea, suggesting, voting, answering."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kaja.content import ideas, media, notes
from kaja.content.models import Category, Idea, IdeaComment
from kaja.hub import ideas as reading
from kaja.hub.idea_forms import AnswerForm, IdeaForm
from kaja.hub.ideas import Filter
from kaja.people import access
from kaja.people.access import SignedRequest
from kaja.people.roles import Permission


@require_GET
@access.page
def index(request: SignedRequest) -> HttpResponse:
    """`?sort=popular|new|waiting&kind=&status=&words=&page=`"""
    given = {name: request.GET.get(name, "")[:100] for name in ("sort", "kind", "status", "words")}
    wish = Filter(**(given | {"sort": given["sort"] if given["sort"] in reading.SORTS else reading.POPULAR}))
    page, may_edit = reading.page(wish, request.GET.get("page")), request.user.may(Permission.EDIT_CONTENT)
    context = {
        "section": "ideas",
        "page": page,
        "rows": reading.rows(list(page.object_list), request.user),
        "wish": wish,
        "heading": reading.heading(wish),
        "kinds": reading.kinds(),
        "statuses": reading.statuses(),
        "address": "".join(f"&{urlencode({name: value})}" for name, value in given.items() if value),
        "news": [(one, ideas.became(one)) for one in ideas.news(request.user).select_related("merged_into")[:5]],
        "quarter": reading.quarter(),
        "owed": ideas.owed().count() if may_edit else 0,
        "overdue": ideas.overdue().count() if may_edit else 0,
        "unread": notes.unread().select_related("item", "person")[:5] if may_edit else [],
        "may_share": request.user.may(Permission.SHARE),
    }
    return render(request, "hub/ideas.html", context)


@require_http_methods(["GET", "POST"])
@access.page
def new(request: SignedRequest) -> HttpResponse:
    """Suggest. Ideas that are alike are shown first; sent again with `anyway` it is kept."""
    begin = {"kind": request.GET.get("kind", Idea.Kind.IDEA), "title": request.GET.get("title", "")[:160]}
    form = IdeaForm(request.POST or None, request.FILES or None, initial=begin)
    alike: list[Idea] = []
    if request.method == "POST" and form.is_valid():
        alike = [] if "anyway" in request.POST else ideas.similar(form.cleaned_data["title"])
        if not alike and (idea := _suggested(request, form)):
            messages.success(request, _("It is on the board. Thank you."))
            return redirect("idea", number=idea.pk)
    context = {"section": "ideas", "form": form, "alike": alike, "kinds": reading.kinds(), "asked": bool(alike)}
    return render(request, "hub/idea_new.html", context, status=422 if form.errors or alike else 200)


def _suggested(request: SignedRequest, form: IdeaForm) -> Idea | None:
    data = form.cleaned_data
    try:
        picture = media.keep(data["photo"].read(), alt=data["alt"]) if data["photo"] else None
        return ideas.suggest(
            person=request.user,
            kind=data["kind"],
            title=data["title"],
            text=data["text"],
            url=data["url"],
            picture=picture,
        )
    except ValidationError as error:
        if hasattr(error, "error_dict"):
            for field, said in error.message_dict.items():
                form.add_error("photo" if field == "picture" else field, said)
        else:
            form.add_error("photo", error)
        return None


@require_GET
@access.page
def alike(request: SignedRequest) -> HttpResponse:
    """Ideas like the title that is being written (htmx)."""
    return render(request, "hub/_alike.html", {"alike": ideas.similar(request.GET.get("title", "")[:160])})


def _idea(number: int) -> Idea:
    return get_object_or_404(
        Idea.objects.select_related("person", "picture", "item", "answered_by", "merged_into"), pk=number
    )


@require_GET
@access.page
def show(request: SignedRequest, number: int) -> HttpResponse:
    return _shown(request, _idea(number))


def _shown(
    request: SignedRequest, idea: Idea, *, answer: AnswerForm | None = None, error: str = "", typed: str = ""
) -> HttpResponse:
    may_edit = request.user.may(Permission.EDIT_CONTENT)
    if may_edit and answer is None:
        answer = AnswerForm(into=reading.like(idea), initial={"status": ideas.Status.PLANNED})
    context = {
        "section": "ideas",
        "row": reading.rows([idea], request.user)[0],
        "idea": idea,
        "became": ideas.became(idea) if idea.answered_at else "",
        "said": idea.said.select_related("person"),
        "may_edit": may_edit,
        "answer": answer,
        "error": error,
        "typed": typed,
        "categories": Category.objects.all() if may_edit else [],
        "kinds": reading.kinds(),
    }
    refused = bool(error) or (answer is not None and bool(answer.errors))
    return render(request, "hub/idea.html", context, status=422 if refused else 200)


@require_http_methods(["GET", "POST"])
@access.page
def change(request: SignedRequest, number: int) -> HttpResponse:
    """One's own idea, said anew."""
    idea = get_object_or_404(Idea, pk=number, person=request.user)
    error, typed = "", request.POST if request.method == "POST" else None
    if typed is not None:
        try:
            ideas.change(person=request.user, idea=idea, title=typed.get("title", ""), text=typed.get("text", ""))
        except ValidationError as refused:
            error = " ".join(refused.messages)
        else:
            messages.success(request, _("Saved."))
            return redirect("idea", number=number)
    title, text = (typed.get("title", ""), typed.get("text", "")) if typed is not None else (idea.title, idea.text)
    context = {"section": "ideas", "idea": idea, "error": error, "title": title, "text": text}
    return render(request, "hub/idea_change.html", context, status=422 if error else 200)


def _act(request: SignedRequest, verb: Callable[[], object], done: str, *, to: str, number: int | None) -> HttpResponse:
    try:
        verb()
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("idea", number=number) if number else redirect(to)
    if done:
        messages.success(request, done)
    return redirect(to, number=number) if to == "idea" else redirect(to)


@require_POST
@access.page
def remove(request: SignedRequest, number: int) -> HttpResponse:
    idea = _idea(number)
    return _act(request, lambda: ideas.remove(person=request.user, idea=idea), _("Removed."), to="ideas", number=None)


@require_POST
@access.page
def vote(request: SignedRequest, number: int) -> HttpResponse:
    """`take=back` takes the vote back. htmx gets the button anew."""
    idea, verb = _idea(number), ideas.unvote if request.POST.get("take") == "back" else ideas.vote
    try:
        verb(person=request.user, idea=idea)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    if request.htmx:
        row = reading.rows([_idea(number)], request.user)[0]
        return render(request, "hub/_vote.html", {"row": row})
    to = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(to, allowed_hosts=None):
        return redirect(f"{to}#vote-{number}")
    return redirect("idea", number=number)


@require_POST
@access.page
def comment(request: SignedRequest, number: int) -> HttpResponse:
    idea, text = _idea(number), request.POST.get("text", "")
    try:
        ideas.comment(person=request.user, idea=idea, text=text)
    except ValidationError as error:
        return _shown(request, idea, error=" ".join(error.messages), typed=text)
    return redirect("idea", number=number)


@require_POST
@access.page
def uncomment(request: SignedRequest, number: int) -> HttpResponse:
    row = get_object_or_404(IdeaComment, pk=number)
    idea = row.idea_id
    return _act(request, lambda: ideas.uncomment(person=request.user, row=row), _("Removed."), to="idea", number=idea)


@require_POST
@access.page(Permission.EDIT_CONTENT)
def answer(request: SignedRequest, number: int) -> HttpResponse:
    idea = _idea(number)
    form = AnswerForm(request.POST, into=reading.like(idea))
    if form.is_valid():
        try:
            ideas.answer(person=request.user, idea=idea, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Answered. The author is told."))
            return redirect("idea", number=number)
    return _shown(request, idea, answer=form)


@require_POST
@access.page(Permission.EDIT_CONTENT)
def turn(request: SignedRequest, number: int) -> HttpResponse:
    """A draft of the idea, opened in the editor."""
    idea = _idea(number)
    try:
        category = Category.objects.filter(slug=request.POST.get("category", "")).first()
        if category is None:
            raise ValidationError(_("Choose a category."))
        item = ideas.turn_into_item(person=request.user, idea=idea, category=category)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("idea", number=number)
    messages.success(request, _("A draft with the author’s name. They are told when it is live."))
    return redirect("item", number=item.pk)


@require_POST
@access.page
def told(request: SignedRequest) -> HttpResponse:
    """The author has read what became of their ideas."""
    ideas.read_news(person=request.user)
    return redirect("ideas")
