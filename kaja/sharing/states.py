"""The states of a share as a graph on one screen. An impossible graph fails at import.

A share that a delegate prepared begins as `waiting`: only its person's approval makes it planned, and delivery knows no
way from `waiting` to `sending`.

A share is a row that knows its own plan: `planned` with `not_before`; a worker claims it (`sending`), the network
answers (`published`, `failed`) or does not (`unknown`). A share by dialog begins as `unknown`: only its person, or the
first click of somebody else, can say that it went out; one that waits for a second look (looks.py) is `held` before
that. A network's receipt is proof: however late it comes, and whatever was believed meanwhile, the share is then
`published`.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    WAITING = "waiting", _("Waits for approval")
    PLANNED = "planned", _("Planned")
    HELD = "held", _("On hold")
    SENDING = "sending", _("Sending")
    PUBLISHED = "published", _("Published")
    UNKNOWN = "unknown", _("Not sure")
    FAILED = "failed", _("Did not go out")
    CANCELLED = "cancelled", _("Cancelled")
    REMOVED = "removed", _("Removed")


S = State
START = frozenset({S.WAITING, S.PLANNED, S.UNKNOWN})
GRAPH: dict[State, frozenset[State]] = {
    S.WAITING: frozenset({S.PLANNED, S.CANCELLED}),
    S.PLANNED: frozenset({S.SENDING, S.HELD, S.CANCELLED, S.PUBLISHED}),
    S.HELD: frozenset({S.PLANNED, S.UNKNOWN, S.CANCELLED, S.PUBLISHED}),
    S.SENDING: frozenset({S.PUBLISHED, S.PLANNED, S.HELD, S.FAILED, S.UNKNOWN, S.CANCELLED}),
    S.UNKNOWN: frozenset({S.PUBLISHED, S.PLANNED, S.FAILED, S.CANCELLED}),
    S.PUBLISHED: frozenset({S.REMOVED}),
    S.FAILED: frozenset({S.PLANNED, S.CANCELLED, S.PUBLISHED}),
    S.CANCELLED: frozenset({S.PUBLISHED}),
    S.REMOVED: frozenset(),
}


class ImpossibleStep(Exception):
    """A share cannot go from this state to that one."""


def check(graph: dict[State, frozenset[State]], start: frozenset[State]) -> None:
    """Raise ImpossibleStep unless every state is in the graph and can be reached from a start."""
    if set(graph) != set(State):
        raise ImpossibleStep("Every state needs its row in the graph.")
    reached, edge = set(start), set(start)
    while edge:
        edge = {after for state in edge for after in graph[state]} - reached
        reached |= edge
    if reached != set(State):
        raise ImpossibleStep(f"Never reached: {set(State) - reached}")


def before(after: State) -> frozenset[State]:
    """The states from which a share may come into `after`."""
    return frozenset(state for state, following in GRAPH.items() if after in following)


check(GRAPH, START)
