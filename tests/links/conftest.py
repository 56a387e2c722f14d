from pathlib import Path

import pytest
from pytest_django import Settings


@pytest.fixture
def log_folder(tmp_path: Path, settings: Settings) -> Path:
    """A click log of this test's own."""
    settings.CLICKLOG_DIR = tmp_path / "clicks"
    return tmp_path / "clicks"
