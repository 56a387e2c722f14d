"""Items without an address: pictures, words alone, invitations. No link is promised that is not there (A3)."""

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from kaja.content.models import Attachment, Item
from kaja.networks import connecting
from kaja.networks.catalogue import BY_KEY, offered
from kaja.networks.models import SandboxPost
from kaja.people.models import Person
from kaja.sharing import composing, delivery, posted, shares
from kaja.sharing.models import Share
from tests import factories
from tests.cast import Cast

SignIn = Callable[[Person], Client]


def pictured(*colours: str, **fields: object) -> Item:
    item = factories.item("Party", "Look at this.", kind="images", **{"url": "", **fields})
    for place, colour in enumerate(colours):
        Attachment.objects.create(item=item, media=factories.picture(colour, alt=f"{colour} robot"), position=place)
    return item


def invitation() -> Item:
    return factories.item(
        "Say", kind="say", url="", summary="What did you learn?", details={"hashtag": "NordwindLearns"}
    )


def test_several_pictures_go_out_in_their_order_with_their_words_for_who_cannot_see_them(cast: Cast) -> None:
    item = pictured("teal", "navy", "gold", "red", "black")
    account = connecting.connect_instantly(person=cast.liis, network=BY_KEY["sandbox"])
    share = shares.share_now(person=cast.liis, item=item, account=account, text="My words")
    delivery.deliver(share.pk, worker="t")
    post = SandboxPost.objects.get()
    assert (post.text, post.record["link"]) == ("My words", "")
    assert [one["alt"] for one in post.record["pictures"]] == ["teal robot", "navy robot", "gold robot", "red robot"]
    assert share.link is None


def test_pictures_with_an_address_show_the_pictures_and_keep_the_link_in_the_words(cast: Cast) -> None:
    item = pictured("teal", "navy", url="https://nordwind.example/party")
    account = connecting.connect_instantly(person=cast.liis, network=BY_KEY["sandbox"])
    share = shares.share_now(person=cast.liis, item=item, account=account, text="My words")
    delivery.deliver(share.pk, worker="t")
    post = SandboxPost.objects.get()
    assert post.record["link"] in post.text
    assert len(post.record["pictures"]) == 2


def test_a_text_carries_its_picture_and_an_invitation_none(cast: Cast) -> None:
    image = factories.picture()
    text = factories.item("Text", "Words", kind="text", url="", image=image)
    say = invitation()
    Item.objects.filter(pk=say.pk).update(image=image)
    say.refresh_from_db()
    linked = factories.item("Link", "Words", image=image)
    assert posted.pictures(text, BY_KEY["bluesky"]) == [image]
    assert posted.pictures(say, BY_KEY["bluesky"]) == []
    assert posted.pictures(linked, BY_KEY["bluesky"]) == []
    assert posted.pictures(text, BY_KEY["xing"]) == []  # its dialog carries none


def test_only_windows_that_take_words_alone_are_offered(cast: Cast, signed_in: SignIn) -> None:
    item = pictured("teal")
    here = {target.network.key for target in composing.targets(cast.liis, item)}
    assert {"x", "bluesky", "threads", "whatsapp", "email", "copy"} <= here
    assert not {"linkedin", "facebook", "telegram", "xing", "reddit"} & here
    with pytest.raises(ValidationError, match="wants a link"):
        shares.open_dialog(person=cast.liis, item=item, network=BY_KEY["linkedin"], text="My words")
    page = signed_in(cast.liis).get(f"/share/{item.pk}/").content.decode()
    assert "only networks that take words alone are here" in page
    assert "Your link stands at the end" not in page


@pytest.mark.parametrize(
    "network", [one for one in offered() if one.dialog and one.dialog.plain], ids=lambda one: one.key
)
def test_their_windows_open_with_the_words_and_no_empty_link(network: object) -> None:
    address = network.dialog.address("Õhtu & äike", "", "Title")  # type: ignore[attr-defined]
    assert "url=" not in address
    assert not address or "%C3%95htu%20%26%20%C3%A4ike" in address
    assert not address.endswith(("%20", "%0D%0A"))


def test_who_posts_by_hand_is_told_to_take_the_pictures_along(cast: Cast, signed_in: SignIn) -> None:
    item, liis = pictured("teal", "navy"), signed_in(cast.liis)
    answer = liis.post(f"/share/{item.pk}/", {"to": "dialog:x", "text": "My words", "when": "now"}, follow=True)
    page = answer.content.decode()
    assert "The pictures do not travel along" in page
    for one in item.attachments.all():
        assert f'href="{one.media.jpeg_path}" download' in page
    assert "click of somebody else" not in page
    assert Share.objects.get().link is None


def test_an_invitation_opens_an_empty_post_with_its_hashtag_and_wants_own_words(cast: Cast, signed_in: SignIn) -> None:
    item, liis = invitation(), signed_in(cast.liis)
    page = liis.get(f"/share/{item.pk}/").content.decode()
    assert "#NordwindLearns</textarea>" in page
    assert "What did you learn?" in page
    refused = liis.post(f"/share/{item.pk}/", {"to": "dialog:x", "text": "\n\n#NordwindLearns", "when": "now"})
    assert refused.status_code == 422
    assert "Write a few words first" in refused.content.decode()
    done = liis.post(f"/share/{item.pk}/", {"to": "dialog:x", "text": "To wait. #NordwindLearns", "when": "now"})
    assert done.status_code == 302
    share = Share.objects.get()
    assert (share.text, share.own_words) == ("To wait. #NordwindLearns", True)


def test_previews_show_pictures_where_the_network_posts_them_and_the_card_of_the_link_elsewhere(cast: Cast) -> None:
    item = pictured("teal", "navy", url="https://nordwind.example/party", image=factories.picture("gold"))
    targets = {target.network.key: target for target in composing.targets(cast.liis, item)}
    bluesky, facebook = composing.looks(item, "Words", [targets["bluesky"], targets["facebook"]])
    assert len(bluesky.pictures) == 2
    assert bluesky.card is None
    assert facebook.pictures == []
    assert facebook.card is not None
    assert facebook.card.title == "Party"
