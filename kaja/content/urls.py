from django.urls import URLPattern, URLResolver, path, re_path

from kaja.content.views import editor, files, library, media, reading

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
    path("library/media/", media.index, name="media"),
    path("library/media/alt/", media.reword, name="media-alt"),
    path("library/media/<int:number>/", media.show, name="media-one"),
    path("library/media/<int:number>/remove/", media.remove, name="media-remove"),
    path("media/", media.add, name="media-add"),
    path("review/", library.queue, name="review-queue"),
    path("read/<int:number>/", reading.read, name="read"),
    re_path(r"^pictures/(?P<name>[0-9a-f]{32}(?:-small|-large)?)\.(?P<form>webp|avif)$", files.picture, name="picture"),
    re_path(r"^files/(?P<stem>[0-9a-f]{32})\.(?P<form>mp4|webm|pdf)$", files.file, name="media-file"),
]
