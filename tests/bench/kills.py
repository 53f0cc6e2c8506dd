"""Workers are killed a thousand times; nothing is lost and nothing takes effect twice (R-01).

Workers of a real ``qcluster`` die at eight points between the claim of a delivery and its receipt, and its guard
starts new ones. Exact kills: forks of one process with the product loaded die at the same points, at the birth of a
delivery and in the sweep. Whole clusters: real ``qcluster`` sessions get SIGKILL in the middle of their work. Then
one more cluster, left alone, has to bring everything to its end. The receiver is a process of its own that acts once
per message id and notes every message before it answers.
"""

import random
import tempfile
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

from tests.bench._kill_points_names import NAMES
from tests.bench._outbox import Hand, Product, Proof, Receiver, end, fresh, kept, kill
from tests.bench._product import engines

TITLE = "A thousand kills"
WORKERS = 1000  # of real clusters, over eight points
EACH_POINT = 20  # forks, times ten points
CLUSTERS = 6
LEASE = "5"  # seconds: what a dead worker held is free soon
USED = NAMES
ROWS = 3  # deliveries of one killed worker
CLUSTER_ROWS = 150
WORKER_ROWS = 10  # owed at a time while workers die
RECOVER_EVERY = 40  # kills; then time passes and a worker is left alone


def exact_kills(hand: Hand, receiver: Receiver, times: int, weak: str = "") -> Counter[str]:
    """``times`` kills at each point, in mixed order; how many there were of each."""
    chance, done = random.Random(times), Counter[str]()
    order = [name for name in USED for _ in range(times)]
    chance.shuffle(order)
    for number, point in enumerate(order):
        told: dict[str, Any] = {
            "prefix": f"kill{number}",
            "addresses": [receiver.url("ok")] * ROWS,
            "kill_at": point,
            "nth": chance.choice((1, 1, 2)) if point in {NAMES[2], NAMES[3]} else 1,
            "weak": weak,
        }
        act = {NAMES[8]: "owe", NAMES[9]: "owe_and_sweep"}.get(point, "owe_and_carry_out")
        if not hand.died(act, **told):
            raise Proof(f"no kill at: {point}")
        done[point] += 1
        if number % RECOVER_EVERY == RECOVER_EVERY - 1:
            hand.died("pass_time")
            hand.died("carry_out", weak=weak)
    return done


def worker_kills(product: Product, times: int) -> tuple[Counter[str], int]:
    """Let ``times`` workers of a real cluster die, while deliveries are owed; (deaths by point, deliveries owed).

    The cluster is killed whole at the end, when no more of its workers die.
    """
    log, owed = product.folder / "deaths", 0
    log.touch()
    cluster = product.cluster(KILL_LOG=str(log), KILL_LIMIT=str(times), OUTBOX_LEASE_SECONDS=LEASE)
    limit = time.monotonic() + 120 + times * 2
    try:
        with product.hand() as hand:
            while log.stat().st_size < times:
                if time.monotonic() > limit:
                    raise Proof(f"{log.stat().st_size} of {times} workers died")
                if hand.ask("states").get("new", 0) < 5 * WORKER_ROWS:
                    addresses = [product.receiver.url("ok")] * WORKER_ROWS
                    hand.ask("owe", prefix=f"worker{owed}", addresses=addresses)
                    owed += WORKER_ROWS
                hand.ask("pass_time_and_sweep")
                time.sleep(0.3)
    finally:
        kill(cluster)
    return Counter(NAMES[int(place)] for place in log.read_text("ascii")), owed


