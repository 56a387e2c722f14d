from django.urls import URLPattern, URLResolver, path

from kaja.sharing.views import compose, crisis, own, previews, queue, words

urlpatterns: list[URLPattern | URLResolver] = [
    path("share/<int:number>/", compose.show, name="compose"),
    path("share/<int:number>/check/", compose.check, name="compose-check"),
    path("share/<int:number>/previews/", previews.show, name="previews"),
    path("shares/", own.index, name="shares"),
    path("shares/sent/", own.sent, name="shares-sent"),
    path("shares/queue/", queue.index, name="queue"),
    path("shares/queue/remove/", queue.remove, name="queue-remove"),
    path("shares/queue/pause/", queue.pause, name="queue-pause"),
    path("shares/queue/resume/", queue.resume, name="queue-resume"),
    path("shares/<int:number>/", own.one, name="share"),
    path("shares/<int:number>/confirm/", own.confirm, name="share-confirm"),
    path("shares/<int:number>/deny/", own.deny, name="share-deny"),
    path("shares/<int:number>/cancel/", own.cancel, name="share-cancel"),
    path("shares/<int:number>/retry/", own.retry, name="share-retry"),
    path("shares/<int:number>/remove/", own.remove, name="share-remove"),
    path("shares/<int:number>/edit/", own.edit, name="share-edit"),
    path("shares/<int:number>/words/", words.show, name="share-words"),
    path("shares/<int:number>/words/check/", words.check, name="share-words-check"),
    path("shares/<int:number>/go/", crisis.go_on, name="share-go"),
    path("crisis/", crisis.show, name="crisis"),
    path("crisis/resume/", crisis.resume, name="crisis-resume"),
    path("shares/<int:number>/move/", queue.move, name="share-move"),
    path("shares/<int:number>/at-once/", own.at_once, name="share-at-once"),
]
