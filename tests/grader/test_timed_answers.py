"""Timed answers must be the untimed ones, but rounding is not cheating."""

import numpy as np

from grader.measure.inside import same_answers


def test_rounding_in_the_last_bits_is_the_same_answer() -> None:
    outputs = np.random.default_rng(0).normal(0, 5, (256, 10)).astype(np.float32)

    assert same_answers(outputs, outputs * np.float32(1 + 1e-6))


def test_one_int8_step_in_one_item_of_a_hundred_is_the_same_answer() -> None:
    outputs = np.random.default_rng(0).normal(0, 5, (256, 10)).astype(np.float32)
    stepped = outputs.copy()
    stepped[::100, 3] += 0.1

    assert same_answers(outputs, stepped)


def test_a_cached_answer_is_not_the_same_answer() -> None:
    outputs = np.random.default_rng(0).normal(0, 5, (256, 10)).astype(np.float32)

    assert not same_answers(outputs, np.repeat(outputs[:1], 256, axis=0))
