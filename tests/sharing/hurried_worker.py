"""A whole worker, as `kaja worker` runs it, to whom a minute is some seconds: for runs in which workers are killed.

    python -m tests.sharing.hurried_worker

Only the waits are shorter, in the proportions that they have in life; everything else is Kaja's own.
"""

import os
from datetime import timedelta


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaja.settings")
    import django

    django.setup()
    from kaja import consequences, outbound
    from kaja.jobs import worker
    from kaja.networks import connecting
    from kaja.networks.contract import Http, Network
    from kaja.sharing import claiming, delivery, settling

    def http(network: Network) -> Http:
        keep = network.api is not None and network.api.new_record_key is not None
        return outbound.http(timeout=2.5, keep=keep)  # 15 s

    connecting.http = http
    claiming.LEASE = timedelta(seconds=10)  # 5 min
    delivery.PAUSE = timedelta(seconds=0.5)  # 10 s
    settling.AGAIN = timedelta(seconds=0.5)  # 15 s
    worker.BEAT, worker.DEAD = 1.0, timedelta(seconds=6)  # 5 s, 45 s
    consequences.SCHEDULE["kaja.sharing.settling.sweep"] = 2  # 15 s
    worker.Worker().run()


if __name__ == "__main__":
    main()
