from django.urls import URLPattern, URLResolver, path, re_path

from kaja.content.views import editor, library, reading

urlpatterns: list[URLPattern | URLResolver] = [
    path("library/", library.index, name="library"),
    path("library/new/", library.new, name="item-new"),
    path("library/sources/", library.sources, name="sources"),
    path("library/sources/<int:number>/read/", library.read_feed, name="source-read"),
    path("library/<int:number>/", editor.show, name="item"),
    path("library/<int:number>/submit/", editor.submit, name="item-submit"),
    path("library/<int:number>/approve/", editor.approve, name="item-approve"),
    path("library/<int:number>/return/", editor.return_, name="item-return"),
    path("library/<int:number>/withdraw/", editor.withdraw, name="item-withdraw"),
    path("library/<int:number>/words/", editor.add_caption, name="caption-add"),
    path("library/<int:number>/words/<int:caption>/", editor.change_caption, name="caption-change"),
    path("library/<int:number>/words/<int:caption>/remove/", editor.remove_caption, name="caption-remove"),
    path("library/notes/<int:number>/answer/", editor.answer_note, name="note-answer"),
    path("review/", library.queue, name="review-queue"),
    path("read/<int:number>/", reading.read, name="read"),
    re_path(r"^pictures/(?P<name>[0-9a-f]{32}(?:-small)?)\.webp$", reading.picture, name="picture"),
]
