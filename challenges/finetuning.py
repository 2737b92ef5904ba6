"""Training an ONNX model further: its graph run by torch, with batch normalisation put back while it learns.

Only scripts that make stored entries import this; grading needs no torch. Convolutions, ReLU, Add, average pooling and
a fully connected layer are what our baselines consist of.
"""

from collections.abc import Callable

import numpy as np
import onnx
import torch
from onnx import helper
from torch import Tensor, nn
from torch.nn import functional

from challenges.datasets.base import Labelled
from challenges.pruning import Indices, Scores, channels, layers, macs, plan, prunable, remove, stored, with_arrays
from challenges.training import Schedule, Teacher, accuracy, train
from grader.challenge import Float32, Int64

BATCH = 128
SETTLING_ITEMS = 2_000
SCORED_ITEMS = 4_096
EPSILON = 1e-5


class Network(nn.Module):  # type: ignore[misc]  # torch is not followed by the type checker
    """The graph of an ONNX model as a module.

    gates: by group, what multiplies the channels that its tensors hand on. watch: told each convolution's output.
    """

    def __init__(self, model: onnx.ModelProto) -> None:
        super().__init__()
        self.model = model
        arrays = stored(model.graph)
        self.order = {node.name: str(at) for at, node in enumerate(model.graph.node)}
        self.layers = nn.ModuleDict(
            {
                self.order[node.name]: _layer(node, arrays[node.input[1]], arrays[node.input[2]])
                for node in layers(model.graph)
            }
        )
        self.gates: dict[str, Tensor] = {}
        self.watch: Callable[[str, Tensor], None] | None = None
        self.channels = channels(model.graph)

    def forward(self, x: Tensor) -> Tensor:
        """x: [batch, ...] -> the graph's output."""
        values = {self.model.graph.input[0].name: x}
        for node in self.model.graph.node:
            values[node.output[0]] = self._run(node, [values[name] for name in node.input if name in values])
        return values[self.model.graph.output[0].name]

    def _run(self, node: onnx.NodeProto, inputs: list[Tensor]) -> Tensor:
        match node.op_type:
            case "Conv" | "Gemm":
                return self._layer(node, self._gated(node.input[0], inputs[0]))
            case "Relu":
                return functional.relu(inputs[0])
            case "Add":
                return inputs[0] + inputs[1]
            case "GlobalAveragePool":
                return inputs[0].mean((2, 3), keepdim=True)
            case "Flatten":
                return inputs[0].flatten(1)
        raise ValueError(f"{node.op_type} is not known here")

    def _layer(self, node: onnx.NodeProto, x: Tensor) -> Tensor:
        number = self.order[node.name]
        output = self.layers[number](x)
        if self.watch and node.op_type == "Conv":
            self.watch(number, output)
        return output

    def _gated(self, name: str, x: Tensor) -> Tensor:
        gate = self.gates.get(self.channels.of.get(name, ""))
        return x if gate is None else x * gate.view(1, -1, *[1] * (x.ndim - 2))

    def folded(self) -> onnx.ModelProto:
        """The ONNX model with the weights of now, batch normalisation folded into them."""
        arrays = stored(self.model.graph)
        for node in layers(self.model.graph):
            weight, bias = _folded(self.layers[self.order[node.name]])
            arrays.update(zip(node.input[1:3], (weight, bias), strict=True))
        return with_arrays(self.model, arrays)


def _layer(node: onnx.NodeProto, weight: Float32, bias: Float32) -> nn.Module:
    if node.op_type == "Gemm":
        layer: nn.Module = nn.Linear(weight.shape[1], weight.shape[0])
    else:
        attributes = {item.name: helper.get_attribute_value(item) for item in node.attribute}
        layer = nn.Conv2d(
            weight.shape[1], weight.shape[0], weight.shape[2:], attributes["strides"], tuple(attributes["pads"][:2])
        )
    layer.weight.data = torch.from_numpy(weight.copy())
    layer.bias.data = torch.from_numpy(bias.copy())
    return layer


def normalise(network: Network, original: Network, keep: dict[str, Indices], inputs: Float32) -> None:
    """Put batch normalisation behind each convolution, so that every channel again has the mean and the spread that it
    has in `original`: what is missing after pruning shifts and shrinks what comes later.

    keep: the channels of `original` that are left, by group. inputs: some training items.
    """
    wanted = _statistics(original, inputs)
    for node in layers(network.model.graph):
        if node.op_type != "Conv":
            continue
        number = network.order[node.name]
        mean, spread = (values[keep[network.channels.of[node.output[0]]]] for values in wanted[number])
        convolution = network.layers[number]
        convolution.bias = None
        norm = nn.BatchNorm2d(len(mean), eps=EPSILON)
        norm.weight.data, norm.bias.data = spread.clone(), mean.clone()
        network.layers[number] = nn.Sequential(convolution, norm)
    _settle(network, inputs)


