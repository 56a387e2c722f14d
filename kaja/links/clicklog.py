"""The click log: each request written down before it is answered, counted later by `counting.py`.

A segment is a file of lines that one process appends to and never opens again. Its writer holds a lock on it that the
system lifts when the process ends, however it ends; that is how a counter knows that nothing more will come.

A line survives the end of the process as soon as it is written, and a crash of the machine as soon as it is synced
(`KAJA_CLICKLOG_SYNC`). Syncing is slow, so then lines go in groups: while one is on its way to the disk, the next
collects. Without it each line is written by itself: that costs less than waiting for a group
(docs/decisions/click-log.md).

A line is tab-separated: milliseconds since 1970, number of the link, how (G asked, O asked by the owner, P fetched
ahead, H only the head), network of the visitor (/24 or /48, never the address itself), host of the referrer, user
agent.
"""

import asyncio
import contextlib
import fcntl
import os
import secrets
import tempfile
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

    def append(self, line: bytes) -> "asyncio.Future[None] | None":
        """Write a line down: at once, and None; or, with `sync`, in a group whose future is done when it is on disk.

        OSError, raised here or by the future, says that the disk is full or broken: the click must not be answered.
        """
        if not self._sync:
            self._write(line)
            return None
        self._lines.append(line)
        if self._group is None:
            loop = asyncio.get_running_loop()
            self._group = loop.create_future()
            if not self._syncing:
                loop.call_soon(self._flush)
        return self._group

    def _write(self, data: bytes) -> None:
        if self._descriptor < 0 or self._size > ROTATE_BYTES:
            self._open()
        try:
            written = os.write(self._descriptor, data)
            while written < len(data):
                written += os.write(self._descriptor, data[written:])
        except OSError:
            self._give_up()
            raise
        self._size += written

    def _give_up(self) -> None:
        """Take back what was not written whole, and begin a new segment next time."""
        with contextlib.suppress(OSError):
            os.ftruncate(self._descriptor, self._size)
        self.close()

    def _flush(self) -> None:
        """Write the group that has collected and sync it in a thread; the next collects meanwhile."""
        group, data = self._group, b"".join(self._lines)
        self._group = None
        self._lines.clear()
        if group is None:
            return
        try:
            self._write(data)
        except OSError as error:
            _refuse(group, error)
            return
        self._syncing = True
        synced = group.get_loop().run_in_executor(None, os.fdatasync, self._descriptor)
        synced.add_done_callback(lambda synced: self._synced(group, len(data), synced.exception()))

    def _synced(self, group: "asyncio.Future[None]", length: int, error: BaseException | None) -> None:
        self._syncing = False
        if error is not None:
            self._size -= length
            self._give_up()
            _refuse(group, error)
        elif not group.done():
            group.set_result(None)
        if self._group is not None:
            self._flush()

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


def _refuse(group: "asyncio.Future[None]", error: BaseException) -> None:
    if not group.done():
        group.set_exception(error)
        group.exception()  # Looked at once, in case that nobody is waiting any more.


def is_writable(folder: Path) -> bool:
    """Whether a line could be written now: the folder is there or can be made, and the disk takes a file."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"?" * 4096)
    except OSError:
        return False
    return True


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
