from pathlib import Path

import pytest
from pytest_django import Settings

from kaja.commands.database import collect_static

PACKED = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}


@pytest.fixture
def source(settings: Settings, tmp_path: Path) -> Path:
    """The one static file that there is; what is collected goes to `tmp_path / "served"`."""
    source = tmp_path / "ours" / "look.css"
    source.parent.mkdir()
    source.write_text("body { color: teal }" * 50)
    settings.STATICFILES_DIRS = [source.parent]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATIC_ROOT = tmp_path / "served"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": PACKED}
    return source


def served(tmp_path: Path, ending: str) -> list[Path]:
    return sorted((tmp_path / "served").glob(f"look.*{ending}"))


def test_what_is_collected_already_is_not_packed_again(source: Path, tmp_path: Path) -> None:
    collect_static()
    (packed,) = served(tmp_path, ".css.gz")
    before = packed.stat().st_mtime_ns
    collect_static()
    assert packed.stat().st_mtime_ns == before


def test_a_file_that_differs_is_collected(source: Path, tmp_path: Path) -> None:
    collect_static()
    source.write_text("body { color: coral }" * 50)
    collect_static()
    assert len(served(tmp_path, ".css.gz")) == 2  # pages that were opened before still find theirs


def test_who_was_killed_amid_the_work_does_it_again(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_args: object, **_named: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as cut_short:
        cut_short.setattr("whitenoise.storage.Compressor.write_data", killed)
        with pytest.raises(KeyboardInterrupt):
            collect_static()
    assert served(tmp_path, ".css.gz") == []
    collect_static()
    assert len(served(tmp_path, ".css.gz")) == 1
