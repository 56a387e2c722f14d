"""How a failed job and a delivery in trouble read in a list."""

from __future__ import annotations

from dataclasses import dataclass

from kaja.health import names, words
from kaja.jobs import why
from kaja.jobs.models import Failure
from kaja.jobs.tasks import ATTEMPTS
from kaja.networks.catalogue import BY_KEY
from kaja.networks.contract import Network
from kaja.sharing import delivery, reasons, rows
from kaja.sharing.models import Share
from kaja.sharing.states import State


@dataclass(frozen=True)
class Job:
    """A job that failed."""

    failure: Failure
    most: int = ATTEMPTS

    @property
    def value(self) -> str:
        """What the page's form sends for it."""
        return f"job-{self.failure.pk}"

    @property
    def label(self) -> str:
        return str(names.job(self.failure.function).label)

    @property
    def about(self) -> str:
        """The numbers it was about. Texts and addresses stay out of sight: a link may be somebody's way in."""
        numbers = {name: value for name, value in self.failure.arguments.items() if type(value) is int}
        return ", ".join(f"{name} {value}" for name, value in numbers.items())

    @property
    def why(self) -> str:
        return words.of_job(self.failure.reason)

    @property
    def temporary(self) -> bool:
        return self.failure.reason in why.TEMPORARY

    @property
    def lost(self) -> str:
        """What is lost when it is given up."""
        return str(names.QUEUES[names.job(self.failure.function).queue][1])


@dataclass(frozen=True)
class Post:
    """A post that Kaja was to bring out and that did not go out, or that nobody is sure of."""

    share: Share
    most: int = delivery.ATTEMPTS

    @property
    def value(self) -> str:
        return f"post-{self.share.pk}"

    @property
    def network(self) -> Network:
        return BY_KEY[self.share.network]

    @property
    def look(self) -> str:
        return rows.LOOKS[self.share.state].tag

    @property
    def icon(self) -> str:
        return rows.LOOKS[self.share.state].icon

    @property
    def label(self) -> str:
        return str(State(self.share.state).label)

    @property
    def why(self) -> str:
        return words.of_delivery(self.share)

    @property
    def unsure(self) -> bool:
        return self.share.state == State.UNKNOWN

    @property
    def looked_for(self) -> bool:
        """Trying again looks for it; else its person is asked once more."""
        return self.unsure and reasons.can_look(self.share)
