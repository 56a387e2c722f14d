"""A share as a connector needs it: what an attempt sends, and what a look for it goes by."""

from __future__ import annotations

from datetime import datetime

from kaja.networks.contract import Post, Sending
from kaja.sharing.models import Share


def words(share: Share) -> Post:
    """The post as it was frozen before its first attempt, without its pictures: enough to look for it."""
    frozen = share.payload or {}
    begun = frozen.get("created_at")
    return Post(
        text=frozen.get("text", share.text),
        link=frozen.get("link", ""),
        link_title=frozen.get("title", ""),
        link_description=frozen.get("description", ""),
        language=frozen.get("language", share.language),
        created_at=datetime.fromisoformat(begun) if begun else share.not_before,
    )


def sending(share: Share, post: Post | None = None, *, begun: datetime | None = None) -> Sending:
    """`post` (its words alone when left out) with the key it is sent under and when the first attempt began; `begun`
    saves the question for it."""
    begun = begun or share.tries.order_by("number").values_list("started_at", flat=True).first()
    prepared = (share.payload or {}).get("prepared", {})
    return Sending(share.record_key, post or words(share), begun or share.created_at, prepared)
