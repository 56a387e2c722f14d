"""Categories: four to begin with, which the company may rename, reorder, add to and remove (A2)."""

from __future__ import annotations

from kaja.content.models import Category

BEGINNING = (
    ("product", {"en": "Product", "et": "Toode"}, "product", True),
    ("people", {"en": "People & hiring", "et": "Inimesed ja värbamine"}, "people", True),
    ("thought", {"en": "Thought leadership", "et": "Eksperdipilk"}, "thought", True),
    ("internal", {"en": "Internal news", "et": "Majasisesed uudised"}, "internal", False),
)


def begin() -> None:
    """Make the first categories where there is none, so that a new company can add its first item."""
    if not Category.objects.exists():
        Category.objects.bulk_create(
            Category(slug=slug, names=names, look=look, shareable=shareable, position=position)
            for position, (slug, names, look, shareable) in enumerate(BEGINNING)
        )
