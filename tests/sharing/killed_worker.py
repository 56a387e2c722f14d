"""A worker in a process of its own that dies, really, at a named step of delivery.

    python -m tests.sharing.killed_worker SHARE STEP
    python -m tests.sharing.killed_worker CORRECTION STEP correction
    python -m tests.sharing.killed_worker CRISIS STEP crisis

The database is named by the environment; the step is one of STEPS, or "none" to deliver in peace.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

STEPS = (
    "before-claim",
    "after-claim",
    "after-key",
    "before-network",
    "network-stored",
    "before-receipt",
    "after-receipt",
)


def die(*_args: Any, **_kwargs: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


# Of a change of a post that is out.
CORRECTING = (
    "before-claim",
    "after-claim",
    "after-stops",
    "before-network",
    "network-stored",
    "before-end",
    "after-end",
)


def main(share: int, step: str) -> None:
    import django

    django.setup()
    from kaja.networks import connecting
    from kaja.outbound import Request, Response
    from kaja.sharing import claiming, delivery

    def after(function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            answer = function(*args, **kwargs)
            die()
            return answer

        return wrapped

    real = connecting.http

    def dying(network: Any) -> Callable[[Request], Response]:
        speak = real(network)

        def send(request: Request) -> Response:
            creates = request.method == "POST" and ("createRecord" in request.url or request.url.endswith("/posts"))
            if creates and step == "before-network":
                die()
            answer = speak(request)
            if creates and step == "network-stored":
                die()
            return answer

        return send

    if step == "before-claim":
        die()
    setattr(connecting, "http", dying)  # noqa: B010
    replaced: dict[str, Callable[..., Any]] = {
        "after-claim": after(claiming.claim),
        "after-key": after(delivery.prepare),
        "before-receipt": die,
        "after-receipt": after(delivery.settle),
    }
    names = {"after-claim": "claim", "after-key": "prepare", "before-receipt": "settle", "after-receipt": "settle"}
    if step in names:
        setattr(claiming if step == "after-claim" else delivery, names[step], replaced[step])
    delivery.deliver(share, worker=f"killed-{step}")


# Of the search for the posts in which the words of a crisis stand, in slices of two.
SEARCHING = ("before-slice", "after-reading", "after-naming", "after-holding", "after-slice", "after-turn")


def search(crisis: int, step: str) -> None:
    import django

    django.setup()
    from kaja.sharing import crisis as verbs
    from kaja.sharing import holding, naming

    setattr(holding, "SLICE", 2)  # noqa: B010

    def after(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *given: (function(*given), die())

    if step == "before-slice":
        die()
    places: dict[str, tuple[Any, str]] = {
        "after-reading": (naming, "among"), "after-naming": (holding, "_name"), "after-holding": (holding, "_marked"),
        "after-slice": (holding, "_slice"),
    }  # fmt: skip
    if step in places:
        module, name = places[step]
        setattr(module, name, after(getattr(module, name)))
    verbs.catch_up(crisis)
    die()


def correct(correction: int, step: str) -> None:
    import django

    django.setup()
    from kaja.networks import connecting
    from kaja.outbound import Request, Response
    from kaja.sharing import correcting

    real = connecting.http

    def dying(network: Any) -> Callable[[Request], Response]:
        speak = real(network)

        def send(request: Request) -> Response:
            if request.method == "PATCH" and step == "before-network":
                die()
            answer = speak(request)
            if request.method == "PATCH" and step == "network-stored":
                die()
            return answer

        return send

    def after(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *given: (function(*given), die())

    setattr(connecting, "http", dying)  # noqa: B010
    if step == "before-claim":
        die()
    names = {"after-claim": "claim", "after-stops": "_stopped", "before-end": "settle", "after-end": "settle"}
    if step in names:
        real_one = getattr(correcting, names[step])
        setattr(correcting, names[step], die if step == "before-end" else after(real_one))
    correcting.carry_out(correction=correction)


if __name__ == "__main__":
    kinds: dict[str, Callable[[int, str], None]] = {"correction": correct, "crisis": search}
    kinds.get("".join(sys.argv[3:]), main)(int(sys.argv[1]), sys.argv[2])
