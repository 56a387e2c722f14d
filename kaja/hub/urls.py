from django.urls import URLPattern, URLResolver, path

from kaja.hub.views import calendar, campaigns, feed, impact, library, programme, resources, rules

urlpatterns: list[URLPattern | URLResolver] = [
    path("", feed.show, name="feed"),
    path("impact/", impact.show, name="impact"),
    path("resources/", resources.show, name="resources"),
    path("library/", library.index, name="library"),
    path("library/export.csv", library.export, name="library-export"),
    path("programme/", programme.show, name="programme"),
    path("programme/growth/", programme.growth, name="programme-growth"),
    path("guidelines/rules/", rules.index, name="rules"),
    path("guidelines/rules/new/<slug:kind>/", rules.new, name="rule-new"),
    path("guidelines/rules/from/<slug:piece>/", rules.from_piece, name="rules-from"),
    path("guidelines/rules/<int:number>/", rules.one, name="rule"),
    path("guidelines/rules/<int:number>/tried/", rules.tried, name="rule-tried"),
    path("guidelines/rules/<int:number>/call-back/", rules.call_back, name="rule-call-back"),
    path("guidelines/rules/<int:number>/discard/", rules.discard, name="rule-discard"),
    path("guidelines/rules/<int:number>/end/", rules.end, name="rule-end"),
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
