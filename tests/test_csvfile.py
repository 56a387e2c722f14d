"""CSV files as people really send them."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaja import csvfile
from kaja.csvfile import Unreadable

NAMES = "nimi;koht\r\nÕnne Žukov;Tartu\r\n;\r\n\r\nPärt;Riia\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_any_usual_encoding_is_read(encoding: str) -> None:
    sheet = csvfile.read(NAMES.encode(encoding))
    assert sheet.header == ["nimi", "koht"]
    assert [(row.line, row.cells) for row in sheet.rows] == [(2, ["Õnne Žukov", "Tartu"]), (5, ["Pärt", "Riia"])]


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_any_usual_delimiter_is_found(delimiter: str) -> None:
    sheet = csvfile.read(delimiter.join(["a", "b"]).encode() + b"\n" + delimiter.join(["1", "2"]).encode())
    assert sheet.rows[0].cells == ["1", "2"]


def test_letters_encoded_twice_are_put_right_and_others_left_alone() -> None:
    assert csvfile.mended("BjÃ¶rn") == "Björn"
    assert csvfile.mended("TÃµnu") == "Tõnu"
    assert csvfile.mended("Ärni Åström") == "Ärni Åström"


def test_what_nobody_sees_is_no_part_of_a_name() -> None:
    assert csvfile.read("n\nKaasik\u200b\n".encode()).rows[0].cells == ["Kaasik"]
    assert csvfile.read("n\nO\u0303un\n".encode()).rows[0].cells == ["Õun"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no table"),
        (b";;;\n\n", "no table"),
        (b"\xa0", "no table"),
        (b"a\x00b\n1\n", "no table"),
        (b"PK\x03\x04rest", "spreadsheet"),
        (b'a\n"' + b"x" * 30_000 + b'"\n', "cannot be read"),
        (b"a\n" + b"1\n" * 100_001, "100,000"),
        (b"a" * 20_000_001, "20 MB"),
    ],
)
def test_what_is_no_table_is_refused_with_a_sentence(content: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        csvfile.read(content)


@given(st.binary(max_size=300))
def test_no_bytes_bring_it_down(content: bytes) -> None:
    with contextlib.suppress(Unreadable):
        assert csvfile.read(content).header


def test_a_formula_is_told_from_a_number() -> None:
    assert [cell for cell in ("=1+1", "@SUM(A1)", "+A1", "-cmd|x", "-3", "+372 5551 2345", "Mart") if csvfile.is_formula(cell)] == [
        "=1+1", "@SUM(A1)", "+A1", "-cmd|x",
    ]  # fmt: skip
