"""Guild, a network that nobody knows: it wants the company's app, ends its permissions after 60 days, edits nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kaja.networks import catalogue
from kaja.networks.contract import (
    Api,
    App,
    Client,
    Connected,
    Dialog,
    Entry,
    Finding,
    Fold,
    Http,
    Journey,
    Limits,
    NeedsReconnect,
    Network,
    Permanent,
    Reading,
    Receipt,
    Retry,
    Sending,
    Session,
)

LIFE = timedelta(days=60)


class Server:
    """What the network's server knows and was told."""

    def __init__(self) -> None:
        self.good_secret = "s3cret"
        self.who = "liis"
        self.revoked: list[str] = []
        self.renewals = 0
        self.refuses: Exception | None = None
        self.seen: list[Client] = []

    def begin(self, _http: Http, client: Client, handle: str) -> Journey:
        self.seen.append(client)
        return Journey(
            f"https://guild.example/allow?client={client.client_id}", f"state-{len(self.seen)}", {"h": handle}
        )

    def finish(self, _http: Http, client: Client, _pending: Mapping[str, Any], told: Mapping[str, str]) -> Connected:
        if told.get("error"):
            raise Permanent("sign-in-denied")
        return Connected(
            f"guild:{self.who}", self.who, self.who.title(), {"token": "t1"}, datetime.now(UTC) + LIFE, renews=False
        )

    def renew(self, _http: Http, session: Session) -> Connected:
        if self.refuses:
            raise self.refuses
        self.renewals += 1
        return Connected(
            session.external_id, session.handle, "", {"token": f"r{self.renewals}"}, datetime.now(UTC) + LIFE
        )

    def revoke(self, _http: Http, session: Session) -> None:
        self.revoked.append(str(session.secrets["token"]))

    def publish(self, _http: Http, session: Session, sending: Sending) -> Receipt:
        if self.refuses:
            raise self.refuses
        return Receipt(f"{session.handle}-{sending.key}", "https://guild.example/p/1")

    def test(self, _http: Http, client: Client) -> list[Finding]:
        if self.refuses:
            raise self.refuses
        good = client.secret == self.good_secret
        return [Finding("Keys accepted", good, "" if good else "Copy the secret again."), Finding("Region known", True)]


def opened(monkeypatch: pytest.MonkeyPatch, *, reads: bool = False, **changes: Any) -> Server:
    """Put Guild into the catalogue for this test; `reads`: it wants a second app for figures."""
    server = Server()
    if reads:
        keys = (Entry("client_id", "Client ID"), Entry("client_secret", "Client secret", secret=True))
        second = App("https://guild.example/developers", ("Make another app.",), keys, test=server.test)
        changes["reading"] = Reading(second, server.begin, server.finish, lambda *_all: {}, ())
    network = Network(
        key="guild",
        name="Guild",
        limits=Limits(text=100, unit="characters", pictures=2),
        dialog=Dialog(address=lambda _text, link, _title: f"https://guild.example/share?u={link}", takes_text=False),
        api=Api(
            publish=server.publish, renew=server.renew, revoke=server.revoke, begin=server.begin, finish=server.finish
        ),
        app=App(
            register_at="https://guild.example/developers",
            steps=("Make an app there.", "Copy the keys here."),
            entries=(
                Entry("client_id", "Client ID"),
                Entry("client_secret", "Client secret", secret=True),
                Entry("region", "Region", default="north"),
            ),
            test=server.test,
            warnings=("Posts cost money there.",),
        ),
        scopes=(("Post what you share", "guild.write"),),
        connect=frozenset({"oauth"}),
        fold=Fold(chars=20, words="…more"),
    )
    network = replace(network, **changes)
    monkeypatch.setattr(catalogue, "NETWORKS", (*catalogue.NETWORKS, network))
    monkeypatch.setitem(catalogue.BY_KEY, "guild", network)
    return server


__all__ = ["LIFE", "NeedsReconnect", "Retry", "Server", "opened"]
