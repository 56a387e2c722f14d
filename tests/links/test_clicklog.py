import asyncio
import os
import threading
from pathlib import Path

import pytest

from kaja.links import clicklog
from kaja.links.clicklog import ClickLog


def everything(folder: Path) -> list[bytes]:
    return [line for segment in clicklog.segments(folder) for line in clicklog.read(segment, 0).lines]


def test_a_line_is_in_the_file_when_append_returns(tmp_path: Path) -> None:
    log = ClickLog(tmp_path)
    assert log.append(b"one\n") is None
    assert everything(tmp_path) == [b"one"]


def test_with_sync_a_group_is_on_disk_before_its_future_is_done_and_the_next_collects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go, groups = threading.Event(), threading.Event(), []

    def sync(descriptor: int) -> None:
        begun.set()
        assert go.wait(5)
        groups.append(os.fstat(descriptor).st_size)

    monkeypatch.setattr("kaja.links.clicklog.os.fdatasync", sync)

    async def story() -> None:
        log = ClickLog(tmp_path, sync=True)
        first = [log.append(b"one\n"), log.append(b"two\n")]
        await asyncio.to_thread(begun.wait, 5)
        second = [log.append(b"three\n") for _number in range(50)]
        assert first[0] is first[1] is not second[0]
        assert not any(future.done() for future in (*first, *second) if future)
        go.set()
        await asyncio.gather(*{future for future in (*first, *second) if future})

    asyncio.run(story())
    assert groups == [8, 8 + 50 * 6]
    assert len(everything(tmp_path)) == 52


def test_a_failing_sync_refuses_its_group_and_takes_the_lines_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    async def story() -> None:
        log = ClickLog(tmp_path, sync=True)
        await written(log, b"one\n")
        with monkeypatch.context() as disk:
            disk.setattr("kaja.links.clicklog.os.fdatasync", fails)
            with pytest.raises(OSError, match="Input"):
                await written(log, b"two\n")
        await written(log, b"three\n")

    async def written(log: ClickLog, line: bytes) -> None:
        group = log.append(line)
        assert group is not None
        await group

    asyncio.run(story())
    assert sorted(everything(tmp_path)) == [b"one", b"three"]


def test_a_short_write_is_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr("kaja.links.clicklog.os.write", lambda fd, data: write(fd, bytes(data)[:3]))
    log = ClickLog(tmp_path)
    log.append(b"one two three\n")
    log.append(b"four\n")
    assert everything(tmp_path) == [b"one two three", b"four"]


def test_two_writers_never_share_a_segment_and_a_living_one_is_not_finished(tmp_path: Path) -> None:
    one, two = ClickLog(tmp_path), ClickLog(tmp_path)
    one.append(b"one\n")
    two.append(b"two\n")
    segments = list(clicklog.segments(tmp_path))
    assert len(segments) == 2
    assert [clicklog.read(segment, 0).finished for segment in segments] == [False, False]
    one.close()
    assert sorted(clicklog.read(segment, 0).finished for segment in segments) == [False, True]


def test_segments_are_closed_when_large_and_when_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = ClickLog(tmp_path)
    monkeypatch.setattr(clicklog, "ROTATE_BYTES", 10)
    for _number in range(4):
        log.append(b"123456\n")
    assert len(list(clicklog.segments(tmp_path))) == 2
    log.rotate_if_old()
    monkeypatch.setattr(clicklog, "ROTATE_SECONDS", -1.0)
    log.rotate_if_old()
    assert all(clicklog.read(segment, 0).finished for segment in clicklog.segments(tmp_path))
    assert len(everything(tmp_path)) == 4


def test_a_segment_that_is_only_begun_is_not_looked_at(tmp_path: Path) -> None:
    (tmp_path / "20261124T100000-0123.clicks.new").touch()
    assert not list(clicklog.segments(tmp_path))


def test_only_the_operator_can_read_the_log(tmp_path: Path) -> None:
    ClickLog(tmp_path).append(b"one\n")
    [segment] = clicklog.segments(tmp_path)
    assert segment.stat().st_mode & 0o077 == 0


def test_the_log_says_whether_it_can_be_written(tmp_path: Path) -> None:
    assert clicklog.is_writable(tmp_path / "new" / "clicks")
    (tmp_path / "file").touch()
    assert not clicklog.is_writable(tmp_path / "file" / "clicks")
    assert not list((tmp_path / "new" / "clicks").iterdir())
