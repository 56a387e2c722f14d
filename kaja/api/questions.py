"""Questions anyone signed in may ask: answered by the very code the pages use."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from ninja import Router, Schema

from kaja.api import shapes
from kaja.api.doors import SignedRequest
from kaja.links import visitors
from kaja.networks import counting, standing
from kaja.networks.catalogue import BY_KEY

router = Router(tags=["questions"])


class Words(Schema):
    network: str
    text: str


class Visit(Schema):
    user_agent: str
    method: str = "GET"
    headers: dict[str, str] = {}


@router.get("/networks")
def networks(request: SignedRequest) -> dict[str, Any]:
    """What each network can do; `posting`: accounts can be connected here now. Keys are never told."""
    rows = standing.all_of_them()
    return {"items": [shapes.network(row.network) | _here(row) for row in rows], "next": None}


def _here(row: standing.Standing) -> dict[str, Any]:
    return {
        "posting": row.by_api,
        "needs_keys": row.network.app is not None,
        "connect": sorted(row.network.connect) if row.by_api else [],
        "can": sorted(row.can),
    }


@router.post("/networks/count")
def count(request: SignedRequest, data: Words) -> dict[str, Any]:
    """How long a text is by the network's own rule."""
    network = BY_KEY.get(data.network)
    if network is None:
        raise ValidationError({"network": _("There is no network “%s”.") % data.network[:40]})
    told = counting.count(network, data.text[:100_000])
    return {"count": told.count, "limit": told.limit, "valid": told.valid, "unit": told.unit}


@router.post("/links/classify")
def classify(request: SignedRequest, data: Visit) -> dict[str, Any]:
    """Who a request to a short link comes from, by the published rules (docs/clicks.md)."""
    told = visitors.classify(data.user_agent, data.method, data.headers)
    return {"class": told.kind, "rule": told.rule, "version": visitors.RULES_VERSION}
