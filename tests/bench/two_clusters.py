"""Two clusters, one database, 500 deliveries whose receiver takes 0 to 3 seconds: 500 messages, 500 effects (R-02)."""

import random
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

from tests.bench._outbox import Product, Proof, Receiver, end, fresh, kept, kill
from tests.bench._product import engines

TITLE = "Two clusters on one database"
TASKS, LONGEST = 500, 3000  # deliveries, milliseconds
PLACES = 25  # receivers behind one port; a platform has many


def prove(url: str, folder: Path, *, tasks: int, longest: int, weak: str = "") -> dict[str, int]:
    """Let two real clusters fight over ``tasks`` deliveries. Raises ``Proof``."""
    fresh(folder, url)
    chance = random.Random(tasks)
    with Receiver(folder) as receiver:
        product = Product(folder, url, receiver)
        waits = [chance.randrange(longest + 1) for _ in range(PLACES)]
        addresses = [receiver.url(f"wait/{waits[number % PLACES]}") for number in range(tasks)]
        with product.hand() as hand:
            clusters = [product.cluster(weak=weak) for _ in range(2)]
            try:
                hand.ask("owe", prefix="task", addresses=addresses, each=10)
                limit = time.monotonic() + 60 + tasks
                while hand.ask("states").get("new", 0):
                    if time.monotonic() > limit:
                        raise Proof(f"not done: {hand.ask('states')}")
                    if (came := len(receiver.messages())) > tasks:
                        raise Proof(f"{came} messages of {tasks}")
                    hand.ask("sweep")  # and sweeps in the middle of it all
                    time.sleep(0.5)
            except Proof:  # nothing to wait for any more
                for cluster in clusters:
                    kill(cluster)
                raise
            finally:
                for cluster in clusters:
                    end(cluster)
            facts = hand.ask("facts")
        return judge(facts, receiver, tasks)


def judge(facts: dict[str, int], receiver: Receiver, tasks: int) -> dict[str, int]:
    messages = receiver.messages()
    found = {
        "messages": len(messages),
        "effects": sum(message.acted for message in messages),
        "tries": facts["counted"],
        "receipts": facts["ok"],
        "entries": facts["entries"],
    }
    if set(found.values()) != {tasks}:
        raise Proof(f"{found} of {tasks}")
    return found


def on(database: Any) -> dict[str, int]:
    """The whole proof on one engine. Raises ``Proof``."""
    with tempfile.TemporaryDirectory() as name, database(Path(name)) as url:
        return prove(url, Path(name), tasks=TASKS, longest=LONGEST)


def run() -> str:
    lines = ["| engine | deliveries | messages at the receiver | effects | tries |", "|---|---|---|---|---|"]
    for engine, database in engines("two_clusters"):
        row = kept("two_clusters", engine, partial(on, database))
        lines.append(f"| {engine} | {TASKS} | {row['messages']} | {row['effects']} | {row['tries']} |")
    return "\n".join([*lines, "", f"Answers take 0 to {LONGEST / 1000:.0f} s; sweeps ring all the while."])
