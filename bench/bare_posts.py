"""The bare loop that delivery is measured against: posts ready-made records, one after the other on each connection.

    python -m bench.bare_posts HOST PORT CONNECTIONS < requests

reads lines of JSON (token and body of each call) and prints how many seconds it took.
"""

import http.client
import json
import queue
import sys
import threading
import time

PATH = "/xrpc/com.atproto.repo.createRecord"


def main() -> None:
    host, port, connections = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    waiting: queue.SimpleQueue[tuple[str, bytes]] = queue.SimpleQueue()
    for line in sys.stdin:
        told = json.loads(line)
        waiting.put((told["token"], json.dumps(told["body"]).encode()))
    wrong: list[int] = []

    def work() -> None:
        there = http.client.HTTPConnection(host, port, timeout=30)
        while True:
            try:
                token, body = waiting.get_nowait()
            except queue.Empty:
                return
            there.request("POST", PATH, body, {"Content-Type": "application/json", "Authorization": f"Bearer {token}"})
            answer = there.getresponse()
            answer.read()
            if answer.status != 200:
                wrong.append(answer.status)

    began = time.perf_counter()
    threads = [threading.Thread(target=work) for _number in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    if wrong:
        sys.exit(f"{len(wrong)} posts were refused ({wrong[0]}).")
    print(took)


if __name__ == "__main__":
    main()
