"""Media on the disk or in a store that speaks S3: the same verbs, tried on a real Swift."""

import os
import tarfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.test import Client
from PIL import Image
from storages.backends.s3 import S3Storage

from kaja.commands import backups, examination
from kaja.content import files, media
from kaja.content.models import Media
from kaja.people.models import Person
from kaja.settings import storage
from tests.cast import Cast
from tests.content.test_media import FIXTURES, body, pdf, picture
from tests.peers import swift_server

SignIn = Callable[[Person], Client]
pytestmark = pytest.mark.one_database


@pytest.fixture(scope="module")
def swift() -> Iterator[str]:
    if not (swift_server.HOME / "bin" / "swift-proxy-server").exists():
        absent = "No Swift on this machine (see tests/peers/swift_server.py)."
        pytest.fail(absent) if os.environ.get("CI") else pytest.skip(absent)
    with swift_server.running() as address:
        S3Storage(**storage(address)["OPTIONS"]).connection.create_bucket(Bucket=swift_server.BUCKET)
        yield address


@pytest.fixture
def store(swift: str, settings: Any) -> str:
    """Media lie in Swift, in a bucket that is there."""
    settings.MEDIA_IS_REMOTE = True
    settings.STORAGES = {**settings.STORAGES, "default": storage(f"{swift}&prefix=media")}
    return swift


def kept(person: Person, content: bytes, name: str) -> Media:
    return media.receive(person=person, file=BytesIO(content), size=len(content), name=name)


def test_pictures_films_and_documents_live_in_the_store(store: str, cast: Cast, signed_in: SignIn) -> None:
    liis = signed_in(cast.liis)
    row = kept(cast.eda, picture(size=(1300, 700)), "a.jpg")
    assert Image.open(BytesIO(body(liis.get(row.path)))).width == 1200
    assert media.for_network(row, most_bytes=2_000_000)[1] == 1300
    film = kept(cast.eda, (FIXTURES / "place.mp4").read_bytes(), "b.mp4")
    whole = body(liis.get(film.path))
    assert b"Secret place" not in whole
    part = liis.get(film.path, headers={"range": "bytes=100-199"})
    assert (part.status_code, body(part)) == (206, whole[100:200])
    paper = kept(cast.eda, pdf(), "c.pdf")
    assert body(liis.get(paper.path)).startswith(b"%PDF-")
    assert Image.open(BytesIO(body(liis.get(paper.small_path)))).width == 480
    media._erase(Media(sha256="0" * 64, kind="video", file=film.file.name))
    assert liis.get(film.path).status_code == 404


def test_the_doctor_writes_and_reads_there(store: str) -> None:
    assert examination._media() == "the store of KAJA_MEDIA_URL can be written and read"


def test_a_store_that_does_not_let_us_in_is_told_in_a_sentence(store: str, cast: Cast, settings: Any) -> None:
    wrong = store.replace(swift_server.SECRET, "another-secret")
    settings.STORAGES = {**settings.STORAGES, "default": storage(wrong)}
    with pytest.raises(ValidationError, match="could not be stored just now"):
        kept(cast.eda, picture(size=(30, 20)), "a.jpg")
    assert not Media.objects.exists()
    assert files.size("pictures/none.webp") is None
    with pytest.raises(examination.Ill, match="cannot be written and read"):
        examination._media()


@pytest.mark.django_db
def test_the_doctor_looks_at_the_disk_too(settings: Any, tmp_path: Path) -> None:
    assert "can be written and read" in examination._media()
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    settings.MEDIA_ROOT = str(blocked)
    with pytest.raises(examination.Ill, match="cannot be written"):
        examination._media()


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("s3://host/bucket", "must look like"),
        ("ftp://key:secret@host/bucket", "must look like"),
        ("s3://key:secret@host", "must look like"),
        ("s3://key:secret@host/a/b", "must look like"),
        ("s3://key:secret@host/bucket?acl=public", "and not 'acl'"),
        ("s3://key:secret@host/bucket?tls=yes", "tls is 1 or 0"),
    ],
)
def test_a_wrong_address_of_the_store_stops_the_start_with_a_sentence(address: str, sentence: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=sentence):
        storage(address)


def test_the_address_of_the_store_says_everything_about_it() -> None:
    options = storage("s3://a%3Ab:c%2Fd@s3.example.com:9000/kaja?region=eu-north-1&prefix=media&style=virtual")[
        "OPTIONS"
    ]
    assert options["endpoint_url"] == "https://s3.example.com:9000"
    assert (options["access_key"], options["secret_key"], options["bucket_name"]) == ("a:b", "c/d", "kaja")
    assert (options["region_name"], options["location"]) == ("eu-north-1", "media")
    assert options["client_config"].s3 == {"addressing_style": "virtual"}
    assert options["default_acl"] is None


def test_a_backup_takes_media_out_of_a_store_and_brings_them_back(store: str, cast: Cast, tmp_path: Path) -> None:
    row = kept(cast.eda, picture(size=(30, 20)), "a.jpg")
    name = row.file.name or ""
    content = files.read(name)
    assert name in set(files.everything())
    archive = tmp_path / "media.tar"
    with tarfile.open(archive, "w") as out:
        backups._add_media(out)
    files.remove(name)
    with tarfile.open(archive) as back:
        backups._media(back)
    assert files.read(name) == content


def test_a_backup_that_reaches_out_of_the_media_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "evil.tar"
    with tarfile.open(archive, "w") as out:
        backups._add(out, "media/../../evil.txt", b"x")
    with tarfile.open(archive) as back, pytest.raises(ValueError, match="outside the media"):
        backups._media(back)
