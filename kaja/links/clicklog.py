"""The click log: each request written down before it is answered, counted later by `counting.py`.

A segment is a file of lines that one process appends to and never opens again. Its writer holds a lock on it that the
system lifts when the process ends, however it ends; that is how a counter knows that nothing more will come. Lines
are written in groups: while one group is on its way to the disk, the next collects.

A line is tab-separated: milliseconds since 1970, number of the link, how (G asked, O asked by the owner, P fetched
ahead, H only the head), network of the visitor (/24 or /48, never the address itself), host of the referrer, user
agent.
"""

import asyncio
import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

SUFFIX = ".clicks"
ROTATE_BYTES = 8_000_000
# A segment holds networks and user agents: none is kept open, and so on disk, for longer than this.
ROTATE_SECONDS = 600.0


class ClickLog:
    """The writing end, used by one event loop. Segments are opened when there is something to write."""

    def __init__(self, folder: Path, *, sync: bool = False) -> None:
        self.folder = folder
        self._sync = sync
        self._descriptor = -1
        self._size = 0
        self._opened_at = 0.0
        self._lines: list[bytes] = []
        self._group: asyncio.Future[None] | None = None
        self._syncing = False
        self._loop: asyncio.AbstractEventLoop | None = None

    def append(self, line: bytes) -> "asyncio.Future[None]":
        """Add a line to the group that collects; the future is done when the group is written (and synced).

        It raises OSError when the disk is full or broken: then nothing of the group counts as answered.
        """
        self._lines.append(line)
        group = self._group
        if group is None:
            loop = self._loop
            if loop is None:
                loop = self._loop = asyncio.get_running_loop()
            group = self._group = loop.create_future()
            if not self._syncing:
                loop.call_soon(self._flush)
        return group

    def _flush(self) -> None:
        group, data = self._group, b"".join(self._lines)
        self._group = None
        self._lines.clear()
        if group is None:
            return
        try:
            self._write(data)
        except OSError as error:
            self._fail(group, error)
            return
        if self._sync:
            self._sync_then(group)
        else:
            group.set_result(None)

    def _write(self, data: bytes) -> None:
        if self._descriptor < 0 or self._size + len(data) > ROTATE_BYTES:
            self._open()
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view) :]
        self._size += len(data)

    def _fail(self, group: "asyncio.Future[None]", error: OSError) -> None:
        """Give up the segment: take back what of the group got to disk, and begin a new one next time."""
        if self._descriptor >= 0:
            try:
                os.ftruncate(self._descriptor, self._size)
            finally:
                self.close()
        group.set_exception(error)
        group.exception()  # Nobody may be waiting any more; that is no fault of theirs.

    def _sync_then(self, group: "asyncio.Future[None]") -> None:
        assert self._loop is not None
        self._syncing = True

        def done(synced: "asyncio.Future[None]") -> None:
            self._syncing = False
            if error := synced.exception():
                self._fail(group, error if isinstance(error, OSError) else OSError(str(error)))
            else:
                group.set_result(None)
            if self._group is not None:
                self._flush()

        self._loop.run_in_executor(None, os.fdatasync, self._descriptor).add_done_callback(done)

    def _open(self) -> None:
        self.close()
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{secrets.token_hex(8)}{SUFFIX}"
        # Locked under a name that no counter looks at, then shown: no counter ever sees it unlocked and empty.
        hidden = self.folder / f"{name}.new"
        descriptor = os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        hidden.rename(self.folder / name)
        self._descriptor, self._size, self._opened_at = descriptor, 0, time.monotonic()
        if self._sync:
            folder = os.open(self.folder, os.O_RDONLY)
            os.fsync(folder)
            os.close(folder)

    def rotate_if_old(self) -> None:
        """Close a segment that has been open for long; call it now and then."""
        idle = self._group is None and not self._syncing
        if idle and self._descriptor >= 0 and time.monotonic() - self._opened_at > ROTATE_SECONDS:
            self.close()

    def close(self) -> None:
        """Close the segment; the next line opens another."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class Portion(NamedTuple):
    """Whole lines of a segment, where they end, and whether its writer is gone and nothing follows."""

    lines: list[bytes]
    end: int
    finished: bool


def segments(folder: Path) -> Iterator[Path]:
    """Segments on this machine, the oldest first."""
    yield from sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else ()


def read(segment: Path, offset: int, *, most: int = 1_000_000) -> Portion:
    """The whole lines after `offset`, at most about `most` bytes. Raises FileNotFoundError.

    A torn last line was never answered: while its writer lives it is waited for, afterwards it is cut off.
    """
    with segment.open("rb") as file:
        gone = _writer_is_gone(file.fileno())  # Asked before reading: what a dying writer wrote is read in any case.
        size = os.fstat(file.fileno()).st_size
        file.seek(offset)
        data = file.read(most)
    whole = data.rfind(b"\n") + 1
    end = offset + whole
    finished = gone and offset + len(data) >= size
    return Portion(data[:whole].split(b"\n")[:-1], end, finished)


def _writer_is_gone(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return False
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    return True
