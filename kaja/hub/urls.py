from django.urls import URLPattern, URLResolver, path

from kaja.hub.views import feed, ideas, impact, own_posts, programme, reactions

urlpatterns: list[URLPattern | URLResolver] = [
    path("", feed.show, name="feed"),
    path("impact/", impact.show, name="impact"),
    path("programme/", programme.show, name="programme"),
    path("programme/growth/", programme.growth, name="programme-growth"),
    path("ideas/", ideas.index, name="ideas"),
    path("ideas/new/", ideas.new, name="idea-new"),
    path("ideas/alike/", ideas.alike, name="ideas-alike"),
    path("ideas/told/", ideas.told, name="ideas-told"),
    path("ideas/<int:number>/", ideas.show, name="idea"),
    path("ideas/<int:number>/change/", ideas.change, name="idea-change"),
    path("ideas/<int:number>/remove/", ideas.remove, name="idea-remove"),
    path("ideas/<int:number>/vote/", ideas.vote, name="idea-vote"),
    path("ideas/<int:number>/comment/", ideas.comment, name="idea-comment"),
    path("ideas/<int:number>/answer/", ideas.answer, name="idea-answer"),
    path("ideas/<int:number>/turn/", ideas.turn, name="idea-turn"),
    path("ideas/comments/<int:number>/remove/", ideas.uncomment, name="ideacomment-remove"),
    path("own-posts/", own_posts.index, name="own-posts"),
    path("own-posts/new/", own_posts.new, name="own-post-new"),
    path("own-posts/<int:number>/", own_posts.show, name="own-post"),
    path("own-posts/<int:number>/remove/", own_posts.remove, name="own-post-remove"),
    path("own-posts/<int:number>/everybody/", own_posts.for_everybody, name="own-post-everybody"),
    path("read/<int:number>/say/", reactions.react, name="react"),
    path("read/<int:number>/why/", reactions.why, name="feed-why"),
    path("read/<int:number>/note/", reactions.note, name="item-note"),
]
