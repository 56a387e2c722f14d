"""What Kaja stands on, a card each: database, backup, mail, certificate, disk, version. The page, the API and
`kaja doctor` say the same sentences. What Kaja cannot know it does not say."""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kaja import __version__
from kaja.design.tags import megabytes
from kaja.health import certificate, names, signs, words
from kaja.health.models import Sign
from kaja.jobs.models import Failure
from kaja.networks import company_apps

OLD_BACKUP = timedelta(days=7)
AHEAD = 21  # days
INTERFACES = timedelta(days=60)  # so long before it ends, a network's version is said to end
LETTERS = [function for function, name in names.JOBS.items() if name.queue == "letters"]
REFUSED = ("mail", "unreachable", "silence", "machine")
CERTIFICATES: dict[str, Promise] = {
    "expired": gettext_lazy("Browsers refuse the pages: the certificate is past its end."),
    "name": gettext_lazy("Browsers refuse the pages: the certificate is for another name."),
    "issuer": gettext_lazy(
        "Nobody whom the public trusts vouches for it. That is right only where the company’s browsers know its issuer."
    ),
    "unreachable": gettext_lazy("This machine could not reach the pages by their public address to look."),
}
Look = Literal["ok", "warn", "bad", ""]


@dataclass(frozen=True)
class Card:
    """One thing: how it stands, in sentences. `ill` is what does not mend itself while nobody looks; `how` says what to
    do; `detail` is an error's own text; `facts` are for machines."""

    key: str
    label: str
    look: Look
    said: list[str]
    facts: dict[str, Any]
    how: str = ""
    ill: str = ""
    detail: str = ""


def read(now: datetime) -> list[Card]:
    """Four queries."""
    seen = signs.every()
    return [
        _database(),
        _backup(seen.get(Sign.Of.BACKUP), now),
        _mail(seen),
        _certificate(seen.get(Sign.Of.CERTIFICATE), now),
        _disk(),
        *_interfaces(now),
        Card("version", _("Version"), "", [f"Kaja {__version__}"], {"version": __version__}),
    ]


