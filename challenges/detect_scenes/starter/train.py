"""Train a small detector on scenes that are composed on the way, and write student.onnx. Needs torch and Karui.

A few minutes on a laptop. The net is too narrow and learns from labels only: widen it, train it longer, and let
baseline.onnx teach it. The loop, the loss and the export are those that made the baseline.
"""

from pathlib import Path

from challenges.detect_scenes.prepare import Detector, Schedule, export, loss, train

HERE = Path(__file__).parent
CHANNELS = (8, 16, 32, 32)
STRIDES = (2, 2, 2, 1)  # 64 pixels become 8 cells
SCHEDULE = Schedule(epochs=4, seed=1, peak_rate=4e-3, batch_items=64, weight_decay=1e-4)

if __name__ == "__main__":
    model = Detector(CHANNELS, STRIDES)
    train(model, SCHEDULE, loss)
    export(model, HERE / "student.onnx")
    print("wrote student.onnx; quantize it and measure")
