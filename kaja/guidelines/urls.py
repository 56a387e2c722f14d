from django.urls import URLPattern, URLResolver, path, re_path

from kaja.guidelines.views import documents, versions, writing

urlpatterns: list[URLPattern | URLResolver] = [
    path("guidelines/", documents.show, name="guidelines"),
    path("guidelines/confirm/", documents.confirm, name="guide-confirm"),
    path("guidelines/later/", documents.later, name="guide-later"),
    path("guidelines/answers/", documents.answers, name="guide-answers"),
    path("guidelines/confirmed/", versions.confirmed, name="guide-confirmed"),
    path("guidelines/versions/<int:number>/", documents.show_version, name="guide-version"),
    path("guidelines/versions/<int:number>/changes/", versions.changes, name="guide-changes"),
    path("guidelines/versions/<int:number>/pdf/", documents.as_pdf, name="guide-pdf"),
    path("guidelines/versions/<int:number>/restore/", versions.restore, name="guide-restore"),
    re_path(r"^guidelines/pictures/(?P<digest>[0-9a-f]{64})\.jpg$", documents.picture, name="guide-picture"),
    path("guidelines/edit/", writing.show, name="guide-editor"),
    path("guidelines/edit/begin/", writing.begin, name="guide-begin"),
    path("guidelines/edit/add/", writing.add, name="guide-add"),
    path("guidelines/edit/preview/", versions.preview, name="guide-preview"),
    path("guidelines/edit/changes/", versions.compare, name="guide-compare"),
    path("guidelines/edit/publish/", versions.publish, name="guide-publish"),
    path("guidelines/edit/discard/", versions.discard, name="guide-discard"),
    path("guidelines/edit/link/", versions.link, name="guide-link"),
    path("guidelines/edit/templates/<slug:starter>/", versions.adopt, name="guide-adopt"),
    path("guidelines/edit/pieces/<slug:piece>/", writing.change, name="guide-piece"),
    path("guidelines/edit/pieces/<slug:piece>/move/", writing.move, name="guide-move"),
    path("guidelines/edit/pieces/<slug:piece>/remove/", writing.remove, name="guide-remove"),
    # People without an account; the token is the key.
    path("g/<str:token>/", documents.public, name="guide-public"),
    path("g/<str:token>/pdf/", documents.public_pdf, name="guide-public-pdf"),
]
