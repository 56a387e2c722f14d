"""What Kaja stands on: backup, mail, certificate, database; the page, the API and `kaja doctor` say the same."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from smtplib import SMTPRecipientsRefused
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends import smtp
from django.db import transaction
from django.test import Client
from django.utils import timezone
from pytest_django import Settings as SettingsWrapper

from kaja.commands import backups, examination
from kaja.commands.examination import Ill
from kaja.health import around, signs, standing
from kaja.health.around import Card
from kaja.health.models import Sign
from kaja.jobs.models import Failure, WorkerLife
from kaja.networks import company_apps
from kaja.networks.catalogue import BY_KEY
from kaja.networks.models import NetworkApp
from kaja.people.models import Person
from tests.cast import Cast

SignIn = Callable[[Person], Client]


def card(key: str) -> Card:
    return next(one for one in around.read(timezone.now()) if one.key == key)


def text(one: Card) -> str:
    return " ".join(one.said)


def free_port() -> int:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return int(line.getsockname()[1])


# --- database -------------------------------------------------------------------------------------------------------
def test_the_database_tells_its_engine_and_a_size_that_grows(cast: Cast) -> None:
    engine, before = around.size()
    assert re.fullmatch(r"(SQLite|PostgreSQL) \d+\.\d+(\.\d+)?", engine)
    assert before > 10_000
    assert re.search(r"answers, [\d.,]+ [kMG]B$", text(card("database")))


@pytest.mark.parametrize(
    ("size", "said"), [(8_700, "9 kB"), (4_200_000, "4.2 MB"), (2_100_000_000, "2.1 GB"), (61_000_000_000, "61 GB")]
)
def test_sizes_are_written_as_people_read_them(size: int, said: str) -> None:
    assert around.written(size) == said


# --- backup ---------------------------------------------------------------------------------------------------------
def test_without_a_backup_it_says_so_and_how_to_make_one(cast: Cast) -> None:
    seen = card("backup")
    assert (seen.look, seen.ill) == ("warn", "")
    assert "Kaja has made none here." in text(seen)
    assert "kaja backup FILE" in seen.how


@pytest.mark.django_db(transaction=True)
def test_a_backup_that_is_whole_is_noted_with_its_size(cast: Cast, tmp_path: Path) -> None:
    file = tmp_path / "kaja.tar.gz"
    backups.write(str(file))
    seen = card("backup")
    assert seen.look == "ok"
    assert seen.facts["bytes"] == file.stat().st_size
    assert text(seen).startswith("Made ")


def test_a_backup_that_broke_off_is_not_noted(cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(backups, "_add_media", full)
    with pytest.raises(OSError, match="No space"), transaction.atomic():
        backups.write(str(tmp_path / "kaja.tar.gz"))
    assert not Sign.objects.exists()


def test_an_old_backup_warns(cast: Cast) -> None:
    signs.backup(size=1)
    Sign.objects.update(at=timezone.now() - timedelta(days=12))
    seen = card("backup")
    assert (seen.look, seen.said[1]) == ("warn", "That is 12 days ago.")


def test_signs_are_of_this_installation_and_stay_out_of_backups() -> None:
    assert Sign not in backups.tables()


# --- mail -----------------------------------------------------------------------------------------------------------
def test_without_a_server_it_says_that_nobody_gets_letters(cast: Cast, settings: SettingsWrapper) -> None:
    settings.MAIL_SERVER = ""
    seen = card("mail")
    assert (seen.look, seen.ill) == ("warn", "")
    assert "nobody gets them" in text(seen)
    assert "KAJA_SMTP_URL" in seen.how


@pytest.fixture
def server(settings: SettingsWrapper, monkeypatch: pytest.MonkeyPatch) -> list[BaseException | None]:
    """A mail server behind Kaja's own backend; what is put into the list is how the next letter ends (None: taken)."""
    ends: list[BaseException | None] = []

    def answer(_self: object, letters: list[object]) -> int:
        end = ends.pop(0)
        if end:
            raise end
        return len(letters)

    settings.MAIL_SERVER, settings.EMAIL_BACKEND = "mail.example.com", "kaja.health.letters.Server"
    monkeypatch.setattr(smtp.EmailBackend, "send_messages", answer)
    return ends


