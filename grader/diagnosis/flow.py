"""Following a value through an ONNX graph, and reading it at run time."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import numpy.typing as npt
import onnx
import onnxruntime as ort
from onnx import helper

from grader.quantization import graph
from grader.quantization.exact import with_zero_points

Arrays = Mapping[str, npt.NDArray[Any]]

ACTIVATIONS = frozenset(
    "Relu Clip LeakyRelu PRelu Elu HardSwish HardSigmoid Sigmoid Tanh Gelu BatchNormalization".split()
)
CONVERSIONS = frozenset({"Cast", "QuantizeLinear", "DequantizeLinear"})
INTEGER_PRODUCTS = frozenset({"ConvInteger", "MatMulInteger"})
SCALE_INPUT: Mapping[str, int] = {"QLinearConv": 6, "QLinearMatMul": 6, "QGemm": 7, "QuantizeLinear": 1}
"""Which input of an operator carries the scale of what it writes; the zero point is the next one."""


class Flow:
    """Who makes and who uses each value of a graph."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self.model = model
        self.stored = graph.constants(model.graph)
        self.input: str = next(value.name for value in model.graph.input if value.name not in self.stored)
        self.output = str(model.graph.output[0].name)
        self._makers = {output: node for node in model.graph.node for output in node.output}
        self._users: defaultdict[str, list[onnx.NodeProto]] = defaultdict(list)
        for node in model.graph.node:
            for name in node.input:
                self._users[name].append(node)

    def outlet(self, node: onnx.NodeProto) -> str:
        """The last value that is still this layer's own output: behind its bias, activation and rounding."""
        name: str = node.output[0]
        integer = node.op_type in INTEGER_PRODUCTS
        while (follower := self._follower(name, integer)) is not None:
            name, integer = follower.output[0], integer and follower.op_type != "Mul"
        return name

    def _follower(self, name: str, integer: bool) -> onnx.NodeProto | None:
        """The node that goes on with this value and nothing else; `integer` until its scale has been applied."""
        users = self._users[name]
        if name == self.output or not users:
            return None
        if len(users) > 1 and {user.op_type for user in users} != {"DequantizeLinear"}:
            return None
        return users[0] if self._goes_on(users[0], name, integer) else None

    def _goes_on(self, user: onnx.NodeProto, name: str, integer: bool) -> bool:
        if user.op_type in ACTIVATIONS | CONVERSIONS:
            return bool(user.input[0] == name)
        if user.op_type == "Mul":
            return integer
        others = [other for other in user.input if other != name]
        return user.op_type == "Add" and len(others) == 1 and self.is_constant(others[0])

    def is_constant(self, name: str) -> bool:
        """Whether the value is stored, or is made of stored values by conversions alone."""
        return graph.weight_source(name, self.model.graph) is not None

    def scale_and_zero_point(self, name: str) -> tuple[str, ...]:
        """The names of what dequantizes an integer value; empty where it has no scale of its own."""
        maker = self._makers.get(name)
        at = SCALE_INPUT.get(maker.op_type) if maker else None
        return () if maker is None or at is None else tuple(filter(None, maker.input[at : at + 2]))


class Reader:
    """Runs a model and reads named values inside it. Nothing is fused, so that every value exists; int8 is exact."""

    def __init__(self, flow: Flow, names: Iterable[str]) -> None:
        self._names = list(dict.fromkeys(names))
        self._exposed: dict[str, str] = {}
        model = onnx.ModelProto()
        model.CopyFrom(flow.model)
        del model.graph.output[:]
        for name in self._names:
            self._expose(model.graph, name, flow.scale_and_zero_point(name))
        self._session = session(model, ort.GraphOptimizationLevel.ORT_DISABLE_ALL)
        self._input = flow.input

    def _expose(self, copy: onnx.GraphProto, name: str, scaling: tuple[str, ...]) -> None:
        """Make the value an output of the graph, dequantized where it is an integer."""
        shown = f"{name}:real" if scaling else name
        if scaling:
            copy.node.append(helper.make_node("DequantizeLinear", [name, *scaling], [shown]))
        copy.output.append(onnx.ValueInfoProto(name=shown))
        self._exposed[name] = shown

    def read(self, items: npt.NDArray[Any]) -> Arrays:
        """The values for one batch."""
        found = self._session.run([self._exposed[name] for name in self._names], {self._input: items})
        return dict(zip(self._names, found, strict=True))


def session(model: onnx.ModelProto, level: ort.GraphOptimizationLevel) -> ort.InferenceSession:
    """A session on one thread whose int8 products do not saturate."""
    settings = ort.SessionOptions()
    settings.intra_op_num_threads = settings.inter_op_num_threads = 1
    settings.log_severity_level = 4
    settings.graph_optimization_level = level
    settings.add_session_config_entry("session.x64quantprecision", "1")
    return ort.InferenceSession(
        with_zero_points(model).SerializeToString(), settings, providers=["CPUExecutionProvider"]
    )
