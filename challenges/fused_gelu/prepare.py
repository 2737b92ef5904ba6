"""Write the two models: the one node of the entry's operator, and the graph of standard nodes that it is compared with.

python -m challenges.fused_gelu.prepare
"""

from pathlib import Path

import onnx
from onnx import TensorProto, helper

FOLDER = Path(__file__).parent / "kernel"
INPUTS = ("x", "x_scale", "x_zero_point", "y_scale", "y_zero_point")
STANDARD = helper.make_opsetid("", 20)  # the first with Gelu
IR = 9


def operator() -> onnx.ModelProto:
    """FusedGelu alone."""
    node = helper.make_node("FusedGelu", INPUTS, ["y"], domain="karui")
    return _model([node], [STANDARD, helper.make_opsetid("karui", 1)])


def graph() -> onnx.ModelProto:
    """What it stands for: dequantize, compute in float, quantize."""
    nodes = [
        helper.make_node("DequantizeLinear", ["x", "x_scale", "x_zero_point"], ["real"]),
        helper.make_node("Gelu", ["real"], ["gelu"]),
        helper.make_node("QuantizeLinear", ["gelu", "y_scale", "y_zero_point"], ["y"]),
    ]
    return _model(nodes, [STANDARD])


def _model(nodes: list[onnx.NodeProto], opsets: list[onnx.OperatorSetIdProto]) -> onnx.ModelProto:
    inputs = [_value(name) for name in INPUTS]
    made = helper.make_graph(nodes, "gelu", inputs, [_value("y")])
    return helper.make_model(made, opset_imports=opsets, ir_version=IR)


def _value(name: str) -> onnx.ValueInfoProto:
    dtype = TensorProto.FLOAT if name.endswith("scale") else TensorProto.INT8
    return helper.make_tensor_value_info(name, dtype, ["rows", "columns"] if name in ("x", "y") else [])


if __name__ == "__main__":
    for name, model in (("operator", operator()), ("graph", graph())):
        (FOLDER / f"{name}.onnx").write_bytes(model.SerializeToString(deterministic=True))
