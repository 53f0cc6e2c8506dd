"""The yardstick: threads that post over kept connections and do nothing else. ``PLACE COUNT THREADS``."""

import http.client
import sys
import threading

from tests.bench._outbox_body import BODY


def post(place: str, count: int) -> None:
    connection = http.client.HTTPConnection(place, timeout=30)
    for _ in range(count):
        connection.request("POST", "/ok", BODY, {"Content-Type": "application/json"})
        connection.getresponse().read()
    connection.close()


if __name__ == "__main__":
    place, count, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    shares = [count // threads + (number < count % threads) for number in range(threads)]
    hands = [threading.Thread(target=post, args=(place, share)) for share in shares]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
