"""Serving an ASGI application with Granian."""

import os
import sys


def command(application: str, *, host: str, port: int) -> list[str]:
    """The words that start the server. One process: more of them only pay with PostgreSQL and more cores.

    Who stops it waits at most five seconds for people who read slowly: a thread that waits for one of them never ends.
    """
    return [
        sys.executable, "-m", "granian", "--interface", "asgi", "--host", host, "--port", str(port), "--workers", "1",
        "--loop", "asyncio", "--no-ws", "--workers-kill-timeout", "5", "--log-level", "warning", application,
    ]  # fmt: skip


def replace_process(application: str, *, host: str, port: int) -> None:
    """Become the server, so that signals reach it directly."""
    words = command(application, host=host, port=port)
    os.execv(words[0], words)  # noqa: S606 - our own interpreter and arguments