def cluster_kills(product: Product, hand: Hand, times: int) -> None:
    """Kill a whole cluster, ``times`` times, once it has begun to deliver."""
    chance = random.Random(times)
    for number in range(times):
        addresses = [product.receiver.url("ok")] * CLUSTER_ROWS
        since = len(product.receiver.messages())
        hand.died("pile", prefix=f"cluster{number}", addresses=addresses)
        cluster = product.cluster()
        try:
            few = chance.randint(1, CLUSTER_ROWS // 2)
            wait_for_messages(product.receiver, since + few)
        finally:
            kill(cluster)
        hand.died("pass_time")


def wait_for_messages(receiver: Receiver, count: int, seconds: float = 120) -> None:
    limit = time.monotonic() + seconds
    while len(receiver.messages()) < count:
        if time.monotonic() > limit:
            raise Proof("a cluster did not begin to deliver")
        time.sleep(0.02)


def finish(product: Product, count: int) -> dict[str, int]:
    """Let one cluster, which nobody kills, bring everything to its end; the sums."""
    with product.hand() as hand:
        cluster = product.cluster()
        try:
            limit = time.monotonic() + 60 + count / 10
            while hand.ask("states").get("new", 0):
                if time.monotonic() > limit:
                    raise Proof(f"deliveries are left: {hand.ask('states')}")
                hand.ask("pass_time_and_sweep")
                time.sleep(1)
        finally:
            end(cluster)
        return dict(hand.ask("facts"))


def judge(facts: dict[str, int], receiver: Receiver, count: int) -> dict[str, int]:
    """Raises ``Proof`` unless each of ``count`` deliveries took effect once and every try is accounted for."""
    messages = receiver.messages()
    per_id = Counter(message.id for message in messages)
    acted = sum(message.acted for message in messages)
    wrong = {
        "lost": count - len(per_id),
        "double effects": acted - count,
        "rows not sent": count - facts["sent"],
        "without one ledger entry": abs(facts["entries"] - count) + abs(facts["entries_for"] - count),
        "tries not accounted for": facts["counted"] - facts["tries"],
        "still held": facts["held"],
    }
    if any(wrong.values()):
        raise Proof(f"{wrong} of {count}")
    return {
        "deliveries": len(messages),
        "effects": acted,
        "interrupted": facts["tries"] - facts["ok"],
        "most": facts["most"],
    }


def prove(
    url: str, folder: Path, *, each_point: int, clusters: int, workers: int = 0, weak: str = ""
) -> dict[str, Any]:
    """Kill, recover and judge on one database. Raises ``Proof``."""
    fresh(folder, url)
    with Receiver(folder, milliseconds=5) as receiver:
        product = Product(folder, url, receiver)
        died, owed = worker_kills(product, workers) if workers else (Counter(), 0)
        with product.hand("--fork") as hand:
            done = exact_kills(hand, receiver, each_point, weak)
            cluster_kills(product, hand, clusters)
            hand.died("pass_time")
        count = sum(done.values()) * ROWS + clusters * CLUSTER_ROWS + owed
        facts = finish(product, count)
        found = {"kills": done, "workers": died, "clusters": clusters, "rows": count}
        return {**found, **judge(facts, receiver, count)}


def on(engine: str, database: Any) -> dict[str, Any]:
    """The whole proof on one engine; a shorter one on the second."""
    part = 1 if engine == "SQLite" else 10
    with tempfile.TemporaryDirectory() as name, database(Path(name)) as url:
        return prove(
            url,
            Path(name),
            each_point=EACH_POINT // part,
            clusters=max(CLUSTERS // part, 1),
            workers=WORKERS // part,
        )


def run() -> str:
    head = "| engine | workers killed | forks killed | clusters killed | deliveries owed | lost | messages at the receiver |"
    head += " effects | double effects | interrupted tries | most tries of one |"
    lines, workers, forks = [], Counter[str](), Counter[str]()
    for engine, database in engines("kills"):
        row = kept("kills", engine, partial(on, engine, database))
        workers += Counter(row["workers"])
        forks += Counter(row["kills"])
        lines.append(
            f"| {engine} | {sum(row['workers'].values())} | {sum(row['kills'].values())} | {row['clusters']} |"
            f" {row['rows']} | 0 | {row['deliveries']} | {row['effects']} | 0 | {row['interrupted']} | {row['most']} |"
        )
    points = "\n".join(f"| {name} | {workers[name]} | {forks[name]} |" for name in NAMES)
    table = "\n".join([head, "|---" * 11 + "|", *lines])
    says = "Every try is accounted for, every delivery has one entry on the ledger, no lease is left."
    return f"{table}\n\n{says}\n\n| killed | workers of a cluster | forks |\n|---|---|---|\n{points}"
