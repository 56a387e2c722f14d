"""The sandbox's own timeline: what was posted there, with buttons that raise its counts. Demo only."""

from django.conf import settings
from django.db.models import F
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from kaja.networks import preview
from kaja.networks.catalogue import BY_KEY
from kaja.networks.models import SandboxPost
from kaja.people import access
from kaja.people.access import SignedRequest

PAGE = 30
REACTIONS = {"likes", "reposts", "replies"}


@require_GET
@access.page
def show(request: SignedRequest) -> HttpResponse:
    if not settings.DEMO:
        raise Http404
    posts = SandboxPost.objects.order_by("-created_at", "-id")[:PAGE]
    network = BY_KEY["sandbox"]
    drawn = [(post, post.account.removeprefix("sandbox:"), preview.pieces(network, post.text)) for post in posts]
    return render(request, "networks/sandbox.html", {"section": "sandbox", "posts": drawn})


@require_POST
@access.page
def react(_request: SignedRequest, number: int, what: str) -> HttpResponse:
    if not settings.DEMO or what not in REACTIONS:
        raise Http404
    post = get_object_or_404(SandboxPost, pk=number)
    SandboxPost.objects.filter(pk=number).update(**{what: F(what) + 1})
    return redirect(f"/sandbox/#post-{post.key}")
