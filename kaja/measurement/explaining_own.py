"""A person's own figures opened, and those of one of their shares. Nobody else may open them."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from kaja.design.tags import figure as written
from kaja.links.models import LinkDay
from kaja.links.visitors import RULES_VERSION
from kaja.measurement import own, tables
from kaja.measurement.drawer import Explained, Input, alone
from kaja.measurement.figures import Figure
from kaja.measurement.periods import Period
from kaja.people.models import Person
from kaja.sharing.models import Share

CLASSES = ("person", "preview", "repeat", "own", "other")


def explain(*, person: Person, name: str, period: Period, page: int) -> Explained | None:
    """An own figure opened; None when there is no such figure."""
    mine = own.read(person)
    if name == "own_clicks":
        return _clicks(mine, period, page)
    if name == "own_shares":
        return _shares(mine, period, page)
    if name == "own_posts":
        return _own_posts(mine, period, page)
    if name == "own_engagement":
        return _engagement(mine, period, page)
    return None


def of_share(*, person: Person, share: int, page: int) -> Explained:
    """What one share brought, day by day. Raises PermissionDenied for somebody else's."""
    row = Share.objects.filter(pk=share, person=person).select_related("item").first()
    if row is None:
        raise PermissionDenied
    figure = own.of_share(row)["clicks"]
    days = list(LinkDay.objects.filter(link=row.link_id).order_by("-day")) if row.link_id else []
    rows = [([tables.day_name(day.day)], [getattr(day, kind) for kind in CLASSES]) for day in days]
    heads = [_("Day"), _("People"), _("Fetchers"), _("Repeats"), _("Own"), _("Bots")]
    of = f"{row.item.title}, {tables.network_name(row.network)}"
    about = [_("Every request to this share’s short link, by class. Only those of people are clicks.")]
    table = tables.listed(heads, rows, page)
    return Explained(figure, _("since it went out"), of, about, alone(figure), [], table, RULES_VERSION)


def _clicks(mine: own.Own, period: Period, page: int) -> Explained:
    figure = mine.clicks(period)
    rows = sorted(
        (
            (day, post, clicks)
            for post in mine.posts
            for day, clicks in post.clicks.items()
            if clicks and period.first <= day <= period.last
        ),
        key=lambda row: (-row[0].toordinal(), -row[2], row[1].share.pk),
    )
    table = tables.listed(
        [_("Day"), _("Post"), _("Network"), _("Clicks")],
        [([tables.day_name(day), post.share.item.title, post.network.name], [clicks]) for day, post, clicks in rows],
        page,
    )
    about = [
        _("Clicks by people on your own short links, on the day of the click. Only you see this."),
        _("Posts of the last half year are looked at."),
    ]
    return Explained(figure, str(period), _("yours"), about, alone(figure), [], table, RULES_VERSION)


def _shares(mine: own.Own, period: Period, page: int) -> Explained:
    figure = mine.shares(period)
    once = {(post.share.item_id, post.share.network, post.day): post for post in reversed(mine.within(period))}
    about = _("Your posts that went out, each once for a post, network and day.")
    return _gone_out(figure, list(reversed(once.values())), period, page, about)


def _own_posts(mine: own.Own, period: Period, page: int) -> Explained:
    about = _("Posts you wrote from nothing, with the company’s hashtag in the words that went out through Kaja.")
    return _gone_out(mine.own_posts(period), mine.originals(period), period, page, about)


def _gone_out(figure: Figure, posts: list[own.Post], period: Period, page: int, said: str) -> Explained:
    rows: list[list[tables.Cell]] = [
        [tables.day_name(post.day), post.share.item.title, post.network.name, tables.proof(post.share.confirmed)]
        for post in posts
    ]
    first = (page - 1) * tables.PAGE
    table = tables.Table(
        [_("Day"), _("Post"), _("Network"), _("Known by")],
        rows[first : first + tables.PAGE],
        [_("%(shares)s shares") % {"shares": figure.written}, "", "", ""],
        0,
        len(rows),
        page,
    )
    return Explained(figure, str(period), _("yours"), [said], alone(figure), [], table)


def _engagement(mine: own.Own, period: Period, page: int) -> Explained:
    figure = mine.engagement(period)
    told = [(post, post.told) for post in mine.within(period) if post.told]
    table = tables.listed(
        [_("Day"), _("Post"), _("Network"), _("Likes"), _("Reposts"), _("Replies")],
        [
            (
                [tables.day_name(post.day), post.share.item.title, post.network.name],
                [one.likes or 0, one.reposts or 0, one.replies or 0],
            )
            for post, one in told
        ],
        page,
    )
    about = [_("What the networks tell of your posts that went out in the period. Not every network tells.")]
    note = _("%(told)s of %(shares)s shares.") % {
        "told": written(len(told)),
        "shares": written(len(mine.within(period))),
    }
    inputs = [Input(_("Posts the networks told about"), written(len(told)), "network", note)]
    return Explained(figure, str(period), _("yours"), about, alone(figure), inputs, table)
