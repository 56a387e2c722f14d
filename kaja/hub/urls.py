from django.urls import URLPattern, URLResolver, path

from kaja.hub.views import calendar, campaigns, feed, impact, programme

urlpatterns: list[URLPattern | URLResolver] = [
    path("", feed.show, name="feed"),
    path("impact/", impact.show, name="impact"),
    path("programme/", programme.show, name="programme"),
    path("programme/growth/", programme.growth, name="programme-growth"),
    path("calendar/", calendar.show, name="calendar"),
    path("calendar/items/<int:number>/<slug:named>/", calendar.move, name="calendar-move"),
    path("calendar/campaigns/<slug:slug>/", calendar.span, name="calendar-span"),
    path("campaigns/", campaigns.index, name="campaigns"),
    path("campaigns/new/", campaigns.new, name="campaign-new"),
    path("campaigns/<slug:slug>/", campaigns.show, name="campaign"),
    path("campaigns/<slug:slug>/edit/", campaigns.edit, name="campaign-edit"),
    path("campaigns/<slug:slug>/start/", campaigns.start, name="campaign-start"),
    path("campaigns/<slug:slug>/end/", campaigns.end, name="campaign-end"),
    path("campaigns/<slug:slug>/remove/", campaigns.remove, name="campaign-remove"),
    path("campaigns/<slug:slug>/posts/", campaigns.add, name="campaign-add"),
    path("campaigns/<slug:slug>/posts/new/", campaigns.post, name="campaign-post"),
    path("campaigns/<slug:slug>/posts/<int:number>/take/", campaigns.take, name="campaign-take"),
]