@pytest.mark.django_db(transaction=True)
def test_the_last_letter_is_noted_and_a_refusal_after_it_is_an_illness_until_one_leaves(
    cast: Cast, server: list[BaseException | None]
) -> None:
    assert text(card("mail")) == "Letters go through mail.example.com. None has left yet."
    server += [None, SMTPRecipientsRefused({"liis@x.example": (550, b"no")}), None]
    mail.send_mail("a", "b", None, ["liis@x.example"])
    assert card("mail").look == "ok"
    with pytest.raises(SMTPRecipientsRefused):
        mail.send_mail("a", "b", None, ["liis@x.example"])
    seen = card("mail")
    assert (seen.look, seen.ill) == ("bad", "The last letter did not leave.")
    assert "The mail server did not take the letter." in text(seen)
    assert "SMTPRecipientsRefused" in seen.detail
    assert "The last letter did not leave." in standing.read().worst()
    mail.send_mail("a", "b", None, ["liis@x.example"])
    assert (card("mail").look, card("mail").ill) == ("ok", "")


@pytest.mark.django_db(transaction=True)
def test_a_letter_whose_transaction_is_rolled_back_leaves_no_sign_and_the_job_tells(
    cast: Cast, server: list[BaseException | None]
) -> None:
    server += [ConnectionRefusedError("nobody there")]
    with pytest.raises(ConnectionRefusedError), transaction.atomic():
        mail.send_mail("a", "b", None, ["liis@x.example"])
    assert not Sign.objects.exists()
    Failure.objects.create(function="kaja.content.notes.tell", reason="unreachable", next_at=timezone.now())
    seen = card("mail")
    assert seen.look == "bad"
    assert "Another server could not be reached." in text(seen)


def test_a_job_that_failed_over_something_else_says_nothing_about_mail(
    cast: Cast, server: list[BaseException | None]
) -> None:
    Failure.objects.create(function="kaja.content.notes.tell", reason="gone")
    Failure.objects.create(function="kaja.content.importing.run", reason="unreachable")
    assert card("mail").look == ""


# --- certificate ----------------------------------------------------------------------------------------------------
def noted(days: float | None, reason: str = "") -> Card:
    ends = timezone.now() + timedelta(days=days) if days is not None else None
    signs.certificate(about="kaja.example.com:443", ends_at=ends, reason=reason)
    return card("certificate")


@pytest.mark.parametrize(
    ("address", "look", "said"),
    [
        ("http://localhost:8000", "", "That is well on one machine only."),
        ("http://kaja.example.com", "bad", "The pages are not encrypted: http://kaja.example.com"),
        ("https://kaja.example.com", "", "Not looked at yet"),
    ],
)
def test_before_it_was_looked_at(cast: Cast, settings: SettingsWrapper, address: str, look: str, said: str) -> None:
    settings.BASE_URL = address
    assert card("certificate").look == look
    assert said in text(card("certificate"))


@pytest.mark.parametrize(
    ("days", "reason", "look", "ill"),
    [
        (60.5, "", "ok", ""),
        (22.5, "", "ok", ""),
        (21.5, "", "warn", "The certificate of the pages ends in 21 days."),
        (1.5, "", "warn", "The certificate of the pages ends in 1 day."),
        (60.5, "name", "bad", "Browsers refuse the pages: the certificate is for another name."),
        (60.5, "issuer", "warn", ""),
        (60.5, "unreachable", "warn", ""),
        (10.5, "unreachable", "warn", "The certificate of the pages ends in 10 days."),
        (None, "unreachable", "warn", ""),
    ],
)
def test_its_end_warns_three_weeks_ahead_and_what_browsers_refuse_is_an_illness(
    cast: Cast, settings: SettingsWrapper, days: float | None, reason: str, look: str, ill: str
) -> None:
    settings.BASE_URL = "https://kaja.example.com"
    seen = noted(days, reason)
    assert (seen.look, seen.ill) == (look, ill)
    assert (ill in standing.read().worst()) == bool(ill)


def test_one_that_has_ended_is_an_illness_said_once(cast: Cast, settings: SettingsWrapper) -> None:
    settings.BASE_URL = "https://kaja.example.com"
    seen = noted(-2.5, "expired")
    assert seen.look == "bad"
    assert seen.said == [seen.ill]
    assert seen.ill.startswith("The certificate of the pages ended on ")


