from django.urls import URLPattern, URLResolver, path

from kaja.hub.views import feed, impact, programme, rules

urlpatterns: list[URLPattern | URLResolver] = [
    path("", feed.show, name="feed"),
    path("impact/", impact.show, name="impact"),
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
]
