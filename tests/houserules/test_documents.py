"""What the documents and the code say of other documents is there, and the operator's table names every setting."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kaja import environment

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?://|mailto:|urn:|#)([^)#\s]+)", document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_every_document_that_the_code_names_exists() -> None:
    missing = []
    for path in written():
        named = re.findall(r"docs/[\w./-]+\.(?:md|png)", path.read_text(encoding="utf-8"))
        missing += [f"{path.relative_to(ROOT)}: {name}" for name in named if not (ROOT / name).exists()]
    assert missing == []


def written() -> Iterator[Path]:
    """What we wrote ourselves. Packages are not even walked through: they are many."""
    for folder in ("kaja", "tests", "tools", "bench", "docs"):
        for here, folders, files in os.walk(ROOT / folder):
            folders[:] = [one for one in folders if one not in ("node_modules", "vendor", "__pycache__")]
            yield from (Path(here, one) for one in files if one.endswith((".py", ".html", ".css", ".js", ".md")))


def test_every_setting_is_in_the_operators_table() -> None:
    text = (ROOT / "docs" / "operation.md").read_text(encoding="utf-8")
    assert [
        name for name in environment.KNOWN if name not in text and f"…{name.removeprefix('KAJA_BLUESKY')}" not in text
    ] == []
