"""PyTorch, inside the sandbox: read a .pt2 as data, and run what was written anew from it.

`inspect` needs no torch and runs nothing of the file. `infer` and `serve` load the canonical file, which
`grader.quantization.pt2` wrote. They are held to be hostile all the same: their own clock counts for nothing.
"""

import io
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import numpy.typing as npt

from grader.challenge import Items, TensorSpec
from grader.cost.layers import convolution_macs, product_macs
from grader.cost.memory import Step, peak_live_bytes
from grader.errors import EntryRejected
from grader.measure import inside
from grader.quantization import inspection, pt2
from grader.quantization.baseline_weights import refuse_other_weights
from grader.quantization.graph import SMALL_ELEMENTS
from grader.report import InspectionFacts, LayerFacts, NodeFacts
from grader.sandbox.child import Call

if TYPE_CHECKING:
    from torch.fx import GraphModule

MOVES_DATA = frozenset(
    "getitem view reshape flatten permute transpose t to _to_copy cat stack slice select unsqueeze squeeze expand clone"
    " contiguous pad constant_pad_nd split chunk detach alias dropout quantize_per_tensor quantize_per_channel"
    " dequantize_per_tensor dequantize_per_channel".split()
)


def inspect(call: Call) -> None:
    """Task: what is inside the model, and does it fit the challenge? Hands over the file to be run in its place."""
    program = pt2.read(call.file("model"))
    check_interface(
        program,
        msgspec.convert(call.arguments["input"], TensorSpec),
        msgspec.convert(call.arguments["output"], TensorSpec),
    )
    refuse_foreign_weights(program, call.arguments["weights"], call.file("reference"))
    canonical = pt2.canonical_bytes(program)
    call.blob(canonical)
    call.answer(msgspec.to_builtins(facts(program, len(canonical))))


def check_interface(program: pt2.Program, wanted_input: TensorSpec, wanted_output: TensorSpec) -> None:
    """Compare input and output with the challenge's, for one item. Raises EntryRejected naming the difference."""
    for side, name, wanted in (("input", program.source, wanted_input), ("output", program.result, wanted_output)):
        found = program.tensors[name]
        if found.dtype != wanted.dtype:
            raise EntryRejected(f"{side}_dtype", found=found.dtype, expected=wanted.dtype)
        if found.shape != wanted.batched(1):
            raise EntryRejected(f"{side}_shape", found=_shown(found.shape), expected=_shown(wanted.batched(1)))


def _shown(shape: tuple[int, ...]) -> str:
    return ", ".join(map(str, shape))


def refuse_foreign_weights(program: pt2.Program, rule: str, reference: bytes) -> None:
    """Apply the challenge's rule about weights. Raises EntryRejected naming the first tensor that breaks it.

    reference: the baseline as ONNX. Quantized weights are compared as they are stored, so symmetric ones are expected.
    """
    if rule == "float":
        for tensor in program.stored():
            if len(tensor.storage()) >= SMALL_ELEMENTS and tensor.dtype != "float32":
                raise EntryRejected("weights_not_float", where=tensor.name)
    if rule == "baseline":
        weights = [
            (node.operator, None if tensor is None else tensor.values().astype(np.float64))
            for node, tensor in program.weighted()
        ]
        refuse_other_weights(weights, besides_weights(program), inspection.parse(reference).graph)


def besides_weights(program: pt2.Program) -> dict[str, int]:
    """Number of stored values by tensor or operator, those left out that a computing operator takes as its weights.

    Weights too few to be compared count as well.
    """
    used = (tensor for _, tensor in program.weighted() if tensor is not None)
    weights = {tensor.name for tensor in used if len(tensor.storage()) >= SMALL_ELEMENTS}
    found = {tensor.name: len(tensor.storage()) for tensor in program.stored() if tensor.name not in weights}
    for at, node in enumerate(program.nodes):
        found[f"{at}:{node.operator}"] = sum(
            len(value) if isinstance(value, list) else 1
            for argument in node.arguments
            for kind, value in argument["arg"].items()
            if kind in pt2.LITERALS
        )
    return found


def facts(program: pt2.Program, size_bytes: int) -> InspectionFacts:
    """List what the program holds. Nothing is fused or folded: the operators run as they stand."""
    stored = program.stored()
    return InspectionFacts(
        opset=program.schema_version["major"],
        parameters=sum(len(tensor.storage()) for tensor in stored),
        nonzero_parameters=sum(int(np.count_nonzero(tensor.storage())) for tensor in stored),
        macs=sum(macs(node, program.tensors) for node in program.nodes),
        size_bytes=size_bytes,
        bytes_by_dtype=_by_dtype((tensor.dtype, tensor.storage().nbytes) for tensor in stored),
        elements_by_dtype=_by_dtype((tensor.dtype, len(tensor.storage())) for tensor in stored),
        memory_bytes=peak_activation_bytes(program),
        layers=_layers(program),
        nodes=tuple(
            NodeFacts(name=f"{at}:{node.operator}", op=node.operator, precision=precision(node, program.tensors))
            for at, node in enumerate(program.nodes)
        ),
        dead_qdq=0,
    )


