"""A figure opened: what it is, its formula with today's numbers, what goes in, and the rows it was counted from (L4).

The rows come from the roll-ups that the figure itself is made of, so that they add up to it exactly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date

from django.core.exceptions import PermissionDenied
from django.db.models import Sum
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaja.design.tags import figure as written
from kaja.links.visitors import RULES_VERSION
from kaja.measurement import figures, tables
from kaja.measurement.drawer import Explained, Input, Scope, Term, alone, fraction, interval
from kaja.measurement.figures import Figure, Numbers
from kaja.measurement.models import GroupDay, ItemDay
from kaja.measurement.periods import Period
from kaja.measurement.tables import Table
from kaja.measurement.tops import SMALLEST_GROUP, within
from kaja.people.models import Person, Team
from kaja.people.roles import Permission, require


def programme(*, person: Person, name: str, period: Period, scope: Scope, page: int) -> Explained | None:
    """A figure of the programme opened; None when there is no such figure. Raises PermissionDenied.

    A team too small to be shown is refused like one that does not exist.
    """
    require(person.may(Permission.SEE_PROGRAMME))
    if name == "returning":
        return _returning(period, page)
    build = BUILDERS.get(name)
    if build is None:
        return None
    numbers = figures.read(period)[0]
    if scope != Scope():
        numbers = _narrowed(numbers, scope) if name in ("clicks", "shares", "visitors") else numbers
    return build(numbers, scope, page)


def _narrowed(numbers: Numbers, scope: Scope) -> Numbers:
    """The numbers of one network, item or team alone."""
    period = numbers.period
    if scope.network:
        days = {key: sums for key, sums in numbers.days.items() if key[1] == scope.network}
        return Numbers(period, numbers.heads, numbers.active, days, numbers.read_at)
    if scope.team:
        require(Person.objects.joined().filter(team=scope.team).count() >= SMALLEST_GROUP)
    rows = (
        ItemDay.objects.filter(within(period), item=scope.item)
        if scope.item
        else GroupDay.objects.filter(within(period), team=scope.team)
    )
    sums = rows.order_by().values_list("day").annotate(**{f"sum_{column}": Sum(column) for column in figures.COLUMNS})
    counted = {(row[0], ""): dict(zip(figures.COLUMNS, row[1:], strict=True)) for row in sums}
    return Numbers(period, numbers.heads, numbers.active, {key: Counter(row) for key, row in counted.items()})


def _of(scope: Scope) -> str:
    """Whose figure it is, in words. Raises PermissionDenied for what does not exist."""
    if scope.network:
        return tables.network_name(scope.network)
    if scope.item:
        return tables.item_title(scope.item)
    if scope.team:
        team = Team.objects.filter(pk=scope.team).first()
        if team is None:
            raise PermissionDenied
        return team.name
    return _("all teams")


# --- sentences ----------------------------------------------------------------------------------------------------
def _by_click_day() -> str:
    return _("Clicks count on the day of the click, shares on the day they went out. Days are UTC days.")


def _heads_day(numbers: Numbers) -> str:
    day: date = numbers.heads.day if numbers.heads else numbers.period.last
    return _("Head-count of %(day)s.") % {"day": date_format(day, "DATE_FORMAT")}


# --- one builder for each -----------------------------------------------------------------------------------------
def _made(
    figure: Figure,
    numbers: Numbers,
    scope: Scope,
    about: Sequence[str],
    terms: list[Term],
    inputs: list[Input],
    table: Table,
    rules: int = 0,
) -> Explained:
    sentences = [sentence for sentence in about if sentence]
    return Explained(figure, str(numbers.period), _of(scope), sentences, terms, inputs, table, rules)


def _adoption(numbers: Numbers, scope: Scope, page: int) -> Explained:
    figure = figures.adoption(numbers)
    about = [_("How many of those who may take part have joined: signed in at least once."), interval(figure)]
    terms = fraction(figure, _("joined"), _("invited"), _("adoption"))
    return _made(figure, numbers, scope, about, terms, _heads(numbers), tables.heads(numbers, page))


def _heads(numbers: Numbers) -> list[Input]:
    heads = numbers.heads
    return [
        Input(_("People who joined"), written(heads.joined if heads else None), "measured", _heads_day(numbers)),
        Input(
            _("People invited"),
            written(heads.invited if heads else None),
            "measured",
            _("Everybody in Kaja who has not left, and open invitations. ") + _heads_day(numbers),
        ),
    ]


def _sharers(numbers: Numbers) -> Input:
    note = _("With at least one share that went out in the period.")
    return Input(_("People who shared"), written(numbers.active), "measured", note)


def _stayed(numbers: Numbers) -> Input:
    note = _("With at least one share that went out in the period, and not gone by its end.")
    return Input(_("People who shared"), written(numbers.stayed), "measured", note)


def _left(numbers: Numbers) -> str:
    """Who shared and left by the end of the period stands neither above nor below the line."""
    if not numbers.gone:
        return ""
    return ngettext(
        "%(n)s more person shared and had left by the end of the period: counted neither above nor below the line.",
        "%(n)s more people shared and had left by the end of the period: counted neither above nor below the line.",
        numbers.gone,
    ) % {"n": written(numbers.gone)}


def _share_rate(numbers: Numbers, scope: Scope, page: int) -> Explained:
    figure = figures.share_rate(numbers)
    about = [
        _("How many of the people who joined have shared at least once. Nobody has to; this shows who wanted to."),
        interval(figure),
        _left(numbers),
    ]
    terms = fraction(figure, _("people who shared"), _("joined"), _("share rate"))
    table = tables.people(numbers, page, stayed=True)
    return _made(figure, numbers, scope, about, terms, [_stayed(numbers), _heads(numbers)[0]], table)


def _participation(numbers: Numbers, scope: Scope, page: int) -> Explained:
    figure = figures.participation(numbers)
    about = [
        _("How many of all who may take part have shared: adoption times share rate."),
        interval(figure),
        _left(numbers),
    ]
    terms = fraction(figure, _("people who shared"), _("invited"), _("participation"))
    table = tables.people(numbers, page, stayed=True)
    return _made(figure, numbers, scope, about, terms, [_stayed(numbers), _heads(numbers)[1]], table)


def _active(numbers: Numbers, scope: Scope, page: int) -> Explained:
    figure = figures.active(numbers)
    return _made(figure, numbers, scope, [], alone(figure), [_sharers(numbers)], tables.people(numbers, page))


def _shares(numbers: Numbers, scope: Scope, page: int) -> Explained:
    figure = figures.shares(numbers)
    about = [
        _("Posts that went out. Each counts once for a person, post, network and day, however it became known."),
        _("The three proofs below are of different kinds and stay apart."),
    ]
    return _made(figure, numbers, scope, about, alone(figure), _proofs(numbers), tables.shares(numbers, scope, page))


def _proofs(numbers: Numbers) -> list[Input]:
    return [
        Input(
            _("Told by the network"),
            written(numbers.sum("by_network")),
            "network",
            _("It gave us the post’s own number."),
        ),
        Input(
            _("Seen by a click"),
            written(numbers.sum("by_click")),
            "measured",
            _("Somebody else clicked the share’s own link, so it is out."),
        ),
        Input(_("Said by the person"), written(numbers.sum("by_person")), "reported", _("“I posted it.”")),
    ]


def _shares_per_active(numbers: Numbers, scope: Scope, page: int) -> Explained:
    figure = figures.shares_per_active(numbers)
    median = figures.median_shares(numbers)
    about = [
        _("The mean. A few keen people pull it up: half of those who shared did so %(median)s times or fewer.")
        % {"median": written(median, 0 if median is None or median == int(median) else 1)}
        if median is not None
        else ""
    ]
    terms = fraction(figure, _("shares"), _("people who shared"), _("shares per person"))
    inputs = [Input(_("Shares"), written(numbers.sum("shares")), "measured"), _sharers(numbers)]
    return _made(figure, numbers, scope, about, terms, inputs, tables.people(numbers, page))


def _clicks(numbers: Numbers, scope: Scope, page: int) -> Explained:
    figure = figures.clicks(numbers)
    about = [_("Clicks by people on the short links of shares, counted by our own server."), _by_click_day()]
    return _made(
        figure, numbers, scope, about, _requests(numbers), [_human_clicks(numbers)],
        tables.hits(numbers, "clicks", _("Clicks"), page, network=not (scope.item or scope.team)), RULES_VERSION,
    )  # fmt: skip


def _requests(numbers: Numbers) -> list[Term]:
    """All requests less those of no person, or not of another one."""
    left_out = [
        ("preview", _("fetchers of previews")),
        ("other", _("bots and scanners")),
        ("repeat", _("repeats")),
        ("own", _("own clicks")),
    ]
    whole = numbers.sum("clicks") + sum(numbers.sum(column) for column, _name in left_out)
    terms = [Term(written(whole), _("requests"))]
    for column, name in left_out:
        terms += [Term("\N{MINUS SIGN}"), Term(written(numbers.sum(column)), name)]
    return [*terms, Term("="), Term(written(numbers.sum("clicks")), _("clicks"), result=True)]


def _human_clicks(numbers: Numbers) -> Input:
    note = _("Requests to our own short links, classed by published rules.")
    return Input(_("Clicks by people"), written(numbers.sum("clicks")), "measured", note)


def _visitors(numbers: Numbers, scope: Scope, page: int) -> Explained:
    figure = figures.visitors(numbers)
    about = [
        _("Different visitors of each link and day, added up. Whoever comes on two days counts twice: the key that "
          "tells visitors apart is thrown away every day, so that nobody can be followed."),
    ]  # fmt: skip
    return _made(
        figure, numbers, scope, about, alone(figure),
        [Input(_("Visitors by day"), written(numbers.sum("visitors")), "measured")],
        tables.hits(numbers, "visitors", _("Visitors"), page, network=not (scope.item or scope.team)), RULES_VERSION,
    )  # fmt: skip


def _clicks_per_share(numbers: Numbers, scope: Scope, page: int) -> Explained:
    figure = figures.clicks_per_share(numbers)
    about = [_("What a share brings on average."), _by_click_day()]
    terms = fraction(figure, _("clicks"), _("shares"), _("clicks per share"))
    inputs = [_human_clicks(numbers), Input(_("Shares"), written(numbers.sum("shares")), "measured")]
    return _made(figure, numbers, scope, about, terms, inputs, tables.by_network(numbers, page), RULES_VERSION)


def _engagement(numbers: Numbers, scope: Scope, page: int) -> Explained:
    figure = figures.engagement(numbers)
    about = [
        _("What the networks themselves tell of posts that went out in the period. Most networks tell nothing of posts "
          "made by a share dialog, so this is a part and not the whole. It is never added to clicks.")
    ]  # fmt: skip
    terms = [
        Term(written(numbers.sum("likes")), _("likes")),
        Term("+"),
        Term(written(numbers.sum("reposts")), _("reposts")),
        Term("+"),
        Term(written(numbers.sum("replies")), _("replies")),
        Term("="),
        Term(figure.written, _("engagement"), result=True),
    ]
    note = _("%(told)s of %(shares)s shares.") % {
        "told": written(numbers.sum("told")),
        "shares": written(numbers.sum("shares")),
    }
    inputs = [Input(_("Posts the networks told about"), written(numbers.sum("told")), "network", note)]
    return _made(figure, numbers, scope, about, terms, inputs, tables.told(numbers, page))


def _returning(period: Period, page: int) -> Explained:
    figure = figures.returning(period)
    numbers = Numbers(period, None, figure.numerator or 0)
    about = [_("How many of the people who shared in the period before shared again."), interval(figure)]
    terms = fraction(figure, _("shared in both"), _("shared before"), _("came back"))
    before = str(period.before())
    inputs = [
        Input(_("People who shared before"), written(figure.denominator), "measured", before),
        Input(_("Of them, people who shared again"), written(figure.numerator), "measured", str(period)),
    ]
    return _made(figure, numbers, Scope(), about, terms, inputs, tables.returned(period, page))


BUILDERS: dict[str, Callable[[Numbers, Scope, int], Explained]] = {
    "adoption": _adoption,
    "share_rate": _share_rate,
    "participation": _participation,
    "active": _active,
    "shares": _shares,
    "shares_per_active": _shares_per_active,
    "clicks": _clicks,
    "visitors": _visitors,
    "clicks_per_share": _clicks_per_share,
    "engagement": _engagement,
}
