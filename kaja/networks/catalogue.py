"""Every network Kaja knows, in the order people see them: one import per network."""

from kaja.networks.contract import Network

NETWORKS: tuple[Network, ...] = ()
BY_KEY: dict[str, Network] = {network.key: network for network in NETWORKS}
