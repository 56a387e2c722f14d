"""Counting: from the click log to rows and roll-ups, each line exactly once (E2).

The clicks, the roll-ups and the position in the log are stored in one transaction. A counter that dies has stored all
of them or none; two counters at once wait for each other at the Tally row, and the second finds the position moved.
"""

import logging
import socket
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from kaja.jobs import facts
from kaja.links import clicklog, rollups, visitors
from kaja.links.behaviour import REPEAT_SECONDS, Behaviour
from kaja.links.models import Click, LogPosition, ShortLink, Tally

_AT_ONCE = 900_000  # bytes of log in one transaction, some 5,000 clicks: on SQLite pages that write wait as long
_OVERLAP = timedelta(seconds=REPEAT_SECONDS)
_remembered: tuple[int, Behaviour] | None = None
_log = logging.getLogger(__name__)


class Hit(NamedTuple):
    """A line of the log."""

    at: float
    link: int
    how: str
    network: str
    referrer: str
    agent: str


def turn(*, worker: str) -> bool:
    """Count one portion of each segment on this machine; true when there was anything to count.

    `worker` is the name of who counts. Any number may call this at once, on any number of machines.
    """
    found = list(clicklog.segments(settings.CLICKLOG_DIR))
    if not found:
        return False
    names = [segment.name for segment in found]
    offsets = dict(LogPosition.objects.filter(segment__in=names).values_list("segment", "offset"))
    lines = sum(_count(segment, offsets.get(segment.name, 0)) for segment in found)
    if lines:
        _log.info("%s counted %s lines of the click log", worker, lines)
    return lines > 0


def _count(segment: Path, offset: int) -> int:
    """Count a portion of a segment; how many lines there were."""
    try:
        portion = clicklog.read(segment, offset, most=_AT_ONCE)
    except FileNotFoundError:
        return 0  # Another counter was faster and has tidied up.
    if portion.lines and not _store(portion, segment.name, offset):
        return len(portion.lines)
    if portion.finished:
        segment.unlink(missing_ok=True)
    return len(portion.lines)


def _parse(lines: Sequence[bytes]) -> list[Hit]:
    hits = []
    for line in lines:
        try:
            at, link, how, network, referrer, agent = line.decode("latin-1").split("\t", 5)
            hits.append(Hit(int(at) / 1000, int(link), how, network, referrer, agent))
        except ValueError:
            _log.error("A line of the click log cannot be read: %r", line[:200])
    return hits


def _as_stored(hits: Sequence[Hit]) -> list[Click]:
    """Rows with everything that a single hit tells; what other hits tell comes in `judge`."""
    host = urlsplit(settings.LINK_BASE_URL).netloc
    salts: dict[date, bytes] = {}
    clicks = []
    for hit in hits:
        at = datetime.fromtimestamp(hit.at, UTC)
        salt = salts.get(at.date()) or salts.setdefault(at.date(), visitors.salt_of(at.date()))
        said = visitors.of_line(hit.how, hit.agent)
        clicks.append(
            Click(
                link_id=hit.link,
                at=at,
                kind=said.kind,
                rule=said.rule,
                rules=said.version,
                visitor=visitors.visitor_key(salt, host, hit.network, hit.agent),
                source=visitors.source_key(salt, hit.network),
                user_agent=hit.agent,
                referrer=hit.referrer,
            )
        )
    return clicks


def _store(portion: clicklog.Portion, segment: str, offset: int) -> bool:
    """Store a portion in one transaction; false when somebody else has counted it meanwhile."""
    global _remembered
    clicks = _as_stored(_parse(portion.lines))
    remembered, _remembered = _remembered, None
    with transaction.atomic():
        tally = held_tally()
        position = LogPosition.objects.filter(segment=segment).first() or LogPosition(segment=segment)
        if position.offset != offset:
            return False
        clicks = _of_known_links(clicks)
        if clicks:
            behaviour = _behaviour(remembered, tally, clicks)
            for click in clicks:
                judge(click, behaviour)
            rollups.add(clicks)
            Click.objects.bulk_create(clicks)
            note_first_clicks(clicks)
        position.machine, position.offset = socket.gethostname()[:64], portion.end
        position.save()
        tally.serial += 1
        tally.save(update_fields=["serial"])
    if clicks:
        _remembered = (tally.serial, behaviour)
    return True


def held_tally() -> Tally:
    """The Tally row, held until the caller's transaction ends."""
    tally, _made = Tally.objects.select_for_update().get_or_create(pk=1, defaults={"rules": visitors.RULES_VERSION})
    return tally


def _of_known_links(clicks: Sequence[Click]) -> list[Click]:
    numbers = {click.link_id for click in clicks}
    known = set(ShortLink.objects.filter(pk__in=numbers).values_list("pk", flat=True))
    if unknown := numbers - known:
        _log.error("The click log names links that do not exist: %s", sorted(unknown)[:20])
    return sorted((click for click in clicks if click.link_id in known), key=lambda click: click.at)


def _behaviour(remembered: tuple[int, Behaviour] | None, tally: Tally, clicks: Sequence[Click]) -> Behaviour:
    """What happened just before these clicks: remembered when nobody else has counted since, or read."""
    start = clicks[0].at.timestamp()
    if remembered and remembered[0] == tally.serial and remembered[1].reaches(start):
        remembered[1].forget_before(start)
        return remembered[1]
    behaviour = Behaviour(start)
    # Segments of several servers overlap in time: what was counted of the others is looked at, too.
    behaviour.read(until=clicks[-1].at + _OVERLAP, sources={click.source for click in clicks})
    return behaviour


def judge(click: Click, behaviour: Behaviour) -> None:
    """Give a hit its final class, and let the behaviour remember it."""
    at = click.at.timestamp()
    if click.kind == "person":
        click.kind, click.rule = behaviour.judge(at=at, link=click.link_id, visitor=click.visitor, source=click.source)
    behaviour.remember(at=at, link=click.link_id, kind=click.kind, visitor=click.visitor, source=click.source)


def note_first_clicks(clicks: Iterable[Click]) -> None:
    """Write down when a link got its first click by another person than its owner, and record the fact, once."""
    first: dict[int, datetime] = {}
    for click in clicks:
        if click.kind == "person":
            first.setdefault(click.link_id, click.at)
    fresh = list(ShortLink.objects.filter(pk__in=first, first_click_at=None))
    for link in fresh:
        link.first_click_at = first[link.pk]
    ShortLink.objects.bulk_update(fresh, ["first_click_at"], batch_size=200)
    for link in fresh:
        facts.record("link.first_click", link=link.pk)