def test_what_was_seen_of_another_address_is_not_told(cast: Cast, settings: SettingsWrapper) -> None:
    settings.BASE_URL = "https://kaja.example.com"
    noted(3)
    settings.BASE_URL = "https://new.example.com"
    assert "Not looked at yet" in text(card("certificate"))


# --- the same everywhere --------------------------------------------------------------------------------------------
def test_the_page_shows_the_cards(cast: Cast, signed_in: SignIn, settings: SettingsWrapper) -> None:
    settings.BASE_URL = "https://kaja.example.com"
    noted(9.5)
    WorkerLife.objects.create(name="w", seen_at=timezone.now(), started_at=timezone.now())
    page = " ".join(signed_in(cast.aado).get("/settings/jobs/").content.decode().split())
    assert "Good for 9 days more" in page
    assert "The certificate of the pages ends in 9 days." in page
    assert "Kaja has made none here." in page
    assert "Posts go out on time." not in page


def test_the_doctor_says_the_same(cast: Cast, settings: SettingsWrapper) -> None:
    settings.BASE_URL = "https://kaja.example.com"
    assert examination.CHECKS["backup"]().startswith("Kaja has made none here.")
    noted(30.5)
    assert examination.CHECKS["certificate"]().startswith("Good for 30 days more")
    noted(9.5)
    with pytest.raises(Ill, match="ends in 9 days"):
        examination.CHECKS["certificate"]()
    assert examination.CHECKS["jobs"]() == "nothing waits for a decision"  # said once


def test_the_doctor_asks_the_mail_server_and_tells_of_the_last_letter(
    cast: Cast, settings: SettingsWrapper, server: list[BaseException | None]
) -> None:
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    with pytest.raises(Ill, match="does not answer"):
        examination.CHECKS["mail"]()
    with socket.create_server(("127.0.0.1", settings.EMAIL_PORT)):
        assert "None has left yet." in examination.CHECKS["mail"]()
        Failure.objects.create(function="kaja.content.notes.tell", reason="mail")
        with pytest.raises(Ill, match="The last letter did not leave"):
            examination.CHECKS["mail"]()


def test_rest_tells_it_and_no_errors_own_text(cast: Cast, settings: SettingsWrapper) -> None:
    from kaja.people import tokens

    settings.MAIL_SERVER = "mail.example.com"
    Failure.objects.create(function="kaja.content.notes.tell", reason="mail", detail="550 liis@x.example")
    signs.backup(size=77)
    answer = Client().get("/api/v1/health", headers={"Authorization": f"Bearer {tokens.create(person=cast.aado)}"})
    cards: dict[str, Any] = {one["key"]: one for one in answer.json()["around"]}
    assert list(cards) == ["database", "backup", "mail", "certificate", "disk", "version"]
    assert (cards["backup"]["well"], cards["backup"]["bytes"]) == (True, 77)
    assert (cards["mail"]["well"], cards["mail"]["reason"]) == (False, "mail")
    assert "liis@x.example" not in answer.content.decode()
    assert [len(answer.json()["last_day"][name]) for name in ("out", "failed", "longest_wait_seconds")] == [24] * 3


# --- networks that change their interface -----------------------------------------------------------------------------
def test_that_linkedin_ends_the_version_of_its_interface_is_told_two_months_ahead(cast: Cast) -> None:
    def told(version: str) -> Card | None:
        NetworkApp.objects.all().delete()
        company_apps.save(
            person=cast.aado, network=BY_KEY["linkedin"],
            given={"client_id": "a", "client_secret": "b", "version": version},
        )  # fmt: skip
        return next((one for one in around.read(now) if one.key == "interface-linkedin"), None)

    now = datetime(2027, 7, 20, 9, tzinfo=UTC)
    assert told("202610") is None
    soon = told("202609")
    assert soon is not None
    assert (soon.look, soon.facts["ends"]) == ("warn", date(2027, 9, 15))
    assert "LinkedIn" in soon.ill
    gone = told("202607")
    assert gone is not None
    assert gone.look == "bad"
