"""Deliveries per second with leases, retries and receipts, beside sixteen bare keep-alive threads, in one run.

The receiver answers after 20 ms. Rounds of both alternate; counted is what the receiver noted, from the
first message of a round to its last.
"""

import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench._outbox import Product, Proof, Receiver, end, fresh, kept
from tests.bench._product import ROOT, engines

TITLE = "Deliveries per second"
ROUNDS, EACH = 5, 2000
THREADS = 16
GOAL = 0.7


def rate(receiver: Receiver, since: int, count: int, seconds: float = 240) -> float:
    """Messages per second between the first and the last of the next ``count`` messages."""
    limit = time.monotonic() + seconds
    while len(found := receiver.messages(since)) < count:
        if time.monotonic() > limit:
            raise Proof(f"only {len(found)} of {count} messages came")
        time.sleep(0.2)
    return (count - 1) / (found[count - 1].at - found[0].at)


def bare(receiver: Receiver, count: int) -> float:
    since = len(receiver.messages())
    subprocess.run(
        [sys.executable, "-m", "tests.bench._bare_threads", receiver.place, str(count), str(THREADS)],
        cwd=ROOT,
        check=True,
    )
    return rate(receiver, since, count)


def measure(url: str, folder: Path, *, rounds: int, each: int) -> tuple[list[float], list[float]]:
    """(bare, ours) of every round, per second."""
    fresh(folder, url)
    threads, ours = [], []
    with Receiver(folder) as receiver:
        product = Product(folder, url, receiver)
        with product.hand() as hand:
            cluster = product.cluster()
            try:
                hand.ask("pile", prefix="warm", addresses=[f"http://{receiver.place}/ok"] * 50)
                hand.until_done(seconds=90)
                for number in range(rounds):
                    threads.append(bare(receiver, each))
                    since = len(receiver.messages())
                    addresses = [f"http://{receiver.place}/ok"] * each
                    hand.ask("pile", prefix=f"round{number}", addresses=addresses)
                    ours.append(rate(receiver, since, each))
                    hand.until_done(seconds=60)
            finally:
                end(cluster)
            check(hand.ask("facts"), receiver, rounds * each + 50)
    return threads, ours


def check(facts: dict[str, int], receiver: Receiver, count: int) -> None:
    """Nothing was left out for speed: every row has its try, its receipt and its entry on the ledger."""
    named = [row.id for row in receiver.messages() if row.id != "-"]
    if len(set(named)) != count or {facts[name] for name in ("sent", "entries", "ok")} != {count}:
        raise Proof(f"{len(named)} messages, {len(set(named))} distinct, of {count}: {facts}")


def on(database: Any) -> dict[str, list[float]]:
    """Every round of both on one engine."""
    with tempfile.TemporaryDirectory() as name, database(Path(name)) as url:
        threads, ours = measure(url, Path(name), rounds=ROUNDS, each=EACH)
    return {"threads": threads, "ours": ours}


def run() -> str:
    lines = []
    for engine, database in engines("throughput"):
        found = kept("throughput", engine, partial(on, database))
        threads, ours = found["threads"], found["ours"]
        ratio = median(ours) / median(threads)
        spread = " ".join(f"{mine / other:.2f}" for mine, other in zip(ours, threads, strict=True))
        lines.append(
            f"| {engine} | {median(threads):.0f} | {median(ours):.0f} | {ratio:.2f} | {spread} |"
            f" {'reached' if ratio >= GOAL else 'missed'} |"
        )
    says = f"Receiver answers after 20 ms; {ROUNDS} alternating rounds of {EACH} messages; one cluster, two workers."
    head = f"| engine | {THREADS} bare threads, per s | the platform, per s | ratio of medians | each round | goal {GOAL} |"
    return "\n".join([says, "", head, "|---|---|---|---|---|---|", *lines])
