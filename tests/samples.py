"""Where the real samples lie: a folder beside the checkout that is not part of the project.

Tests that use it are skipped where it is missing; with CI=true a missing folder is a failure.
"""

import os
from pathlib import Path

import pytest


def folder(*parts: str) -> Path:
    """`../shared/samples/…`; skips the test when it is not there (fails with CI=true)."""
    path = Path(__file__).resolve().parent.parent.parent.joinpath("shared", "samples", *parts)
    if not path.exists():
        if os.environ.get("CI"):
            pytest.fail(f"The samples are missing: {path.name}")
        pytest.skip("The samples are not beside this checkout.")
    return path
