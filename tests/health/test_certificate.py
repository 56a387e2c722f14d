"""The certificate of the pages is looked at over a real line to a real TLS server of this machine."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pytest_django import Settings as SettingsWrapper

from kaja import outbound
from kaja.health import certificate
from kaja.health.models import Sign

Serve = Callable[..., int]
LATER = datetime.now(UTC).replace(microsecond=0) + timedelta(days=40)


def made(folder: Path, name: str, ends_at: datetime) -> Path:
    """A certificate that vouches for itself, with its key, in one file."""
    key, who = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signed = (
        x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
        .not_valid_before(ends_at - timedelta(days=90))
        .not_valid_after(ends_at)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    file.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return file


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Start a TLS server with a certificate for `name`; the port. `known`: Kaja trusts its issuer."""
    servers: list[socket.socket] = []

    def start(name: str = "localhost", *, ends_at: datetime = LATER, known: bool = True) -> int:
        file = made(tmp_path, name, ends_at)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        server = socket.create_server(("127.0.0.1", 0))
        servers.append(server)
        threading.Thread(target=_answer, args=(server, context), daemon=True).start()
        if known:
            monkeypatch.setattr(outbound, "_trusted", lambda: ssl.create_default_context(cafile=str(file)))
        return int(server.getsockname()[1])

    yield start
    for server in servers:
        server.close()


def _answer(server: socket.socket, context: ssl.SSLContext) -> None:
    while True:
        try:
            line, _address = server.accept()
        except OSError:
            return
        try:
            context.wrap_socket(line, server_side=True).close()
        except OSError:
            line.close()


def test_one_that_browsers_take_tells_its_end(serve: Serve) -> None:
    assert outbound.certificate("localhost", serve()) == outbound.Certificate(LATER)


def test_one_that_nobody_vouches_for_tells_its_end_all_the_same(serve: Serve) -> None:
    seen = outbound.certificate("localhost", serve(known=False))
    assert (seen.ends_at, seen.reason) == (LATER, "issuer")
    assert "self" in seen.detail


def test_one_for_another_name(serve: Serve) -> None:
    assert outbound.certificate("localhost", serve("other.example")).reason == "name"


def test_one_that_is_past_its_end(serve: Serve) -> None:
    gone = datetime.now(UTC).replace(microsecond=0) - timedelta(days=3)
    seen = outbound.certificate("localhost", serve(ends_at=gone))
    assert (seen.ends_at, seen.reason) == (gone, "expired")


def test_a_server_that_does_not_answer_or_speaks_no_tls_is_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        with pytest.raises(outbound.NotSent):
            outbound.certificate("localhost", port, timeout=0.2)
    with pytest.raises(outbound.NotSent):
        outbound.certificate("localhost", port)
    with pytest.raises(outbound.NotSent):
        outbound.certificate("no-such-host.invalid", 443)


@pytest.mark.django_db
def test_the_look_is_noted_and_the_end_stays_known_when_nobody_answers_later(
    serve: Serve, settings: SettingsWrapper
) -> None:
    port = serve()
    settings.BASE_URL = f"https://localhost:{port}"
    certificate.look()
    sign = Sign.objects.get()
    assert (sign.about, sign.ends_at, sign.reason) == (f"localhost:{port}", LATER, "")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "create_connection", _refused)
        certificate.look()
    sign.refresh_from_db()
    assert (sign.ends_at, sign.reason) == (LATER, "unreachable")
    certificate.look()
    sign.refresh_from_db()
    assert sign.reason == ""


def _refused(*_args: object, **_kinds: object) -> None:
    raise ConnectionRefusedError("nobody there")


@pytest.mark.django_db
def test_pages_without_encryption_have_none_to_look_at(settings: SettingsWrapper) -> None:
    settings.BASE_URL = "http://localhost:8000"
    certificate.look()
    assert not Sign.objects.exists()
