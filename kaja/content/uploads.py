"""What comes in with a form is measured while it comes: too large, or sent by nobody we know, and it is let go.

Nothing is said here; `refused(request)` tells the view what was left out and why.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import MemoryFileUploadHandler, SkipFile, TemporaryFileUploadHandler
from django.http import HttpRequest
from django.utils.translation import gettext as _

# Where media are uploaded; every other form takes no larger file than its own rules let pass anyway.
MEDIA = ("/media/", "/api/v1/media", "/library/")
ELSEWHERE = 20_000_000


def refused(request: HttpRequest) -> list[tuple[str, str]]:
    """Files of this request that were let go while they came in: what they are called, and why, as a sentence."""
    found: list[tuple[str, str]] = getattr(request, "kaja_refused_files", [])
    return found


def _most(request: HttpRequest | None) -> int:
    if request is None or not request.path.startswith(MEDIA):
        return ELSEWHERE
    largest: int = max(settings.MEDIA_MAX_PICTURE, settings.MEDIA_MAX_VIDEO, settings.MEDIA_MAX_DOCUMENT)
    return largest


class InMemory(MemoryFileUploadHandler):
    """Small requests stay in memory, as Django does it."""


class OnDisk(TemporaryFileUploadHandler):
    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.came = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write a piece. What goes too far, or no longer fits on the disk, is let go."""
        self.came += len(raw_data)
        request = self.request
        if request is not None and not request.user.is_authenticated:
            raise SkipFile
        if self.came > _most(request):
            self._let_go(
                _("The file is larger than %d MB. Save it smaller and try again.") % (_most(request) // 1_000_000)
            )
        try:
            super().receive_data_chunk(raw_data, start)
        except OSError:
            self._let_go(_("There is no room left on the disk. Nothing was kept."))

    def _let_go(self, sentence: str) -> None:
        if self.request is not None:
            self.request.kaja_refused_files = [*refused(self.request), (self.file_name or "", sentence)]  # type: ignore[attr-defined]
        raise SkipFile
