"""Rebuild narrow.onnx: `python challenges/detect_scenes/solutions/naive/train.py [PATH]`. About a minute on one core.

Very narrow, trained for a moment, on labels alone.
"""

import argparse
from pathlib import Path

from challenges.detect_scenes.prepare import Detector, Schedule, export, train
from challenges.training import single_threaded

CHANNELS = (8, 16, 32, 32)
STRIDES = (2, 2, 2, 1)
SCHEDULE = Schedule(epochs=4, seed=1, peak_rate=4e-3, batch_items=64, weight_decay=1e-4)

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, nargs="?", default=Path(__file__).with_name("narrow.onnx"))
    single_threaded(SCHEDULE.seed)
    model = Detector(CHANNELS, STRIDES)
    train(model, SCHEDULE)
    export(model, parser.parse_args().path)
