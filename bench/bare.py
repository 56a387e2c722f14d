"""A bare Django page with one query: what the feed is measured against."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from kaja.content.models import Item


def page(request: HttpRequest) -> HttpResponse:
    return render(request, "bare.html", {"item": Item.objects.order_by("pk").first()})


urlpatterns = [path("", page)]
