"""What sharing costs the company where a network is paid for by the post: told before, kept with the share, summed up.

Amounts are US dollars, as the networks list them, by the prices that stood when the post was made ready.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models.fields.json import KT
from django.utils import timezone
from django.utils.formats import number_format

from kaja.content.models import Media
from kaja.networks import company_apps
from kaja.networks.contract import Network, Picture, Post
from kaja.people import company
from kaja.sharing.models import Share


@dataclass(frozen=True)
class Spend:
    """What a post costs; `linked`: it would be cheaper without its link."""

    dollars: Decimal
    linked: bool

    @property
    def shown(self) -> str:
        """With as many decimals as it needs, two at least: 0.20 and 0.015, as the reader writes numbers."""
        cents = self.dollars * 100
        return str(number_format(self.dollars, decimal_pos=2 if cents == cents.to_integral_value() else 3))


def of(network: Network, text: str, link: str, pictures: Sequence[Media]) -> Spend | None:
    """What posting `text`, in which `link` stands, with these pictures costs by API. None when the network asks for
    nothing."""
    if network.api is None or network.api.cost is None:
        return None
    app = company_apps.of(network)
    prices = app.entries if app else {}
    shown = tuple(Picture(b"", "image/jpeg", media.alt, media.width, media.height) for media in pictures)
    post = Post(text, link, "", "", "", timezone.now(), pictures=shown)
    cost = network.api.cost(post, prices)
    return Spend(cost, linked=cost > network.api.cost(replace(post, text="", link=""), prices))


def this_month(network: Network) -> Spend | None:
    """What the posts of this month have cost so far. None when the network asks for nothing."""
    if network.api is None or network.api.cost is None:
        return None
    today = timezone.localdate(timezone=ZoneInfo(company.current().time_zone))
    return Spend(month(network, today), linked=False)


def month(network: Network, day: date) -> Decimal:
    """What the posts cost that went out by API in the month of `day`, on the company's clock. Reading figures and
    deleting come on top."""
    zone = ZoneInfo(company.current().time_zone)
    first = day.replace(day=1)
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    begins, ends = (datetime.combine(one, time(), zone) for one in (first, after))
    sent = Share.objects.published().filter(
        network=network.key, way=Share.Way.API, published_at__gte=begins, published_at__lt=ends
    )
    # As text on both databases: as JSON, SQLite would make a float of it.
    costs = sent.exclude(payload=None).annotate(cost=KT("payload__cost")).values_list("cost", flat=True)
    return sum((Decimal(cost) for cost in costs.iterator() if cost), Decimal(0))
