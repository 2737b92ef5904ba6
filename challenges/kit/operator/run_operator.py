"""Compile an operator, check it and count what it costs: `python run_operator.py [kernel.cpp] [--device NAME] [--hot]`.

It runs in the small runtime of lab/ that the grader counts in. The grader adds what ONNX Runtime does around it, the
same for everybody, and runs it in ONNX Runtime too, where it has to be right as well.
"""

import sys
import tempfile
from pathlib import Path

import run

run.FLAGS = (*run.FLAGS, "-fPIC")


class Bench(run.Bench):
    """As for a kernel, without a scalar one to compare with."""

    def judge(self, device: run.Device, kernel: Path, hot: bool) -> float:
        """Print what an operator does on a device. Its own cycles."""
        print(f"\n{device.facts['title']} ({device.facts['core']})")
        idle = self.cost(run.HERE / "kernel" / "empty.cpp", device)
        self.build(kernel, device)
        self.right(self.run(self.checked, device), self.checked)
        done = self.right(self.run(self.scored, device), self.scored)
        print(f"  right on {len(self.checked) + len(self.scored)} calls")
        own = done.counts - idle
        cycles = device.cycles(own)
        kinds = ", ".join(f"{name} {count:,}" for name, count in own.classes.items() if count)
        print(f"  instructions {own.instructions:>12,}   {kinds}")
        print(f"  misses       {own.level1:>12,}   first cache, {own.level2:,} second cache")
        print(
            f"  cycles       {cycles:>12,.0f}   of the operator's own; par, with the runtime's, {device.asked['par']:,}"
        )
        if hot:
            self.show_hot(done, device)
        return cycles


def main() -> None:
    """Print what the operator costs on each device."""
    options = run._options()
    try:
        devices = [run.Device(name, run.DEVICES[name], asked) for name, asked in run.CHALLENGE["devices"].items()]
        run._require_tools(devices)
        with tempfile.TemporaryDirectory() as name:
            bench = Bench(Path(name))
            for device in devices:
                if options.device in (None, device.name):
                    bench.judge(device, options.kernel, options.hot)
    except run.Stopped as reason:
        sys.exit(str(reason))


if __name__ == "__main__":
    main()
