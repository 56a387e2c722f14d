"""What the first view of the feed weighs over the wire, fonts included, pictures apart; how many requests it takes.

    python -m bench.page_weight

A real server with a small demo company, a fresh Chromium without a cache. At most 200 kB and 12 requests.
"""

from __future__ import annotations

import sys
from typing import Any

from bench import running

MOST_BYTES, MOST_REQUESTS = 200_000, 12


def weigh(person: str = "liis.tamm@nordwind.example") -> list[tuple[int, str]]:
    """Bytes and address of everything but pictures that the first view of `person`'s feed loads."""
    from playwright.sync_api import sync_playwright

    loaded: dict[str, str] = {}
    sizes: list[tuple[int, str]] = []
    with running.kaja(people=60, days=20) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=running.chromium(), args=["--no-sandbox"])
        cookies = running.sign_in(browser, address, person)
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_cookies(cookies)
        page = context.new_page()
        network = context.new_cdp_session(page)
        network.send("Network.enable")
        network.send("Network.setCacheDisabled", {"cacheDisabled": True})
        network.on("Network.requestWillBeSent", lambda said: loaded.update({said["requestId"]: said["request"]["url"]}))

        def finished(said: dict[str, Any]) -> None:
            url = loaded[said["requestId"]]
            if "/pictures/" not in url and not url.startswith("data:"):
                sizes.append((int(said["encodedDataLength"]), url.removeprefix(address)))

        network.on("Network.loadingFinished", finished)
        page.goto(address, wait_until="networkidle")
        browser.close()
    return sorted(sizes, reverse=True)


def main() -> None:
    sizes = weigh()
    for size, address in sizes:
        print(f"{size:>8,} B  {address}")
    whole = sum(size for size, _address in sizes)
    print(
        f"feed, first view: {whole / 1000:.0f} kB of {MOST_BYTES / 1000:.0f}, {len(sizes)} requests of {MOST_REQUESTS}"
    )
    sys.exit(whole > MOST_BYTES or len(sizes) > MOST_REQUESTS)


if __name__ == "__main__":
    main()
