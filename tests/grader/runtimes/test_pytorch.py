"""What is found inside a .pt2 without torch, and with torch, that the file we write is the same model."""

import numpy as np
import pytest
from onnx import numpy_helper

from challenges.registry import catalogue
from grader.challenge import TensorSpec
from grader.errors import EntryRejected
from grader.quantization import pt2
from grader.runtimes import pytorch
from tests import models
from tests.pt2_models import MODEL, bent, linear

ONNX = models.linear()
WEIGHTS = numpy_helper.to_array(ONNX.graph.initializer[0])
IMAGE, LOGITS = TensorSpec(dtype="float32", shape=(None, 1, 28, 28)), TensorSpec(dtype="float32", shape=(None, 10))
PROGRAM = pt2.read(pt2.canonical_bytes(linear(WEIGHTS)))
ITEMS = np.random.default_rng(3).standard_normal((8, 1, 28, 28)).astype(np.float32)


def test_it_counts_a_matrix_product_by_hand() -> None:
    facts = pytorch.facts(PROGRAM, 0)

    assert facts.macs == facts.parameters == 7840
    assert facts.bytes_by_dtype == {"float32": 4 * 7840}
    assert facts.memory_bytes == 4 * (784 + 784)
    assert [node.precision for node in facts.nodes] == ["other", "float"]


def test_the_baseline_costs_in_a_program_what_it_costs_in_onnx() -> None:
    facts = pytorch.facts(pt2.read((catalogue()["int8_fashion"].folder / "baseline.pt2").read_bytes()), 0)

    assert facts.macs == 10_150_272
    assert facts.memory_bytes == 75_264


def test_the_file_that_is_written_is_read_as_the_same_program() -> None:
    assert pt2.read(pt2.canonical_bytes(PROGRAM)) == PROGRAM


def test_the_interface_is_compared_for_one_item() -> None:
    pytorch.check_interface(PROGRAM, IMAGE, LOGITS)

    with pytest.raises(EntryRejected) as refusal:
        pytorch.check_interface(PROGRAM, TensorSpec(dtype="float32", shape=(None, 3, 28, 28)), LOGITS)
    assert refusal.value.code == "input_shape"


def test_the_baseline_with_int8_weights_is_the_baseline() -> None:
    spec = catalogue()["int8_fashion"]
    program = pt2.read((spec.folder / "baseline.pt2").read_bytes())

    pytorch.refuse_foreign_weights(program, "baseline", spec.baseline_path.read_bytes())


def test_other_weights_are_not_the_baseline() -> None:
    other = linear(numpy_helper.to_array(models.linear(seed=1).graph.initializer[0]))

    with pytest.raises(EntryRejected) as refusal:
        pytorch.refuse_foreign_weights(other, "baseline", ONNX.SerializeToString())
    assert refusal.value.code == "weights_not_baseline"


def test_torch_runs_the_file_that_is_written() -> None:
    pytest.importorskip("torch")
    session = pytorch.TorchSession(pt2.canonical_bytes(PROGRAM))

    found = np.concatenate([session.run(ITEMS[at : at + 1]) for at in range(len(ITEMS))])

    assert np.allclose(found, ITEMS.reshape(8, -1) @ WEIGHTS, atol=1e-3)


def test_a_file_that_lies_about_its_shapes_is_refused() -> None:
    """The claim would make the model seem to need less memory."""
    pytest.importorskip("torch")

    def claim_less(model: dict) -> None:  # type: ignore[type-arg]
        model["graph_module"]["graph"]["tensor_values"]["t2"]["sizes"][1]["as_int"] = 1

    lie = pt2.canonical_bytes(pt2.read(bent(pt2.canonical_bytes(PROGRAM), MODEL, claim_less)))

    with pytest.raises(EntryRejected) as refusal:
        pytorch.TorchSession(lie).check_shapes(ITEMS[:1])
    assert refusal.value.code == "pt2_shapes"
