from django.urls import URLPattern, URLResolver, path, re_path

from kaja.content.views import editor, library, pieces, reading, stories

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
    path("library/<int:number>/files/", pieces.attach, name="item-attach"),
    path("library/<int:number>/files/<int:attachment>/remove/", pieces.detach, name="item-detach"),
    path("library/<int:number>/files/<int:attachment>/move/", pieces.move, name="item-move"),
    path("library/<int:number>/files/<int:attachment>/describe/", pieces.describe, name="item-describe"),
    path("library/<int:number>/body/", pieces.body, name="item-body"),
    path("library/<int:number>/look/", pieces.look, name="item-look"),
    path("stories/<slug:slug>/", stories.story, name="story"),
    re_path(r"^pictures/(?P<name>[0-9a-f]{32})\.jpg$", stories.jpeg, name="picture-jpeg"),
    path("review/", library.queue, name="review-queue"),
    path("read/<int:number>/", reading.read, name="read"),
    re_path(r"^pictures/(?P<name>[0-9a-f]{32}(?:-small)?)\.webp$", reading.picture, name="picture"),
]
