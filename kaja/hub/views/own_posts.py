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
from kaja.people.roles import Permission


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


def _written(request: SignedRequest, post: Item | None) -> HttpResponse:
    form = OwnPostForm(request.POST or None, request.FILES or None, initial=_beginning(request, post))
    if request.method == "POST" and form.is_valid() and (made := _saved(request, form, post)):
        if made.state == Item.State.APPROVED:
            messages.success(request, _("It is ready. Choose where it goes."))
            return redirect("compose", number=made.pk)
        messages.success(request, _("A reviewer reads it now. You are told as soon as it may go out."))
        return redirect("own-posts")
    context = {
        "section": "ideas",
        "form": form,
        "post": post,
        "steps": post.steps.select_related("person") if post else [],
        "pictures": [one.media for one in post.attachments.select_related("media")] if post else [],
        "open": post is None or post.state in (Item.State.DRAFT, Item.State.IN_REVIEW),
        "reviewed": company.current().own_posts_reviewed,
        "missing_tag": form.is_bound and not own_posts.carries_hashtag(form["text"].value() or ""),
    }
    return render(request, "hub/own_post.html", context, status=422 if form.errors else 200)


def _beginning(request: SignedRequest, post: Item | None) -> dict[str, Any]:
    tag = company.current().hashtag
    if post is None:
        language = request.user.languages[0] if request.user.languages else company.current().language
        return {"text": f"\n\n#{tag}" if tag else "", "language": language}
    return {"text": post.body, "url": post.url, "category": post.category_id, "language": post.language}


def _saved(request: SignedRequest, form: OwnPostForm, post: Item | None) -> Item | None:
    """The post; what a person can mend becomes an error of the form."""
    data = form.cleaned_data
    try:
        pictures = [media.keep(one.read(), alt=data["alt"]) for one in data["pictures"]]
        if not pictures and post is not None and "no-pictures" not in request.POST:
            pictures = [one.media for one in post.attachments.select_related("media")]
        return own_posts.write(
            person=request.user, text=data["text"], category=data["category"], language=data["language"],
            url=data["url"], pictures=pictures, post=post,
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
