"""The previews of links that are out follow those of their item (E4)."""

from kaja.content import previews
from kaja.content.models import Item
from kaja.links import minting
from kaja.links.models import ShortLink
from kaja.sharing.models import Share


def refresh(item: int) -> None:
    """Consequence of a changed item or preview: every link shared for it tells the new words. Safe to run twice."""
    row = (
        Item.objects.select_related("image", "category").prefetch_related("attachments__media").filter(pk=item).first()
    )
    if row is None:
        return
    written = list(row.previews.select_related("image"))
    shared = Share.objects.filter(item=row, link__isnull=False)
    for network in shared.order_by().values_list("network", flat=True).distinct():
        links = ShortLink.objects.filter(pk__in=shared.filter(network=network).values("link"))
        minting.change_preview(links, previews.resolve(row, network, written).as_data)
