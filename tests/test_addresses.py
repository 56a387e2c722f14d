"""Addresses as people write them come out fit to be asked and posted, or not at all; nothing raises."""

import pytest

from kaja import addresses


@pytest.mark.parametrize(
    ("written", "fit"),
    [
        ("https://nordwind.example/a?b=c#d", "https://nordwind.example/a?b=c#d"),
        ("  https://nordwind.example/a b ", "https://nordwind.example/a%20b"),
        ("https://et.wikipedia.org/wiki/Õun", "https://et.wikipedia.org/wiki/%C3%95un"),
        ("https://et.wikipedia.org/wiki/%C3%95un", "https://et.wikipedia.org/wiki/%C3%95un"),
        ("https://öö.ee:8443/ä?õ=ü", "https://xn--ndaa.ee:8443/%C3%A4?%C3%B5=%C3%BC"),
        ("HTTPS://Nordwind.Example/A", "https://nordwind.example/A"),
        ("http://[2606:4700::1111]/", "http://[2606:4700::1111]/"),
        ("https://x.example/<script>", "https://x.example/%3Cscript%3E"),
    ],
)
def test_an_address_comes_out_in_ascii(written: str, fit: str) -> None:
    assert addresses.fit(written) == fit


@pytest.mark.parametrize(
    "written",
    ["", "x", "/a", "javascript:alert(1)", "file:///etc/passwd", "http://", "http://[", "http://[::1", "https://a b/", "http://a:x/",
     "http://a:99999/", "http://xn--ü/", "http://a..b/", "http://" + "a" * 70 + "/", "https://x.example/\ud800", "data:text/html,x"],
)  # fmt: skip
def test_what_is_no_web_address_comes_out_empty(written: str) -> None:
    assert addresses.fit(written) == ""


def test_a_relative_address_is_read_from_its_page() -> None:
    assert addresses.fit("pic ä.png", "https://x.example/dir/a.html") == "https://x.example/dir/pic%20%C3%A4.png"
    assert addresses.fit("//other.example/b", "https://x.example/") == "https://other.example/b"
    assert addresses.fit("http://[", "https://x.example/") == ""


def test_the_host_of_nonsense_is_empty() -> None:
    assert addresses.host("https://x.example/a") == "x.example"
    assert addresses.host("http://[") == ""
