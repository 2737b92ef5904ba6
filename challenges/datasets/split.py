"""What is hidden: decided by a secret, so that the repository can be open."""

import hashlib
import hmac

import numpy as np

from grader.challenge import Int64


def hidden_indices(items: int, hidden: int, secret: bytes) -> Int64:
    """Indices of the hidden items, ascending: the first `hidden` of all when sorted by HMAC-SHA256(secret, index).

    The same secret gives the same items on every machine; sizes are exact. index is hashed as decimal ASCII.
    Raises ValueError if more should be hidden than there are.
    """
    if hidden > items:
        raise ValueError(f"cannot hide {hidden} of {items} items")
    keys = [hmac.digest(secret, str(index).encode(), hashlib.sha256) for index in range(items)]
    order = sorted(range(items), key=keys.__getitem__)
    return np.sort(np.array(order[:hidden], np.int64))


def secret_seed(secret: bytes, purpose: str) -> int:
    """Seed of a generated set: HMAC-SHA256(secret, purpose), 256 bits. Who lacks the secret cannot draw it again."""
    return int.from_bytes(hmac.digest(secret, purpose.encode(), hashlib.sha256))


def secret_tag(secret: bytes) -> str:
    """Tells what was made with one secret from what was made with another, and gives neither away."""
    return hmac.digest(secret, b"tag", hashlib.sha256).hex()[:16]
