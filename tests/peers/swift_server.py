"""A real store that speaks S3: OpenStack Swift with its S3 API, on this machine.

It lives in an environment of its own, which `make test` fills from requirements/swift.txt: Kaja shares no library with it.
Who runs pytest by hand before has these tests skipped, or names another environment by KAJA_SWIFT.
"""

import os
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.peers.serving import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
HOME = Path(os.environ.get("KAJA_SWIFT", ROOT / "build" / "swift"))
KEY, SECRET, BUCKET = "kaja:media", "a-secret-for-tests", "kaja"
SERVERS = ("account", "container", "object", "proxy")
PROXY = """
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck cache listing_formats s3api tempauth bulk slo dlo proxy-logging proxy-server
[app:proxy-server]
use = egg:swift#proxy
allow_account_management = true
account_autocreate = true
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
[filter:tempauth]
use = egg:swift#tempauth
user_kaja_media = a-secret-for-tests .admin
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:1
[filter:listing_formats]
use = egg:swift#listing_formats
"""
OTHERS = ("catch_errors", "gatekeeper", "healthcheck", "bulk", "slo", "dlo")


@contextmanager
def running() -> Iterator[str]:
    """Starts it with an empty bucket; gives the address as KAJA_MEDIA_URL takes it."""
    folder = Path(tempfile.mkdtemp(prefix="kaja-swift-"))
    ports = {name: free_port() for name in SERVERS}
    began: list[subprocess.Popen[bytes]] = []
    try:
        _configure(folder, ports)
        for name in SERVERS:
            command = [
                str(HOME / "bin" / "python"),
                str(HOME / "bin" / f"swift-{name}-server"),
                str(folder / f"{name}.conf"),
            ]
            log = (folder / f"{name}.log").open("wb")
            began.append(subprocess.Popen(command, stdout=log, stderr=log, env=_environment(folder)))
        _wait(ports["proxy"], folder)
        yield f"s3://{KEY.replace(':', '%3A')}:{SECRET}@127.0.0.1:{ports['proxy']}/{BUCKET}?tls=0"
    finally:
        for one in began:
            one.terminate()
        for one in began:
            one.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def _environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "HOME": str(folder)}


def _configure(folder: Path, ports: dict[str, int]) -> None:
    (folder / "devices" / "one").mkdir(parents=True)
    common = (
        f"bind_ip = 127.0.0.1\nswift_dir = {folder}\ndevices = {folder}/devices\nmount_check = false\nworkers = 0\n"
    )
    common += f"user = {os.environ.get('USER', 'root')}\nlog_level = ERROR\nrecon_cache_path = {folder}\n"
    filters = "".join(f"[filter:{name}]\nuse = egg:swift#{name}\n" for name in OTHERS)
    filters += "[filter:proxy-logging]\nuse = egg:swift#proxy_logging\n"
    for name in SERVERS:
        head = f"[DEFAULT]\nbind_port = {ports[name]}\n{common}"
        body = (
            PROXY + filters
            if name == "proxy"
            else f"[pipeline:main]\npipeline = {name}-server\n[app:{name}-server]\nuse = egg:swift#{name}\n"
        )
        (folder / f"{name}.conf").write_text(head + body)
    (folder / "swift.conf").write_text(
        "[swift-hash]\nswift_hash_path_suffix = kaja\n[storage-policy:0]\nname = one\ndefault = yes\n"
    )
    builder = str(HOME / "bin" / "swift-ring-builder")
    for name in SERVERS[:3]:
        ring = str(folder / f"{name}.builder")
        device = f"r1z1-127.0.0.1:{ports[name]}/one"
        for step in (["create", "4", "1", "0"], ["add", device, "1"], ["rebalance"]):
            subprocess.run(
                [str(HOME / "bin" / "python"), builder, ring, *step], check=True, capture_output=True, cwd=folder
            )


def _wait(port: int, folder: Path) -> None:
    for _n in range(100):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthcheck", timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    logs = "\n".join((folder / f"{name}.log").read_text()[-500:] for name in SERVERS)
    raise AssertionError(f"Swift does not start:\n{logs}")
