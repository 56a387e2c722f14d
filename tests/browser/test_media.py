"""Media and resources in a browser: uploading with and without a script, films that play, no barriers."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from kaja.content.models import Item, Media
from tests.browser.conftest import Look, Visit
from tests.browser.test_pages import faults

pytestmark = pytest.mark.browser
FIXTURES = Path(__file__).resolve().parent.parent / "content" / "fixtures"
DROP = """async ([name, bytes]) => {
  const carried = new DataTransfer();
  carried.items.add(new File([new Uint8Array(bytes)], name, { type: "text/html" }));
  document.querySelector("form[data-upload]").dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: carried }));
}"""


def test_files_are_dropped_named_and_described_without_leaving_the_page(visit: Visit) -> None:
    page = visit("Elīna")
    page.goto("/library/media/")
    page.evaluate(DROP, ["reel.html", list((FIXTURES / "camera.mov").read_bytes())])
    field = page.get_by_label(re.compile("reel.html"))
    expect(field).to_be_focused()
    field.fill("Rings spread from a point")
    page.set_input_files("#upload-files", [FIXTURES / "place.mp4", FIXTURES / "place.webm"])
    expect(page.get_by_label(re.compile("What is it about"))).to_have_count(3)
    expect(field).to_have_value("Rings spread from a point")
    page.locator("#fresh").get_by_role("button", name="Save").click()
    expect(page.get_by_text("2 files do not say yet what they show.")).to_be_visible()
    assert Media.objects.get(name="reel.html").alt == "Rings spread from a point"


def test_without_a_script_a_file_is_uploaded_by_a_plain_form(visit: Visit) -> None:
    page = visit("Elīna", Look(390, "dark", "et", script=False))
    page.goto("/library/media/")
    page.set_input_files("#upload-files", FIXTURES / "place.webm")
    page.get_by_role("button", name="Laadi üles", exact=True).click()
    page.get_by_label(re.compile("Millest see räägib")).fill("Ringid levivad ühest punktist")
    page.locator("#fresh").get_by_role("button", name="Salvesta").click()
    assert Media.objects.get(name="place.webm").alt == "Ringid levivad ühest punktist"


def test_the_moment_at_which_a_film_stands_becomes_its_still(visit: Visit) -> None:
    page = visit("Elīna")
    page.goto("/library/media/")
    page.set_input_files("#upload-files", FIXTURES / "place.webm")
    expect(page.get_by_label(re.compile("What is it about"))).to_have_count(1)
    film = Media.objects.get(name="place.webm")
    page.goto(f"/library/media/{film.pk}/")
    page.get_by_role("button", name="Take what the film shows now").click()
    expect(page.get_by_text("This is what stands there before it plays.")).to_be_visible()
    film.refresh_from_db()
    kept = Media.objects.get(sha256__startswith=film.still)
    assert (kept.width, kept.height) == (film.width, film.height)
    expect(page.locator("#film")).to_have_attribute("poster", film.still_path)


def test_a_film_is_there_to_be_played(visit: Visit) -> None:
    page = visit("Liis")
    page.goto("/resources/")
    page.get_by_role("link", name=re.compile("^Watch")).click()
    film = page.locator("video")
    page.wait_for_function("() => document.querySelector('video').readyState >= 1")
    assert film.evaluate("film => [film.videoWidth, film.videoHeight]") == [960, 540]


@pytest.mark.parametrize("look", [Look(320), Look(), Look(390, "dark", "et")], ids=str)
def test_media_and_resources_have_no_barriers(visit: Visit, look: Look) -> None:
    page = visit("Elīna", look)
    film, paper = Media.objects.filter(kind="video").get(), Media.objects.filter(kind="document").last()
    assert paper is not None
    read = Item.objects.get(attachments__media=paper)
    for address in ("/resources/", "/library/media/", f"/library/media/?fresh={film.pk}", f"/library/media/{film.pk}/",
                    f"/library/media/{paper.pk}/", f"/read/{read.pk}/", "/resources/?words=nothing"):  # fmt: skip
        page.goto(address)
        assert faults(page) == [], address
