"""One message in a hundred is poison: refused for good, refused for now, never answered. The others do not wait for it (R-08).

Clean rounds and poisoned ones alternate in one run. The delay of a message is the time from the moment all were
due until the receiver noted it; only first tries of good messages are compared. ``places`` is the same
without a clock: how many messages the receiver saw before it.
"""

import random
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench._outbox import Hand, Product, Proof, Receiver, fresh, kept, kill
from tests.bench._product import engines

TITLE = "One per cent poison"
ROUNDS, EACH, ONE_IN = 2, 5000, 100
FLOOD = 3  # tries of one message that the schedule allows in a round
LIMIT = 1.3  # the others' median delay, to that of clean rounds
POISON = ("-bad", "-wrong", "-silent")  # 500, 422, no answer; at the same address as the others


@dataclass(frozen=True)
class Round:
    """Medians over the good messages of one round."""

    seconds: float
    place: float
    flood: int  # messages that the worst poison caused in this round


def one_round(hand: Hand, receiver: Receiver, name: str, *, each: int, one_in: int | None) -> Round:
    """Make ``each`` messages due at once, every ``one_in``-th of them poison; wait until the good ones came."""
    chance = random.Random(name)
    bad = set(chance.sample(range(each), each // one_in)) if one_in else set()
    kinds = [chance.choice(POISON) if number in bad else "" for number in range(each)]
    since, began = len(receiver.messages()), time.monotonic()
    hand.ask("pile", prefix=name, addresses=[receiver.url("ok")] * each, kinds=kinds)
    limit = began + 120 + each / 10
    good = [f"{name}:{number}" for number in range(each) if number not in bad]
    while True:
        came: dict[str, tuple[float, int]] = {}
        again: Counter[str] = Counter({"": 0})
        for place, message in enumerate(receiver.messages(since)):
            came.setdefault(message.id, (message.at, place))
            again[message.id] += message.id.endswith(POISON)
        if all(one in came for one in good):
            break
        if time.monotonic() > limit:
            raise Proof(f"{name}: {sum(one in came for one in good)} of {len(good)} good messages came")
        time.sleep(0.2)
    seconds = median(came[one][0] - began for one in good)
    return Round(seconds, median(came[one][1] for one in good), max(again.values()))


def measure(
    url: str, folder: Path, *, rounds: int, each: int, one_in: int, weak: str = ""
) -> tuple[list[Round], list[Round]]:
    """(clean, poisoned) rounds, alternating, under one cluster."""
    fresh(folder, url)
    clean, poisoned = [], []
    with Receiver(folder) as receiver:
        product = Product(folder, url, receiver)
        with product.hand() as hand:
            cluster = product.cluster(weak=weak)
            try:
                one_round(hand, receiver, "warm", each=50, one_in=None)
                for number in range(rounds):
                    clean.append(one_round(hand, receiver, f"clean{number}", each=each, one_in=None))
                    poisoned.append(one_round(hand, receiver, f"poison{number}", each=each, one_in=one_in))
                    hand.ask(
                        "put_off", prefix=f"poison{number}"
                    )  # its retries would fall into the next round
            finally:
                kill(cluster)  # it may hold on to receivers that never answer
    return clean, poisoned


def ratios(clean: list[Round], poisoned: list[Round]) -> tuple[float, float]:
    """(seconds, places): medians of the poisoned rounds to those of the clean ones."""
    return (
        median(one.seconds for one in poisoned) / median(one.seconds for one in clean),
        median(one.place for one in poisoned) / median(one.place for one in clean),
    )


def on(engine: str, database: Any) -> dict[str, float]:
    """The whole proof on one engine. Raises ``Proof``."""
    with tempfile.TemporaryDirectory() as name, database(Path(name)) as url:
        clean, poisoned = measure(url, Path(name), rounds=ROUNDS, each=EACH, one_in=ONE_IN)
    seconds, places = ratios(clean, poisoned)
    if seconds > LIMIT or places > LIMIT or max(one.flood for one in poisoned) > FLOOD:
        raise Proof(f"{engine}: {seconds:.2f} in time, {places:.2f} in places; {clean} {poisoned}")
    found = {"seconds": seconds, "places": places}
    found["clean"] = median(one.seconds for one in clean)
    return {**found, "poisoned": median(one.seconds for one in poisoned)}


def run() -> str:
    lines = ["| engine | clean, median delay | 1 % poison, median delay | ratio | in places | limit |"]
    lines.append("|---|---|---|---|---|---|")
    for engine, database in engines("poison"):
        row = kept("poison", engine, partial(on, engine, database))
        lines.append(
            f"| {engine} | {row['clean']:.2f} s | {row['poisoned']:.2f} s |"
            f" {row['seconds']:.2f} | {row['places']:.2f} | {LIMIT} |"
        )
    says = f"{ROUNDS} alternating rounds of {EACH}; poison is answered 500, 422 or not at all (15 s each)."
    return "\n".join([*lines, "", says])
