"""The queue and the best time by REST."""

from datetime import timedelta

from django.utils import timezone

from kaja.networks import connecting
from kaja.networks.catalogue import BY_KEY
from kaja.sharing.models import BestTime, QueueSlot, Share
from tests import factories
from tests.api.test_api import Caller
from tests.cast import Cast


def test_slots_come_and_go_and_a_share_takes_the_next_one(cast: Cast) -> None:
    account = connecting.connect_instantly(person=cast.liis, network=BY_KEY["sandbox"])
    item, liis = factories.item(live_until=timezone.now() + timedelta(days=60)), Caller(cast.liis)
    made = liis("POST", "/queue/slots", {"weekdays": [0, 1, 2, 3, 4, 5, 6], "time": "09:10"})
    assert (liis.status, len(made), made[0]["time"]) == (201, 7, "09:10")
    free = liis("GET", "/queue")["free"]
    share = liis("POST", "/shares", {"item": item.pk, "account": account.pk, "text": "A", "when": "queue"})
    assert (liis.status, share["not_before"], share["slot"]) == (201, free[0]["at"], free[0]["slot"])
    assert liis("GET", "/queue")["free"][0] == free[1]
    assert liis("POST", "/queue/pause")["paused"] is True
    assert Share.objects.get().reason == "paused"
    assert liis("POST", "/queue/resume")["paused"] is False
    liis("DELETE", f"/queue/slots/{made[0]['id']}")
    assert (liis.status, QueueSlot.objects.count()) == (200, 6)


def test_the_best_time_says_what_it_rests_on(cast: Cast) -> None:
    account = connecting.connect_instantly(person=cast.liis, network=BY_KEY["sandbox"])
    item, liis = factories.item(live_until=timezone.now() + timedelta(days=60)), Caller(cast.liis)
    assert liis("GET", "/best-times")[0]["source"] == "none"
    BestTime.objects.create(person=cast.liis, network="sandbox", weekday=1, hour=16, posts=37, gain=30)
    best = liis("GET", "/best-times")[0]
    assert (best["source"], best["posts"], best["gain_percent"]) == ("own", 37, 30)
    share = liis("POST", "/shares", {"item": item.pk, "account": account.pk, "text": "A", "when": "best"})
    assert share["not_before"] == best["at"]


def test_who_may_not_and_what_is_wrong(cast: Cast) -> None:
    account = connecting.connect_instantly(person=cast.liis, network=BY_KEY["sandbox"])
    item, liis, mart, viivi = factories.item(), Caller(cast.liis), Caller(cast.mart), Caller(cast.viivi)
    slot = liis("POST", "/queue/slots", {"weekdays": [1], "time": "09:10"})[0]
    mart("DELETE", f"/queue/slots/{slot['id']}")
    assert mart.status == 404
    for method, path in (
        ("GET", "/queue"),
        ("GET", "/best-times"),
        ("POST", "/queue/pause"),
        ("POST", "/queue/resume"),
    ):
        viivi(method, path)
        assert viivi.status == 404, path
    for body in ({"weekdays": [], "time": "09:10"}, {"weekdays": [9], "time": "09:10"}, {"weekdays": [1], "time": "x"}):
        liis("POST", "/queue/slots", body)
        assert liis.status == 422, body
    share = {"item": item.pk, "account": account.pk, "text": "A", "when": "queue"}
    liis("POST", "/shares", share | {"at": (timezone.now() + timedelta(hours=1)).isoformat()})
    assert liis.status == 422
    liis("POST", "/shares", share | {"when": "soon"})
    assert liis.status == 422
    assert not Share.objects.exists()
