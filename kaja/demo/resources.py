"""Nordwind's resources: one-pagers drawn as PDF, a short film made of our own picture, training and guides."""

from __future__ import annotations

import io
import json
import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import typst

from kaja.content import media
from kaja.content.models import Attachment, Category, Item, Media, ReviewStep
from kaja.guidelines.pdf import FONTS
from kaja.people.models import Person

HERE = Path(__file__).resolve().parent
STORY, PAGE = HERE / "resources.toml", HERE / "onepager.typ"


def publish(crew: list[Person], pictures: dict[str, Media], *, now: datetime) -> int:
    """Write the resources; returns how many."""
    editor, reviewer = (next(one for one in crew if one.first_name == name) for name in ("Elīna", "Helena"))
    categories = {category.slug: category for category in Category.objects.all()}
    entries = tomllib.loads(STORY.read_text(encoding="utf-8"))["resource"]
    for entry in entries:
        begins = (now - timedelta(days=entry["days"])).replace(hour=6, minute=0, second=0, microsecond=0)
        item = Item.objects.create(
            kind=entry["kind"], title=entry["title"], summary=entry["summary"], language=entry["language"],
            category=categories[entry["category"]], image=pictures.get(entry.get("image", "")), resource=True,
            evergreen=True, state=Item.State.APPROVED, author=editor, live_from=begins, approved_at=begins,
            created_at=begins - timedelta(days=1),
        )  # fmt: skip
        ReviewStep.objects.create(item=item, what="approved", person=reviewer, at=begins)
        if "file" in entry:
            Attachment.objects.create(item=item, media=_file(entry, editor))
    return len(entries)


def _file(entry: dict[str, Any], editor: Person) -> Media:
    film = HERE / entry["file"]
    content = film.read_bytes() if film.suffix == ".mp4" else _drawn(entry)
    return media.receive(
        person=editor, file=io.BytesIO(content), size=len(content), name=entry["file"], alt=entry["alt"]
    )  # fmt: skip


def _drawn(entry: dict[str, Any]) -> bytes:
    """The one-pager as PDF: tagged, so that a screen reader finds its headings."""
    data = {name: entry[name] for name in ("title", "language", "lead", "steps")}
    written: bytes = typst.compile(
        str(PAGE), root=str(HERE), font_paths=[str(FONTS)], ignore_system_fonts=True, format="pdf",
        sys_inputs={"data": json.dumps(data)}, pdf_standards="ua-1",
    )  # fmt: skip
    return written
