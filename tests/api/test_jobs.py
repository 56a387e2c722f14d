"""Jobs and health by REST."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.utils import timezone

from kaja.jobs.models import Failure, WorkerLife
from kaja.people import tokens
from kaja.people.models import Person
from kaja.sharing.models import Attempt, Share
from kaja.sharing.states import State
from tests import factories
from tests.cast import Cast


def call(person: Person, method: str, address: str, data: dict[str, Any] | None = None) -> Any:
    headers = {"Authorization": f"Bearer {tokens.create(person=person)}"}
    verb, sent = getattr(Client(), method), {"data": data, "content_type": "application/json"} if data else {}
    return verb(f"/api/v1{address}", headers=headers, **sent)


def stuck(person: Person, state: State = State.FAILED, reason: str = "refused") -> Share:
    return factories.share(
        person, network="sandbox", way=Share.Way.API, state=state, reason=reason, published_at=None, confirmed=""
    )


def test_the_state_of_everything_is_told(cast: Cast) -> None:
    now = timezone.now()
    WorkerLife.objects.create(name="w", seen_at=now, started_at=now)
    stuck(cast.liis)
    Failure.objects.create(function="kaja.content.notes.tell", reason="mail", attempts=8)
    told = call(cast.aado, "get", "/health").json()
    assert told["worst"] == ["1 job failed for good and waits for a decision."]
    assert told["networks"][0]["failed"] == 1
    assert told["jobs"]["failed"] == 1
    assert told["workers"][0]["alive"]
    assert {one["key"] for one in told["queues"]} >= {"posts", "unsure", "readings", "feeds", "letters"}
    assert all(piece["every_seconds"] > 0 for piece in told["schedule"])


def test_deliveries_are_listed_tried_again_and_given_up(cast: Cast) -> None:
    share, other = stuck(cast.liis), stuck(cast.mart, State.UNKNOWN, "silence")
    listed = call(cast.aado, "get", "/deliveries").json()["items"]
    assert [(one["id"], one["state"]) for one in listed] == [(other.pk, "unknown"), (share.pk, "failed")]
    assert "text" not in listed[0]
    assert call(cast.aado, "post", f"/deliveries/{share.pk}/retry").json() == {"done": "planned"}
    assert call(cast.aado, "post", f"/deliveries/{share.pk}/retry").status_code == 404
    assert call(cast.aado, "post", f"/deliveries/{other.pk}/retry").json() == {"done": "looked-for"}
    assert call(cast.aado, "post", f"/deliveries/{other.pk}/give-up").status_code == 204
    other.refresh_from_db()
    assert (other.state, other.reason) == (State.CANCELLED, "given-up-unsure")


def test_jobs_are_listed_tried_again_and_given_up_and_their_secrets_are_not_told(cast: Cast) -> None:
    job = Failure.objects.create(
        function="kaja.people.invitations.send", reason="mail", attempts=8, arguments={"link": "https://secret"}
    )
    answer = call(cast.aado, "get", "/jobs/failures")
    assert answer.json()["items"][0]["name"] == "Send an invitation"
    assert "secret" not in answer.content.decode()
    assert call(cast.aado, "post", f"/jobs/failures/{job.pk}/retry").status_code == 204
    assert call(cast.aado, "post", f"/jobs/failures/{job.pk}/give-up").status_code == 204
    assert call(cast.aado, "post", f"/jobs/failures/{job.pk}/give-up").status_code == 404
    assert not Failure.objects.exists()


def test_many_at_once(cast: Cast) -> None:
    some = [stuck(cast.liis).pk for _n in range(2)]
    job = Failure.objects.create(function="kaja.sharing.gone.away", reason="unknown-job")
    told = call(
        cast.aado, "post", "/jobs/decide", {"do": "retry", "deliveries": [*some, 2**70, -1], "jobs": [job.pk]}
    ).json()
    assert told == {"done": 2, "refused": ["This version of Kaja does not know the job. Give it up."]}
    assert call(cast.aado, "post", "/jobs/decide", {"do": "give_up", "jobs": [job.pk]}).json()["done"] == 1
    assert call(cast.aado, "post", "/jobs/decide", {"do": "burn"}).status_code == 422


def test_who_may_not_learns_nothing(cast: Cast) -> None:
    share, job = stuck(cast.liis), Failure.objects.create(function="x", reason="mail")
    for person in (cast.liis, cast.kadri, cast.eda, cast.viivi, cast.sten):
        for address in ("/health", "/deliveries", "/jobs/failures"):
            assert call(person, "get", address).status_code == 404
        for address in (
            f"/deliveries/{share.pk}/retry", f"/deliveries/{share.pk}/give-up", f"/jobs/failures/{job.pk}/retry",
            f"/jobs/failures/{job.pk}/give-up",
        ):  # fmt: skip
            assert call(person, "post", address).status_code == 404
        assert call(person, "post", "/jobs/decide", {"do": "retry", "jobs": [job.pk]}).status_code == 404
    assert Failure.objects.filter(next_at=None).exists()


def test_a_share_tells_its_way_and_is_posted_by_hand_instead(cast: Cast) -> None:
    share = factories.share(
        cast.liis, network="bluesky", way=Share.Way.API, account=factories.account(cast.liis, "bluesky"),
        state=State.FAILED, reason="picture-refused", published_at=None, confirmed="",
    )  # fmt: skip
    Attempt.objects.create(share=share, number=1, worker="w", outcome="permanent", reason="picture-refused", detail="4")
    told = call(cast.liis, "get", f"/shares/{share.pk}").json()
    assert told["tries"][0]["why"] == "The network did not take a picture, so nothing was posted."
    assert told["sentence"] == told["tries"][0]["why"]
    made = call(cast.liis, "post", f"/shares/{share.pk}/by-hand")
    assert made.status_code == 201
    assert made.json()["dialog_url"].startswith("https://bsky.app/")
    assert call(cast.mart, "post", f"/shares/{share.pk}/by-hand").status_code == 404
