"""First attempt: keep KEPT of every 32 channels of the baseline, without any training, and write entry.onnx.

It fits both budgets, and answers hardly better than chance. search.py does better.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

HERE = Path(__file__).parent
KEPT = 4


def cut(model: onnx.ModelProto) -> None:
    """Keep the first channels everywhere, so that layers which are added still fit; picture and classes stay whole."""
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type not in ("Conv", "Gemm"):
            continue
        weight, bias = (numpy_helper.to_array(stored[name]) for name in node.input[1:])
        outputs = len(weight) * KEPT // 32 if node.op_type == "Conv" else len(weight)
        inputs = max(1, weight.shape[1] * KEPT // 32)
        for name, values in zip(node.input[1:], (weight[:outputs, :inputs], bias[:outputs]), strict=True):
            stored[name].CopyFrom(numpy_helper.from_array(np.ascontiguousarray(values), name))


if __name__ == "__main__":
    baseline = onnx.load(HERE / "baseline.onnx")
    cut(baseline)
    onnx.checker.check_model(baseline)
    onnx.save(baseline, HERE / "entry.onnx")
    print("wrote entry.onnx; now run: python measure.py")
