"""Rebuild entry.tflite: `python challenges/int8_fashion/solutions/litert/make.py`, a few seconds.

Needs ai-edge-quantizer, which nothing else does; that is why the file is kept.
"""

from pathlib import Path

from ai_edge_quantizer import quantizer, recipe

from challenges.datasets import dataset

HERE = Path(__file__).parent
BASELINE = HERE.parents[1] / "baseline.tflite"
CALIBRATION_ITEMS = 256
SIGNATURE = "serving_default"


def build(path: Path) -> None:
    """Calibrate on training images, then activations and weights in int8, weights by channel."""
    tool = quantizer.Quantizer(str(BASELINE))
    tool.load_quantization_recipe(recipe.static_wi8_ai8())
    images = dataset("fashion_mnist").calibration(CALIBRATION_ITEMS)
    samples = [{"args_0": images[at : at + 1]} for at in range(len(images))]
    tool.quantize(tool.calibrate({SIGNATURE: samples})).export_model(str(path), overwrite=True)


if __name__ == "__main__":
    build(HERE / "entry.tflite")
