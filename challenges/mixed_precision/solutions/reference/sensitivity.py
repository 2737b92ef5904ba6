"""The editorial's tables: `python -m challenges.mixed_precision.solutions.reference.sensitivity`, minutes on one core.

For every layer what 4 and 2 bits in it alone cost, in KL divergence on unlabelled images and in validation accuracy.
Then plans for the same budget: by what each layer costs alone, and by what it costs together with the others.
"""

from collections.abc import Callable

import numpy as np
import onnx

from challenges.datasets import fashion_mnist
from challenges.mixed_precision.solutions.reference.solve import (
    BUDGET_BYTES,
    IMAGES,
    Bits,
    Network,
    divergence,
    log_softmax,
    logits,
    search,
)
from challenges.registry import find

Loss = Callable[[Bits], float]


class Bench:
    """What a choice of bits costs; layers that it does not name keep 8 bits."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.wide: Bits = dict.fromkeys(network.weights, 8)
        self.images = fashion_mnist.calibration(IMAGES)
        self.validation = fashion_mnist.validation()
        self.wanted = log_softmax(logits(network.model, self.images))
        self.right = self._right(network.model)

    def kl(self, bits: Bits) -> float:
        """Mean divergence of the answers, in nats."""
        return divergence(self.wanted, logits(self.network.quantized(self.wide | bits), self.images))

    def drop(self, bits: Bits) -> tuple[float, float]:
        """Points of validation accuracy, and their paired standard error."""
        found = 100 * (self.right - self._right(self.network.quantized(self.wide | bits)))
        return float(found.mean()), float(found.std() / len(found) ** 0.5)

    def _right(self, model: onnx.ModelProto) -> np.ndarray:
        """1.0 where the model answers correctly."""
        parts = [logits(model, part) for part in np.array_split(self.validation.inputs, 12)]
        return (np.concatenate(parts).argmax(1) == self.validation.labels).astype(np.float64)


def added_up(network: Network, alone: dict[tuple[str, int], float], budget_bytes: int) -> Bits:
    """Narrow the cheapest layer by byte saved, as if each cost the same alone and together."""
    bits = dict.fromkeys(network.weights, 8)
    cost = alone | {(name, 8): 0.0 for name in bits}

    def price(name: str) -> float:
        now, then = bits[name], bits[name] // 2
        return (cost[name, then] - cost[name, now]) / (network.weights[name].size * (now - then) / 8)

    while network.weight_bytes(bits) > budget_bytes:
        chosen = min((name for name in bits if bits[name] > 2), key=price)
        bits[chosen] //= 2
    return bits


def main() -> None:
    """Print the table and the plans."""
    bench = Bench(Network(onnx.load(find("mixed_precision").baseline_path)))
    network = bench.network
    kl, drop = {}, {}
    print("weights, KL with 4 and 2 bits, drop with 4 and 2 bits in points")
    for name, values in network.weights.items():
        for bits in (4, 2):
            kl[name, bits], drop[name, bits] = bench.kl({name: bits}), bench.drop({name: bits})[0]
        found = f"{kl[name, 4]:.5f} {kl[name, 2]:.5f} {drop[name, 4]:.2f} {drop[name, 2]:.2f}"
        print(f"{values.shape} {values.size}: {found}", flush=True)
    plans = {
        "4 bits": dict.fromkeys(network.weights, 4),
        "alone, by accuracy": added_up(network, drop, BUDGET_BYTES),
        "alone, by KL": added_up(network, kl, BUDGET_BYTES),
        "together, by KL": search(network, bench.images, BUDGET_BYTES),
    }
    for title, chosen in plans.items():
        points, error = bench.drop(chosen)
        facts = f"{network.weight_bytes(chosen)} B, KL {bench.kl(chosen):.5f}, drop {points:.2f} ± {error:.2f}"
        print(f"{title}: {list(chosen.values())}, {facts}", flush=True)


if __name__ == "__main__":
    main()