def macs(node: pt2.Node, tensors: Mapping[str, pt2.Tensor]) -> int:
    """Multiply-accumulates of one operator at batch 1; 0 for what is neither convolution nor product."""
    if node.operator not in pt2.WEIGHT_INPUT:
        return 0
    out = math.prod(tensors[node.writes[0]].shape)
    shapes = [tensors[name].shape for name in node.reads]
    if node.operator == "conv_transpose2d":
        return convolution_macs(math.prod(shapes[0]), shapes[1])
    if "conv" in node.operator:
        return convolution_macs(out, shapes[1])
    return product_macs(out, shapes[1 if node.operator == "addmm" else 0][-1])


def precision(node: pt2.Node, tensors: Mapping[str, pt2.Tensor]) -> str:
    """On what an operator computes."""
    if node.operator in MOVES_DATA or not node.reads:
        return "other"
    return "int8" if "int" in tensors[node.reads[0]].dtype else "float"


def peak_activation_bytes(program: pt2.Program) -> int:
    """Largest sum of values alive at once, at batch 1. See `peak_live_bytes`."""

    def sized(names: Iterable[str]) -> dict[str, int]:
        return {name: program.tensors[name].nbytes for name in names if program.tensors[name].stored is None}

    steps = [Step(tuple(sized(node.reads)), sized(node.writes)) for node in program.nodes]
    return peak_live_bytes(steps, sized([program.source]), [program.result])


def _by_dtype(amounts: Iterable[tuple[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for dtype, amount in amounts:
        total[dtype] += amount
    return dict(total.most_common())


def _layers(program: pt2.Program) -> tuple[LayerFacts, ...]:
    return tuple(
        LayerFacts(
            name=tensor.name,
            op=node.operator,
            dtype=tensor.dtype,
            bits=8 * tensor.storage().itemsize,
            elements=len(tensor.storage()),
            zeros=len(tensor.storage()) - int(np.count_nonzero(tensor.storage())),
        )
        for node, tensor in program.weighted()
        if tensor is not None
    )


def warm_up(call: Call) -> None:
    """Import torch and load a small file of our own: what it does only once has to be done before the lock."""
    import torch
    import torch.ao.quantization.fx._decomposed  # registers the operators of quantized_decomposed

    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    session = TorchSession(pt2.canonical_bytes(tiny_program()))
    session.run(np.zeros((1, 1, 4, 4), np.float32))


def tiny_program() -> pt2.Program:
    """One convolution."""
    weight = pt2.Tensor("w0", "float32", (1, 1, 3, 3), (9, 9, 3, 1), stored=bytes(36))
    source = pt2.Tensor("x", "float32", (1, 1, 4, 4), (16, 16, 4, 1))
    result = pt2.Tensor("t0", "float32", (1, 1, 2, 2), (4, 4, 2, 1))
    arguments = tuple(
        {"name": name, "arg": {"as_tensor": {"name": tensor.name}}, "kind": 1}
        for name, tensor in (("input", source), ("weight", weight))
    )
    output = {"as_tensor": {"name": result.name}}
    node = pt2.Node("torch.ops.aten.conv2d.default", (source.name, weight.name), (result.name,), arguments, (output,))
    tensors = {tensor.name: tensor for tensor in (weight, source, result)}
    return pt2.Program(tensors, (node,), source.name, result.name, {"major": 8, "minor": 20})


def load(canonical: bytes) -> "GraphModule":
    """The program as a module. Raises EntryRejected where torch refuses it."""
    import torch

    try:
        return torch.export.load(io.BytesIO(canonical)).module()
    except MemoryError:
        raise
    except Exception as refusal:  # whatever is wrong with an operator or its arguments
        raise EntryRejected("pt2_refused", detail=str(refusal)) from refusal


class TorchSession:
    """A canonical file loaded for measuring, on one thread."""

    batch: int | None = 1

    def __init__(self, canonical: bytes) -> None:
        self._module = load(canonical)

    def run(self, batch: Items) -> npt.NDArray[Any]:
        """Outputs of one item, [1, ...]."""
        import torch

        with torch.no_grad():
            answer: npt.NDArray[Any] = self._module(torch.tensor(batch)).numpy()
        return answer

    def check_shapes(self, item: Items) -> None:
        """Run once, operator by operator. Raises EntryRejected where the file's claim about a value is not true."""
        import torch
        from torch.fx import Interpreter, Node

        class Checking(Interpreter):  # type: ignore[misc]  # torch is not followed by the type checker
            def run_node(self, n: Node) -> Any:
                found, claimed = super().run_node(n), n.meta.get("val")
                known = isinstance(found, torch.Tensor) and claimed is not None
                if known and (found.shape, found.dtype) != (claimed.shape, claimed.dtype):
                    raise EntryRejected("pt2_shapes", value=n.name, found=_shown(tuple(found.shape)))
                return found

        with torch.no_grad():
            Checking(self._module).run(torch.tensor(item))


def infer(call: Call) -> None:
    """Task: every item's outputs. Operators compute in float, so there is no other arithmetic to ask for."""
    session = TorchSession(call.file("model"))
    session.check_shapes(call.tensors["inputs"][:1])
    inside.infer(call, session, "exact")
    call.outputs["kernels"][...] = call.outputs["exact"]


def serve(call: Call) -> None:
    """Task: answer what the parent asks, for its clock."""
    inside.serve(call, lambda: TorchSession(call.file("model")))
