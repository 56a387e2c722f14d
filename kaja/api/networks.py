"""The networks by REST: where people can share here, and whether Kaja can post there. Keys are never told."""

from __future__ import annotations

from typing import Any

from ninja import Router

from kaja.api.doors import SignedRequest
from kaja.networks import standing
from kaja.networks.standing import Standing

router = Router(tags=["networks"])


@router.get("/networks")
def index(request: SignedRequest) -> dict[str, Any]:
    """All networks of this installation: `posting` says whether accounts can be connected there now (the company's keys
    are there where they are needed), `can` what is possible."""
    return {"items": [_shown(row) for row in standing.all_of_them()]}


def _shown(row: Standing) -> dict[str, Any]:
    limits = row.network.limits
    return {
        "network": row.network.key,
        "name": row.network.name,
        "posting": row.by_api,
        "needs_keys": row.network.app is not None,
        "connect": sorted(row.network.connect) if row.by_api else [],
        "dialog": row.network.dialog is not None,
        "can": sorted(row.can),
        "limit": limits
        and {"text": limits.text, "unit": limits.unit, "bytes": limits.bytes, "pictures": limits.pictures},
    }
