import hashlib

import numpy as np
import pytest

from challenges.datasets import fashion_mnist, fashion_scenes
from challenges.datasets.fashion_mnist import Pictures
from challenges.datasets.fashion_scenes import SIDE, compose
from grader.measure.detection import corners_of, overlap

SECRET = b"a secret of this test"


@pytest.fixture(scope="module")
def garments() -> Pictures:
    return fashion_mnist.pictures("training")


def test_a_seed_gives_the_same_scenes_on_every_machine(garments: Pictures) -> None:
    scenes = compose(garments, 100, seed=1)

    assert hashlib.sha256(scenes.pixels.tobytes() + scenes.labels.tobytes()).hexdigest() == (
        "aab1c1850153f9d178410b4cbb4bc0487f05150266f2a67ad84ba1666c61353f"
    )


def test_fewer_scenes_of_a_seed_are_the_first_of_more(garments: Pictures) -> None:
    assert (compose(garments, 5, seed=4).pixels == compose(garments, 9, seed=4).pixels[:5]).all()
    assert (fashion_scenes.calibration(5) == fashion_scenes.calibration(9)[:5]).all()


def test_a_scene_holds_one_to_four_garments_and_pads_with_class_minus_one(garments: Pictures) -> None:
    labels = compose(garments, 200, seed=2).labels
    held = labels[..., 0] >= 0

    assert set(held.sum(axis=1)) == {1, 2, 3, 4}
    assert (labels[~held] == (-1, 0, 0, 0, 0)).all()
    assert set(labels[held][:, 0]) == set(range(10))


def test_boxes_lie_within_the_scene_and_hardly_cover_each_other(garments: Pictures) -> None:
    labels = compose(garments, 200, seed=2).labels
    corners = corners_of(labels)
    shared = overlap(corners, corners)
    shared[:, range(4), range(4)] = 0

    assert corners.min() >= 0
    assert corners.max() <= 1
    assert shared.max() <= fashion_scenes.OVERLAP


def test_a_box_is_drawn_tightly_around_its_garment() -> None:
    """A white rectangle for a garment, 20 of its picture's 28 rows high and 12 columns wide, on whatever is behind."""
    picture = np.zeros((1, 28, 28), np.uint8)
    picture[0, 4:24, 8:20] = 255
    labels = compose(Pictures(picture, np.array([3])), 50, seed=8).labels
    kinds, _, _, width, height = labels[labels[..., 0] >= 0].T

    assert set(kinds) == {3}
    assert (np.abs(height / width - 20 / 12) < 0.3).all()
    assert (height * SIDE >= 16 * 20 / 28 - 1).all()
    assert (height * SIDE <= 40 * 20 / 28 + 2).all()


def test_a_garment_can_be_seen_where_its_box_is() -> None:
    picture = np.zeros((1, 28, 28), np.uint8)
    picture[0, 2:26, 2:26] = 255
    scenes = compose(Pictures(picture, np.array([0])), 50, seed=8)
    for pixels, labels in zip(scenes.pixels, scenes.labels, strict=True):
        for left, top, right, bottom in np.rint(corners_of(labels[None])[0][labels[:, 0] >= 0] * SIDE).astype(int):
            inside = pixels[top + 2 : bottom - 2, left + 2 : right - 2]
            assert inside.mean() > 110  # half of white is the least contrast


def test_what_a_model_sees_lies_between_minus_one_and_one() -> None:
    inputs = fashion_scenes.calibration(20)

    assert (inputs.dtype, inputs.shape) == (np.float32, (20, 1, 64, 64))
    assert (inputs.min(), inputs.max()) == (-1, 1)


def test_hidden_scenes_follow_from_the_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fashion_scenes, "EVALUATION_ITEMS", 300)
    mine = fashion_scenes.evaluation("hidden", SECRET)
    public = fashion_scenes.evaluation("public", SECRET)
    others = fashion_scenes.evaluation("hidden", b"another secret")

    assert len(mine.inputs) == len(public.inputs) == 300
    assert not (mine.inputs == others.inputs).all(axis=(1, 2, 3)).any()
    assert not (mine.inputs == public.inputs).all(axis=(1, 2, 3)).any()
