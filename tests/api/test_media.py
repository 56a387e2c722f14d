"""Media and resources by REST."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from kaja.content.models import Media
from kaja.people import tokens
from tests import factories
from tests.cast import Cast


def png(colour: str = "teal") -> SimpleUploadedFile:
    out = BytesIO()
    Image.new("RGB", (640, 480), colour).save(out, "PNG")
    return SimpleUploadedFile("robot.png", out.getvalue(), "text/html")


@pytest.fixture
def eda(cast: Cast) -> Client:
    return Client(headers={"authorization": f"Bearer {tokens.create(person=cast.eda)}"})


def test_a_file_is_uploaded_described_listed_and_taken_away(eda: Client) -> None:
    made = eda.post("/api/v1/media", {"file": png(), "alt": "A teal field"})
    assert made.status_code == 201
    row = made.json()
    assert (row["kind"], row["width"], row["alt"], row["name"]) == ("picture", 640, "A teal field", "robot.png")
    assert eda.post("/api/v1/media", {"file": png()}).json()["id"] == row["id"]
    eda.post("/api/v1/media", {"file": png("red")})
    assert len(eda.get("/api/v1/media").json()["items"]) == 2
    assert len(eda.get("/api/v1/media?alt=missing").json()["items"]) == 1
    assert eda.get("/api/v1/media?kind=video").json()["items"] == []
    one = eda.get(f"/api/v1/media/{row['id']}").json()
    assert {"network": "linkedin", "verdict": "fits", "reasons": ["Goes as JPEG, 640 × 480."]} in one["fits"]
    change = eda.patch(f"/api/v1/media/{row['id']}", '{"alt": "A field"}', content_type="application/json")
    assert change.json()["alt"] == "A field"
    item = factories.item(image=Media.objects.get(pk=row["id"]))
    used = eda.delete(f"/api/v1/media/{row['id']}")
    assert (used.status_code, "used in 1 post" in used.json()["detail"]) == (422, True)
    item.delete()
    assert eda.delete(f"/api/v1/media/{row['id']}").status_code == 204


def test_what_is_not_taken_is_told_as_a_problem(eda: Client) -> None:
    answer = eda.post("/api/v1/media", {"file": SimpleUploadedFile("a.svg", b"<svg/>")})
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert "SVG pictures can carry scripts" in answer.json()["detail"]
    assert "Choose one or more files" in eda.post("/api/v1/media", {}).json()["detail"]
    assert eda.get("/api/v1/media?kind=songs").status_code == 422


def test_whoever_may_not_edit_finds_no_media_here(cast: Cast, client: Client) -> None:
    assert client.get("/api/v1/media").status_code == 401
    for someone in (cast.liis, cast.sten, cast.rein):
        client.force_login(someone)
        assert client.get("/api/v1/media").status_code == 404
        assert client.get("/api/v1/media/1").status_code == 404
        assert client.post("/api/v1/media", {"file": png()}).status_code in (403, 404)
        assert client.post("/api/v1/media", {}).status_code in (403, 404)
    assert not Media.objects.exists()


def test_resources_are_items_that_are_asked_for_by_that(cast: Cast, client: Client) -> None:
    factories.item("A post")
    factories.item("A guide", resource=True)
    client.force_login(cast.liis)
    assert [row["title"] for row in client.get("/api/v1/items?resource=true").json()["items"]] == ["A guide"]
    assert [row["title"] for row in client.get("/api/v1/items?resource=false").json()["items"]] == ["A post"]
    assert len(client.get("/api/v1/items").json()["items"]) == 2
