"""Which items are hidden."""

import hashlib
import hmac

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from challenges.datasets.split import hidden_indices, secret_seed, secret_tag


@given(st.binary(min_size=1), st.integers(1, 300), st.data())
def test_the_size_is_exact_and_no_item_comes_twice(secret: bytes, items: int, data: st.DataObject) -> None:
    wanted = data.draw(st.integers(0, items))

    hidden = hidden_indices(items, wanted, secret)

    assert len(set(hidden.tolist())) == wanted
    assert all(0 <= index < items for index in hidden)


def test_the_same_secret_hides_the_same_items() -> None:
    assert np.array_equal(hidden_indices(1000, 500, b"secret"), hidden_indices(1000, 500, b"secret"))


def test_another_secret_hides_others() -> None:
    """Two halves drawn at random have half of their items in common."""
    common = np.intersect1d(hidden_indices(10_000, 5_000, b"one"), hidden_indices(10_000, 5_000, b"two"))

    assert 2_300 < len(common) < 2_700


def test_the_rule_is_the_documented_one() -> None:
    """Somebody with the secret can compute the split without our code."""
    keys = {index: hmac.new(b"secret", str(index).encode(), hashlib.sha256).digest() for index in range(20)}

    assert hidden_indices(20, 7, b"secret").tolist() == sorted(sorted(keys, key=keys.__getitem__)[:7])


def test_more_than_there_is_cannot_be_hidden() -> None:
    with pytest.raises(ValueError, match="cannot hide 3 of 2"):
        hidden_indices(2, 3, b"secret")


def test_a_seed_depends_on_the_secret_and_on_its_purpose() -> None:
    seeds = {secret_seed(secret, purpose) for secret in (b"one", b"other") for purpose in ("speech", "scenes")}

    assert len(seeds) == 4
    assert secret_seed(b"one", "speech") in seeds


def test_a_tag_tells_secrets_apart_and_is_none_of_their_seeds() -> None:
    tags = [secret_tag(secret) for secret in (b"one", b"other")]

    assert tags[0] != tags[1]
    assert f"{secret_seed(b'one', 'speech'):x}"[:16] != tags[0]
