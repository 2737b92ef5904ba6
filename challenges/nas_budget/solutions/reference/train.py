"""Search and train: `python -m challenges.nas_budget.solutions.reference.train`, about five minutes on one core.

Draws networks until enough of them use most of both budgets, trains each briefly, ranks them by validation accuracy
and trains the best for longer. Writes search.txt (everything that was tried) and entry.onnx.
"""

import random
from pathlib import Path

from challenges.datasets import fashion_mnist
from challenges.nas_budget.space import Built, Network, draw
from challenges.training import Schedule, accuracy, export, single_threaded, train

FOLDER = Path(__file__).parent
SEED = 2031
CANDIDATES = 8
MAX_MACS, MAX_MEMORY_BYTES = 250_000, 12_288
LEAST_MACS = 170_000  # a network that leaves much of the budget is not worth its training
TRIAL = Schedule(epochs=1, seed=SEED, peak_rate=0.1)
TRIAL_ITEMS = 8_000
FINAL = Schedule(epochs=4, seed=SEED, weight_decay=2e-4)


def candidates(rng: random.Random) -> list[Network]:
    """Different networks within the budgets."""
    found: list[Network] = []
    while len(found) < CANDIDATES:
        network = draw(rng)
        macs, memory_bytes = network.costs()
        if LEAST_MACS <= macs <= MAX_MACS and memory_bytes <= MAX_MEMORY_BYTES and network not in found:
            found.append(network)
    return found


def trained(network: Network, schedule: Schedule, items: int | None) -> Built:
    """From the same initial state of the random numbers every time."""
    single_threaded(schedule.seed)
    model = Built(network)
    train(model, fashion_mnist.training().first(items), schedule)
    return model


def search() -> Network:
    """The best after a short training, and a line in search.txt for each."""
    scored = []
    with (FOLDER / "search.txt").open("w") as log:
        log.write(f"network: MACs, bytes of activations, validation accuracy after {TRIAL_ITEMS} images\n")
        for network in candidates(random.Random(SEED)):  # noqa: S311 - not for secrets
            found = accuracy(trained(network, TRIAL, TRIAL_ITEMS), fashion_mnist.validation())
            scored.append((found, network))
            macs, memory_bytes = network.costs()
            print(f"{network}: {macs}, {memory_bytes}, {found:.4f}", file=log, flush=True)
    return max(scored, key=lambda pair: pair[0])[1]


if __name__ == "__main__":
    best = search()
    model = trained(best, FINAL, None)
    print(f"{best}: validation accuracy {accuracy(model, fashion_mnist.validation()):.4f}")
    export(model, FOLDER / "entry.onnx")
