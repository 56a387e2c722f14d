"""A load generator that needs nothing but Python: many connections, one request at a time on each, counted by epoll.

    python -m bench.load PORT SECONDS CONNECTIONS < requests

reads ready-made requests (length-prefixed) and prints how many answers came, and how many were not a 302.
"""

import random
import select
import socket
import struct
import sys
import time
from collections.abc import Sequence
from typing import NamedTuple


class Load(NamedTuple):
    answers: int
    seconds: float
    wrong: int


def run(port: int, requests: Sequence[bytes], *, seconds: float, connections: int = 64, seed: int = 1) -> Load:
    """Ask for `seconds`; each connection sends its next request, drawn at random, when an answer has come whole."""
    draw = random.Random(seed).choices(requests, k=20_000)
    sockets = {}
    poll = select.epoll()
    for _number in range(connections):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setblocking(False)
        sockets[connection.fileno()] = connection
        poll.register(connection, select.EPOLLIN)
    answers = wrong = position = 0
    for connection in sockets.values():
        connection.send(draw[position % 20_000])
        position += 1
    began = time.perf_counter()
    until = began + seconds
    while time.perf_counter() < until:
        for descriptor, _events in poll.poll(1.0):
            connection = sockets[descriptor]
            data = connection.recv(4096)
            if data[:12] != b"HTTP/1.1 302" or data[-4:] != b"\r\n\r\n":
                wrong += 1
                if not data:
                    poll.unregister(descriptor)
                    continue
            answers += 1
            connection.send(draw[position % 20_000])
            position += 1
    took = time.perf_counter() - began
    for connection in sockets.values():
        connection.close()
    return Load(answers, took, wrong)


def main() -> None:
    port, seconds, connections = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    data, requests = sys.stdin.buffer.read(), []
    while data:
        (length,) = struct.unpack_from("<I", data)
        requests.append(data[4 : 4 + length])
        data = data[4 + length :]
    load = run(port, requests, seconds=seconds, connections=connections)
    print(load.answers, load.seconds, load.wrong)


if __name__ == "__main__":
    main()
