"""What the tests of Meta's three networks share: their addresses, a picture that Meta can fetch, a signed-in account."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from urllib.parse import parse_qsl, urlsplit

import pytest
from PIL import Image

from kaja import vault
from kaja.networks import connecting
from kaja.networks.catalogue import BY_KEY
from kaja.networks.connectors import facebook_page, instagram, threads
from kaja.networks.contract import Picture
from kaja.networks.models import ConnectedAccount, NetworkApp
from kaja.people.models import Person
from tests.peers.meta import APP, SECRET, Server

NAMES = {"threads": "threads", "instagram": "instagram", "facebook_page": "facebook"}


@contextmanager
def hosts(base: str) -> Iterator[None]:
    """The three connectors speak with the server at `base`."""
    with pytest.MonkeyPatch.context() as patch:
        for network in (threads, instagram, facebook_page):
            address = f"{base}/{NAMES[network.NETWORK.key]}"
            patch.setattr(network.HOSTS, "site", address)
            patch.setattr(network.HOSTS, "api", address)
        patch.setattr(instagram.HOSTS, "tokens", f"{base}/instagram")
        yield


def picture(server: Server, size: tuple[int, int] = (1200, 800), *, name: str = "robot", form: str = "JPEG") -> Picture:
    """A picture at an address of Kaja that is open to the internet."""
    out = BytesIO()
    Image.new("RGB", size, "teal").save(out, form)
    address = f"https://kaja.example/pictures/{name}.jpg"
    server.web[address] = out.getvalue()
    return Picture(out.getvalue(), f"image/{form.lower()}", "Õhtune robot", *size, address)


def app(key: str) -> NetworkApp:
    """The company's app at Meta, its keys entered."""
    sealed = vault.seal({"client_secret": SECRET})
    return NetworkApp.objects.create(network=key, client_id=APP, sealed=sealed)


def signed_in(server: Server, person: Person, key: str, user: str = "17") -> ConnectedAccount:
    """The person went to Meta and agreed."""
    address = connecting.begin_oauth(person=person, network=BY_KEY[key], handle="")
    back = server.allow(address, NAMES[key], user)
    told = dict(parse_qsl(urlsplit(back).query))
    return connecting.finish_oauth(person=person, network=BY_KEY[key], told=told)
