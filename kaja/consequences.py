"""When this has happened, then that: the one place that joins cause and effect. Names only, never an `if`."""

TABLE: dict[str, tuple[str, ...]] = {
    "share.published": ("kaja.measurement.collecting.begin",),
    "credits.back": ("kaja.sharing.credit.back",),
    "share.unknown": ("kaja.sharing.settling.look",),
    "share.undecided": ("kaja.sharing.notices.undecided",),
    "share.held": ("kaja.sharing.looks.catch_up", "kaja.sharing.notices.held"),
    "share.failed": ("kaja.sharing.notices.failed",),
    "look.asked": ("kaja.sharing.looks.tell_asked",),
    "look.decided": ("kaja.sharing.looks.tell_decided",),
    "share.missing": ("kaja.sharing.settling.missing",),
    "correction.asked": ("kaja.sharing.correcting.carry_out",),
    "link.first_click": ("kaja.sharing.settling.confirm_by_click",),
    "account.needs_reconnect": ("kaja.sharing.delivery.hold",),
    "account.broke": ("kaja.networks.expiry.tell",),
    "account.figures_allowed": ("kaja.measurement.collecting.catch_up",),
    "account.reconnected": ("kaja.sharing.delivery.release", "kaja.measurement.collecting.resume"),
    "network_app.forgotten": ("kaja.sharing.keyless.hold",),
    "network_app.saved": ("kaja.sharing.keyless.release", "kaja.measurement.collecting.wake"),
    "item.preview_changed": ("kaja.sharing.previews.refresh",),
    "item.withdrawn": ("kaja.sharing.shares.cancel_planned", "kaja.sharing.delegates.item_withdrawn"),
    "item.ends_sooner": ("kaja.sharing.notices.shortened",),
    "item.approved": ("kaja.content.ideas.item_approved", "kaja.content.own_posts.tell_approved"),
    "item.returned": ("kaja.content.own_posts.tell_returned",),
    "crisis.begun": ("kaja.sharing.crisis.catch_up", "kaja.sharing.telling.begun"),
    "crisis.rehearsed": ("kaja.sharing.crisis.catch_up", "kaja.sharing.telling.rehearsed"),
    "crisis.ended": ("kaja.sharing.telling.ended",),
    "idea.answered": ("kaja.content.ideas.tell",),
    "note.answered": ("kaja.content.notes.tell",),
    "delegation.begun": ("kaja.people.delegations.tell",),
    "delegation.ended": ("kaja.people.delegations.tell",),
    "person.closed": ("kaja.people.delegations.left", "kaja.sharing.delegates.left"),
    "preparation.made": ("kaja.sharing.delegate_letters.ask",),
    "preparation.decided": ("kaja.sharing.delegate_letters.answer",),
}

# Of these, what asks a network: it may answer slowly, and nothing else waits for that.
OUTSIDE: frozenset[str] = frozenset(
    {"kaja.sharing.settling.look", "kaja.sharing.settling.missing", "kaja.networks.own_limits.read"}
)

# Of these, what waits in the queue is done by one call: function -> the one that takes a list of their arguments.
TOGETHER: dict[str, str] = {"kaja.measurement.collecting.begin": "kaja.measurement.collecting.begin_many"}

# What a worker does all the time: `turn(*, worker) -> bool`, true when there was something to do.
STEADY: tuple[str, ...] = (
    "kaja.links.counting.turn",
    "kaja.sharing.places.turn",
)

# What happens again and again: function -> seconds from one start to the next.
SCHEDULE: dict[str, int] = {
    "kaja.links.retention.forget_old": 3600,
    "kaja.links.recounting.recount": 3600,
    "kaja.networks.connecting.renew_due": 3600,
    "kaja.content.feeds.read_due": 60,
    "kaja.content.feeds.forget_old": 3600,
    "kaja.people.imports.forget_old": 3600,
    "kaja.people.delegations.end_due": 3600,
    "kaja.sharing.delegates.lapse_over": 600,
    "kaja.content.searching.catch_up": 300,
    "kaja.content.reminders.send_due": 600,
    "kaja.content.ranking.recount": 3600,
    "kaja.networks.expiry.announce": 3600,
    "kaja.networks.expiry.renew_ahead": 3600,
    "kaja.networks.own_limits.read_due": 24 * 3600,
    "kaja.sharing.settling.sweep": 15,
    "kaja.sharing.correcting.run_due": 5,
    "kaja.sharing.credit.probe": 900,
    "kaja.sharing.keyless.probe": 900,
    "kaja.sharing.wording.recount": 3600,
    "kaja.sharing.delivery.release_tomorrow": 60,
    "kaja.sharing.looks.escalate_due": 60,
    "kaja.measurement.best_time.refresh": 6 * 3600,
    "kaja.measurement.rollups.refresh": 5,
    "kaja.measurement.rollups.verify": 3600,
    "kaja.measurement.heads.take": 60,
    "kaja.measurement.collecting.read_due": 60,
    "kaja.measurement.collecting.forget_old": 3600,
    "kaja.sharing.crisis.keep_up": 15,
    "kaja.health.certificate.look": 6 * 3600,
}
