"""What one request cannot show: the same visitor again, too many requests from one place (measurement.md 3.4)."""

from collections import deque
from collections.abc import Collection
from datetime import UTC, datetime

from kaja.links.models import Click

REPEAT_SECONDS = 10.0
MINUTE = 60.0
PER_MINUTE = 20
LINKS_SECONDS = 10.0
LINKS = 5


class Behaviour:
    """A window over the latest hits, fed in the order of time. Times are seconds since 1970."""

    def __init__(self, start: float) -> None:
        self._start = start - MINUTE
        self._clicked: dict[tuple[int, str], float] = {}
        self._seen: dict[str, deque[tuple[float, int]]] = {}

    def reaches(self, moment: float) -> bool:
        """Whether everything is remembered that a hit of this moment is judged by."""
        return self._start <= moment - MINUTE

    def read(self, *, until: datetime, sources: Collection[str] | None = None) -> None:
        """Remember the stored hits of the window: of these sources (or all), and the latest clicks of everybody."""
        since = datetime.fromtimestamp(self._start, UTC)
        late = datetime.fromtimestamp(self._start + MINUTE - REPEAT_SECONDS, UTC)
        window = Click.objects.filter(at__gte=since, at__lt=until).order_by("at")
        for at, link, kind, visitor, source in window.values_list("at", "link_id", "kind", "visitor", "source"):
            if sources is None or source in sources or at >= late:
                self.remember(at=at.timestamp(), link=link, kind=kind, visitor=visitor, source=source)

    def forget_before(self, moment: float) -> None:
        """Let go of what no hit from this moment on is judged by."""
        self._start = moment - MINUTE
        self._clicked = {who: at for who, at in self._clicked.items() if at >= moment - REPEAT_SECONDS}
        self._seen = {source: hits for source, hits in self._seen.items() if hits and hits[-1][0] >= self._start}

    def remember(self, *, at: float, link: int, kind: str, visitor: str, source: str) -> None:
        """Take note of a hit that has its class."""
        if source:
            self._seen.setdefault(source, deque()).append((at, link))
        if kind == "person":
            self._clicked[link, visitor] = at

    def judge(self, *, at: float, link: int, visitor: str, source: str) -> tuple[str, str]:
        """Class and rule of a hit that by itself looks like a person's. `remember` it afterwards."""
        if source and (reason := self._suspicion(at, link, source)):
            return "suspicious", reason
        last = self._clicked.get((link, visitor))
        if last is not None and abs(at - last) <= REPEAT_SECONDS:
            return "repeat", "same visitor within 10 s"
        return "person", "browser"

    def _suspicion(self, at: float, link: int, source: str) -> str:
        hits = self._seen.get(source)
        if not hits:
            return ""
        while hits and hits[0][0] < at - MINUTE:
            hits.popleft()
        if len(hits) >= PER_MINUTE:
            return "over 20 requests a minute"
        recent = {link}
        for moment, other in reversed(hits):
            if moment < at - LINKS_SECONDS:
                break
            recent.add(other)
        return "over 5 links in 10 s" if len(recent) > LINKS else ""