def _settle(network: Network, inputs: Float32) -> None:
    """Let every normalisation see the whole of `inputs`, so that the network works before it learns."""
    norms = [layer[1] for layer in network.layers.values() if isinstance(layer, nn.Sequential)]
    for norm in norms:
        norm.momentum = None  # the plain mean over all batches
    with torch.no_grad():
        for part in np.array_split(inputs, -(-len(inputs) // 500)):
            network.train()(torch.from_numpy(part.copy()))
    for norm in norms:
        norm.momentum = 0.1


def _statistics(network: Network, inputs: Float32) -> dict[str, tuple[Tensor, Tensor]]:
    """Mean and standard deviation of every channel of each convolution's output, by the convolution's number."""
    found: dict[str, tuple[Tensor, Tensor]] = {}
    network.watch = lambda number, output: found.update({number: (output.mean((0, 2, 3)), output.std((0, 2, 3)))})
    with torch.no_grad():
        network(torch.from_numpy(inputs))
    network.watch = None
    return found


def _folded(layer: nn.Module) -> tuple[Float32, Float32]:
    if not isinstance(layer, nn.Sequential):
        return layer.weight.detach().numpy().copy(), layer.bias.detach().numpy().copy()
    convolution, norm = layer
    scale = norm.weight.data / torch.sqrt(norm.running_var + norm.eps)
    weight = convolution.weight.data * scale.view(-1, 1, 1, 1)
    return weight.contiguous().numpy().copy(), (norm.bias.data - norm.running_mean * scale).numpy().copy()


def taylor(model: onnx.ModelProto, inputs: Float32, labels: Int64) -> Scores:
    """Importance of a channel by what the loss does if it goes: mean over batches of (dL/dg)² for a gate g = 1 on it.

    Source: Molchanov et al. 2019, arXiv:1906.10771, equation 8 (there by weights; a gate sums them up).
    """
    network = Network(model)
    names = prunable(model)
    network.gates = {name: torch.ones(width, requires_grad=True) for name, width in names.items()}
    total = {name: np.zeros(width) for name, width in names.items()}
    for at in range(0, len(labels) - BATCH + 1, BATCH):
        logits = network(torch.from_numpy(inputs[at : at + BATCH]))
        loss = functional.cross_entropy(logits, torch.from_numpy(labels[at : at + BATCH]))
        for name, slope in zip(names, torch.autograd.grad(loss, list(network.gates.values())), strict=True):
            total[name] += slope.numpy().astype(np.float64) ** 2
    return total


def pruned(model: onnx.ModelProto, keep: dict[str, Indices], inputs: Float32) -> Network:
    """The model with only the channels in `keep`, ready to learn. inputs: training items; the first are used."""
    network = Network(remove(model, keep))
    normalise(network, Network(model).eval(), keep, inputs[:SETTLING_ITEMS])
    return network


def worth_most(model: onnx.ModelProto, known: Labelled, share: float, block: int) -> dict[str, Indices]:
    """Channels to keep at this share of the work: a threshold on what a channel is worth for what it costs.

    known: training items; the first are used. block: channels that go together, see `plan`.
    """
    some = known.first(SCORED_ITEMS)
    return plan(model, taylor(model, some.inputs, some.labels), int(share * macs(model, {})), block)


def retrained(
    model: onnx.ModelProto,
    keep: dict[str, Indices],
    known: Labelled,
    held_back: Labelled,
    schedule: Schedule,
    teacher: Teacher | None = None,
) -> onnx.ModelProto:
    """The model with only the channels in `keep`, trained on `known`. Prints what each step makes of `held_back`."""
    cut = remove(model, keep)
    print(f"channels {[len(left) for left in keep.values()]}, {macs(cut, {}):,} multiply-accumulates")
    _tell("cut", Network(cut), held_back)
    network = pruned(model, keep, known.inputs)
    _tell("with the old statistics", network, held_back)
    train(network, known, schedule, teacher)
    _tell("trained", network, held_back)
    return network.folded()


def _tell(stage: str, network: Network, held_back: Labelled) -> None:
    print(f"{stage}: validation accuracy {accuracy(network.eval(), held_back):.4f}", flush=True)


def logits(model: onnx.ModelProto, inputs: Float32) -> Float32:
    """What the model answers. [items, classes]."""
    network = Network(model).eval()
    with torch.no_grad():
        parts = [network(torch.from_numpy(part.copy())) for part in np.array_split(inputs, -(-len(inputs) // 500))]
    return np.asarray(torch.cat(parts))
