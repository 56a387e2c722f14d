import pytest
from django.templatetags.static import static
from django.test import Client


@pytest.mark.django_db
def test_a_browser_that_asks_for_an_icon_by_itself_finds_ours(client: Client) -> None:
    assert client.get("/favicon.ico")["Location"] == static("kaja/favicon.svg")
