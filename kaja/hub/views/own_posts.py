"""Posts that employees write themselves."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kaja.content import media, own_posts
from kaja.content.models import Item
from kaja.hub.idea_forms import OwnPostForm
from kaja.people import access, company
from kaja.people.access import SignedRequest
from kaja.people.models import Person
from kaja.people.roles import Permission
from kaja.sharing import delegates


@require_GET
@access.page(Permission.SHARE)
def index(request: SignedRequest) -> HttpResponse:
    context = {
        "section": "ideas",
        "posts": own_posts.of(request.user).prefetch_related("steps")[:100],
        "reviewed": company.current().own_posts_reviewed,
    }
    return render(request, "hub/own_posts.html", context)


@require_http_methods(["GET", "POST"])
@access.page(Permission.SHARE)
def new(request: SignedRequest) -> HttpResponse:
    return _written(request, None)


@require_http_methods(["GET", "POST"])
@access.page(Permission.SHARE)
def show(request: SignedRequest, number: int) -> HttpResponse:
    """One's own post, to be changed until it is approved."""
    post = get_object_or_404(own_posts.of(request.user), pk=number)
    return _written(request, post)


@require_http_methods(["GET", "POST"])
@access.page
def for_somebody(request: SignedRequest, person: int, number: int | None = None) -> HttpResponse:
    """A post without a story in somebody else's name, by their delegate: then it is prepared like any other."""
    executive = delegates.executive(delegate=request.user, number=person)
    mine = own_posts.written_for(person=executive, by=request.user)
    mine = mine.filter(state__in=(Item.State.DRAFT, Item.State.IN_REVIEW))
    return _written(request, get_object_or_404(mine, pk=number) if number else None, executive)


def _written(request: SignedRequest, post: Item | None, executive: Person | None = None) -> HttpResponse:
    """The form, and what is done with it: in one's own name, or in that of an `executive`."""
    author = executive or request.user
    form = OwnPostForm(request.POST or None, request.FILES or None, initial=_beginning(author, post))
    if request.method == "POST" and form.is_valid() and (made := _saved(request, form, author, post)):
        return _on_its_way(request, made, executive)
    context = {
        "section": "shares" if executive else "ideas",
        "executive": executive,
        "form": form,
        "post": post,
        "steps": post.steps.select_related("person") if post else [],
        "pictures": [one.media for one in post.attachments.select_related("media")] if post else [],
        "open": post is None or post.state in (Item.State.DRAFT, Item.State.IN_REVIEW),
        "reviewed": company.current().own_posts_reviewed,
        "missing_tag": form.is_bound and not own_posts.carries_hashtag(form["text"].value() or ""),
    }
    return render(request, "hub/own_post.html", context, status=422 if form.errors else 200)


def _on_its_way(request: SignedRequest, made: Item, executive: Person | None) -> HttpResponse:
    """Where it goes on: to the composer, or to the list until a reviewer has read it."""
    ready = made.state == Item.State.APPROVED
    if ready:
        messages.success(request, _("It is ready. Choose where it goes."))
    else:
        messages.success(request, _("A reviewer reads it now. You are told as soon as it may go out."))
    if executive is not None:
        return redirect("prepare-compose", executive.pk, made.pk) if ready else redirect("prepare-choose", executive.pk)
    return redirect("compose", number=made.pk) if ready else redirect("own-posts")


def _beginning(author: Person, post: Item | None) -> dict[str, Any]:
    tag = company.current().hashtag
    if post is None:
        language = author.languages[0] if author.languages else company.current().language
        return {"text": f"\n\n#{tag}" if tag else "", "language": language}
    return {"text": post.body, "url": post.url, "category": post.category_id, "language": post.language}


def _saved(request: SignedRequest, form: OwnPostForm, author: Person, post: Item | None) -> Item | None:
    """The post; what a person can mend becomes an error of the form."""
    data = form.cleaned_data
    try:
        pictures = [media.keep(one.read(), alt=data["alt"]) for one in data["pictures"]]
        if not pictures and post is not None and "no-pictures" not in request.POST:
            pictures = [one.media for one in post.attachments.select_related("media")]
        return own_posts.write(
            person=author, text=data["text"], category=data["category"], language=data["language"],
            url=data["url"], pictures=pictures, post=post, by=request.user if author != request.user else None,
        )  # fmt: skip
    except ValidationError as error:
        form.add_error(None if hasattr(error, "error_dict") else "pictures", error)
        return None


@require_POST
@access.page(Permission.SHARE)
def remove(request: SignedRequest, number: int) -> HttpResponse:
    own_posts.remove(person=request.user, post=get_object_or_404(own_posts.of(request.user), pk=number))
    messages.success(request, _("Removed."))
    return redirect("own-posts")


@require_POST
@access.page(Permission.EDIT_CONTENT)
def for_everybody(request: SignedRequest, number: int) -> HttpResponse:
    """A draft for everybody made of somebody's own post."""
    post = get_object_or_404(
        Item.objects.filter(original=True).select_related("category", "image", "author"), pk=number
    )
    item = own_posts.for_everybody(person=request.user, post=post)
    messages.success(request, _("A draft for everybody, with its author’s name."))
    return redirect("item", number=item.pk)
