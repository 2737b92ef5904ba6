"""Every byte of a file is on the account once."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from grader.diagnosis.ledger import ledger
from grader.quantization.rungs import RUNGS
from grader.report import Ledger
from tests.models import linear, small_resnet

ITEMS = np.random.default_rng(3).standard_normal((16, 1, 28, 28)).astype(np.float32)


def parts(account: Ledger) -> int:
    rest = account.duplicate_bytes + account.metadata_bytes + account.structure_bytes
    return sum(account.tensor_bytes.values()) + rest


@pytest.mark.parametrize("rung", RUNGS)
def test_the_parts_sum_to_the_file(rung: str) -> None:
    data = RUNGS[rung](small_resnet(), ITEMS).SerializeToString()

    account = ledger(data)

    assert account.file_bytes == len(data) == parts(account)
    assert account.structure_bytes > 0


def test_int4_weights_take_half_a_byte_each() -> None:
    account = ledger(RUNGS["weight_only_int4"](small_resnet(), ITEMS).SerializeToString())

    assert account.tensor_bytes["int4"] == (72 + 2 * 576 + 1152 + 2304 + 128 + 160) / 2


def test_a_tensor_that_is_stored_twice_counts_once_and_is_named() -> None:
    twice = linear()
    copy = numpy_helper.from_array(numpy_helper.to_array(twice.graph.initializer[0]), "again")
    twice.graph.initializer.append(copy)

    account = ledger(twice.SerializeToString())

    assert account.tensor_bytes == {"float32": 4 * 7840}
    assert account.duplicate_bytes == 4 * 7840
    assert account.duplicates == ("again",)
    assert parts(account) == account.file_bytes


def test_the_same_numbers_in_another_shape_are_another_tensor() -> None:
    model = linear()
    values = numpy_helper.to_array(model.graph.initializer[0])
    model.graph.initializer.append(numpy_helper.from_array(values.reshape(10, 784), "again"))

    assert ledger(model.SerializeToString()).duplicate_bytes == 0


def test_documentation_is_metadata() -> None:
    plain, chatty = linear(), linear()
    chatty.doc_string = "x" * 10_000

    told = ledger(chatty.SerializeToString())

    assert told.metadata_bytes == ledger(plain.SerializeToString()).metadata_bytes + 10_003
    assert parts(told) == told.file_bytes


def test_numbers_that_are_not_raw_bytes_count_as_stored() -> None:
    model = linear()
    model.graph.initializer.append(helper.make_tensor("typed", TensorProto.FLOAT, [1000], np.ones(1000).tolist()))

    account = ledger(model.SerializeToString())

    assert account.tensor_bytes["float32"] == pytest.approx(4 * 8840, abs=8)
    assert parts(account) == account.file_bytes


def test_what_lies_in_another_file_is_told_apart() -> None:
    model = linear()
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="weights.bin")

    account = ledger(model.SerializeToString())

    assert account.external_bytes == 4 * 7840
    assert account.tensor_bytes == {}
    assert parts(account) == account.file_bytes
