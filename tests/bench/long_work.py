"""Pushes while long work runs: two real clusters, a receiver in its own process, interleaved rounds with and without.

Long work is the verification of a long ledger, again and again, on the cluster "long". The clusters share the
machine and the database; what must not happen is that a push waits for long work.
"""

import os
import statistics
import tempfile
import time
from pathlib import Path

from tests.bench._outbox import Hand, Product, Proof, Receiver, end, fresh
from tests.bench._product import engines

TITLE = "Pushes while long work runs"
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "4"))  # of each kind
PUSHES = int(os.environ.get("BENCH_PUSHES", "60"))  # of one round
EVERY = 0.25  # seconds between two pushes
ENTRIES = int(os.environ.get("BENCH_ENTRIES", "40000"))  # of the ledger that is verified
LIMIT = 2.0  # p95 with long work, against p95 without
TASKS = 500  # long tasks waiting at the beginning of a round: more than it can finish
MISPLACED = 30  # long tasks at the cluster of pushes, in the round without the guard
PROBE = "tests.bench._long_work_probe"


def one_round(
    hand: Hand, address: str, name: str, *, long: bool = False, misplaced: bool = False
) -> list[float]:
    """Delays (seconds, from birth to receipt) of a round's pushes; with ``long`` work before, during and after.

    ``misplaced`` takes the guard away: the long work waits at the cluster of pushes, before them.
    """
    if misplaced:
        hand.ask("misplace_long", times=MISPLACED)
    if long:
        hand.ask("begin_long", times=TASKS)
        _until(lambda: hand.ask("long_running") > 0, 60, "long work begins")
    for number in range(PUSHES):
        hand.ask("owe", prefix=f"{name}:{number}", addresses=[address])
        time.sleep(EVERY)
    hand.until_done(seconds=120)
    found = list(hand.ask("delays", prefix=f"{name}:"))
    if len(found) != PUSHES:
        raise Proof(f"{name}: {len(found)} of {PUSHES} pushes arrived")
    if long:
        if not hand.ask("long_waiting"):
            raise Proof(f"{name}: long work ended before the pushes did; nothing is shown")
        hand.ask("drop_long")
        _until(lambda: hand.ask("long_running") == 0, 300, "long work ends")
    return found


def _until(what, seconds: float, why: str) -> None:  # type: ignore[no-untyped-def]
    limit = time.monotonic() + seconds
    while not what():
        if time.monotonic() > limit:
            raise Proof(f"not within {seconds:.0f} s: {why}")
        time.sleep(0.3)


def measure(folder: Path, url: str) -> tuple[dict[bool, list[float]], list[float]]:
    """Delays of all rounds without and with long work; and of one with long work in the wrong place."""
    fresh(folder, url)
    delays: dict[bool, list[float]] = {False: [], True: []}
    with Receiver(folder) as receiver:
        product = Product(folder, url, receiver)
        with product.hand(probe=PROBE) as hand:
            hand.ask("fill_ledger", entries=ENTRIES)
            clusters = [product.cluster(), product.cluster(Q_CLUSTER_NAME="long")]
            try:
                address = f"http://{receiver.place}/ok"
                one_round(hand, address, "warm")
                for number in range(ROUNDS):
                    for long in (False, True) if number % 2 else (True, False):
                        delays[long] += one_round(hand, address, f"{number}of{long:d}", long=long)
                broken = one_round(hand, address, "broken", misplaced=True)
            finally:
                for cluster in clusters:
                    end(cluster)
    return delays, broken


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def run() -> str:
    lines = [
        f"{ROUNDS} rounds of each kind, interleaved, {PUSHES} pushes each, one every {EVERY} s, born by the product's own "
        f"action and noted by the receiver's answer. Long work: verifying a ledger of {ENTRIES:,} entries, without a "
        "pause, on both workers of the cluster “long”. In every round with long work, tasks of it were still waiting "
        "when the last push had arrived: none waited for its end. Exports will be work of the same cluster; none exists yet.",
        "",
        "| engine | median without | median with | p95 without | p95 with | ratio of p95 | slowest with | the guard removed |",
        "|---|---|---|---|---|---|---|---|",
    ]
    failed = []
    for engine, database in engines("long_work"):
        with tempfile.TemporaryDirectory() as name, database(Path(name)) as url:
            delays, broken = measure(Path(name), url)
        without, during = delays[False], delays[True]
        ratio = p95(during) / p95(without)
        numbers = (statistics.median(without), statistics.median(during), p95(without), p95(during))
        shown = " | ".join(f"{value:.2f} s" for value in numbers)
        unguarded = p95(broken) / p95(without)
        lines.append(f"| {engine} | {shown} | {ratio:.2f} | {max(during):.2f} s | {unguarded:.2f} |")
        print(lines[-1], flush=True)  # noqa: T201
        if ratio > LIMIT:
            failed.append(f"{engine}: p95 grew {ratio:.2f} times, more than {LIMIT}")
        if unguarded <= LIMIT:
            failed.append(
                f"{engine}: long work at the cluster of pushes was not noticed ({unguarded:.2f} times)"
            )
    if failed:
        raise Proof("; ".join(failed))
    told = f"{MISPLACED} tasks of long work rung at the cluster of pushes, before the pushes: more than that, as it must be."
    return "\n".join(
        [
            *lines,
            "",
            f"Limit: a p95 at most {LIMIT:g} times that without long work. The guard removed: {told}",
        ]
    )