# --- database and disk ----------------------------------------------------------------------------------------------
def size() -> tuple[str, int]:
    """The database's engine with its version, and its size in bytes; on SQLite with what waits in its log."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('server_version'), pg_database_size(current_database())")
            version, in_bytes = cursor.fetchone()
        return f"PostgreSQL {version.split()[0]}", in_bytes
    with connection.cursor() as cursor:
        cursor.execute("SELECT file FROM pragma_database_list WHERE name = 'main'")
        (name,) = cursor.fetchone()
    files = [Path(name), Path(f"{name}-wal")] if name else []
    return f"SQLite {sqlite3.sqlite_version}", sum(file.stat().st_size for file in files if file.exists())


def written(in_bytes: int) -> str:
    """4.2 MB, 2.1 GB."""
    if in_bytes < 1_000_000_000:
        return str(megabytes(in_bytes))
    return str(megabytes(in_bytes // 1000)).replace("MB", "GB")


def _database() -> Card:
    engine, in_bytes = size()
    said = _("%(engine)s answers, %(size)s") % {"engine": engine, "size": written(in_bytes)}
    return Card("database", _("Database"), "ok", [said], {"engine": engine, "bytes": in_bytes})


def _disk() -> Card:
    disk = shutil.disk_usage(settings.DATA_DIR)
    tight = disk.free < 2_000_000_000 or disk.free * 20 < disk.total
    said = _("%(free)s of %(whole)s are free") % {"free": written(disk.free), "whole": written(disk.total)}
    ill = _("The disk is nearly full: %d MB are left.") % (disk.free // 1_000_000) if tight else ""
    facts = {"free_bytes": disk.free, "bytes": disk.total}
    return Card("disk", _("Disk"), "bad" if tight else "ok", [said], facts, ill=ill)


# --- networks that change their interface ---------------------------------------------------------------------------
def _interfaces(now: datetime) -> list[Card]:
    """A card for each network that soon serves no longer the version which was entered for it (LinkedIn)."""
    cards = []
    for network, last in company_apps.ending((now + INTERFACES).date()):
        day, facts = date_format(last, "SHORT_DATE_FORMAT"), {"network": network.key, "ends": last}
        ill = _("%(network)s ends the version of its interface on %(day)s.") % {"network": network.name, "day": day}
        how = _("Enter a newer month under Settings → Networks: posts wait from that day on.")
        look: Look = "bad" if last <= now.date() else "warn"
        cards.append(Card(f"interface-{network.key}", network.name, look, [ill], facts, how, ill))
    return cards


# --- backup ---------------------------------------------------------------------------------------------------------
def _backup(last: Sign | None, now: datetime) -> Card:
    facts = {"at": last.at if last else None, "bytes": last.size if last else None}
    how = _("Make one: kaja backup FILE. How, and how to read it back: docs/operation.md.")
    if last is None:
        said = [_("Kaja has made none here."), _("It does not see copies that other programs make.")]
        return Card("backup", _("Last backup"), "warn", said, facts, how)
    said = [_("Made %(at)s, %(size)s") % {"at": _moment(last.at), "size": written(last.size or 0)}]
    old = now - last.at > OLD_BACKUP
    if old:
        days = (now - last.at).days
        said.append(ngettext("That is %d day ago.", "That is %d days ago.", days) % days)
    return Card("backup", _("Last backup"), "warn" if old else "ok", said, facts, how if old else "")


# --- mail -----------------------------------------------------------------------------------------------------------
def _mail(seen: dict[str, Sign]) -> Card:
    sent, failed = seen.get(Sign.Of.LETTER_SENT), _last_failed(seen.get(Sign.Of.LETTER_FAILED))
    facts: dict[str, Any] = {
        "server": settings.MAIL_SERVER or None, "sent_at": sent.at if sent else None,
        "failed_at": failed.at if failed else None, "reason": failed.reason if failed else None,
    }  # fmt: skip
    if not settings.MAIL_SERVER:
        said = [_("No mail server is set: letters become files in the data folder, and nobody gets them.")]
        return Card("mail", _("Mail"), "warn", said, facts, _("Set KAJA_SMTP_URL, and start Kaja again."))
    said = [_("Letters go through %s.") % settings.MAIL_SERVER]
    said.append(_("The last one left %s.") % _moment(sent.at) if sent else _("None has left yet."))
    if failed is None or (sent and sent.at >= failed.at):
        return Card("mail", _("Mail"), "ok" if sent else "", said, facts)
    why = f"{_('The one of %s did not leave.') % _moment(failed.at)} {words.of_job(failed.reason)}"
    return Card(
        "mail", _("Mail"), "bad", [*said, why], facts, _("Look at KAJA_SMTP_URL."),
        ill=_("The last letter did not leave."), detail=failed.detail,
    )  # fmt: skip


def _last_failed(seen: Sign | None) -> Sign | None:
    """The later of what was noted and of the last job that failed over a letter: its note is rolled back with it."""
    job = Failure.objects.filter(function__in=LETTERS, reason__in=REFUSED).order_by("-last_at").first()
    if job is None or (seen and seen.at >= job.last_at):
        return seen
    return Sign(of=Sign.Of.LETTER_FAILED, at=job.last_at, reason=job.reason, detail=job.detail)


# --- certificate ----------------------------------------------------------------------------------------------------
def _certificate(seen: Sign | None, now: datetime) -> Card:
    label, where = _("Certificate"), certificate.place()
    facts: dict[str, Any] = {"place": None, "ends_at": None, "looked_at": None, "reason": None}
    if where is None:
        near = any(host in settings.BASE_URL for host in ("//localhost", "//127.0.0.1"))
        said = [_("The pages are not encrypted: %s") % settings.BASE_URL]
        said += [_("That is well on one machine only.")] if near else []
        how = "" if near else _("Put Kaja behind HTTPS and set KAJA_BASE_URL to the https address.")
        return Card("certificate", label, "" if near else "bad", said, facts, how)
    about = f"{where[0]}:{where[1]}"
    facts["place"] = about
    if seen is None or seen.about != about:
        return Card("certificate", label, "", [_("Not looked at yet: a worker does so every six hours.")], facts)
    facts |= {"ends_at": seen.ends_at, "looked_at": seen.at, "reason": seen.reason or None}
    said, look, ill = [], "ok", ""
    if seen.ends_at:
        said, look, ill = _end(seen.ends_at, now)
    if seen.reason and not (seen.reason == "expired" and ill):
        sentence = str(CERTIFICATES.get(seen.reason, CERTIFICATES["issuer"]))
        said.append(sentence)
        refused = seen.reason in ("expired", "name")
        look, ill = ("bad", ill or sentence) if refused else (look if look == "bad" else "warn", ill)
    how = _("Renew it where HTTPS is answered, in front of Kaja.") if ill else ""
    return Card("certificate", label, look, said, facts, how, ill, seen.detail)  # type: ignore[arg-type]


def _end(ends_at: datetime, now: datetime) -> tuple[list[str], str, str]:
    """What is said of its end, the look, and what is ill about it."""
    days, day = (ends_at - now).days, date_format(timezone.localtime(ends_at), "DATE_FORMAT")
    if ends_at <= now:
        ill = _("The certificate of the pages ended on %s: browsers refuse them.") % day
        return [ill], "bad", ill
    said = ngettext("Good for %d day more, until %%s", "Good for %d days more, until %%s", days) % days % day
    if days > AHEAD:
        return [said], "ok", ""
    ill = ngettext(
        "The certificate of the pages ends in %d day.", "The certificate of the pages ends in %d days.", days
    )
    return [said], "warn", ill % days


def _moment(at: datetime) -> str:
    return date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT")
