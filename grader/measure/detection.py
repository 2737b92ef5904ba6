"""The metric "map50": mean average precision of detections. Outside the sandbox: the boxes are only ever here.

The decoder is part of the task and therefore published: every entry's cells are read in the same way.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from grader.challenge import Float32, Items
from grader.measure.accuracy import Z_95, Bools
from grader.report import AccuracyFacts

Reals = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]

LEAST_SCORE = 0.05  # cells below it say nothing
DUPLICATE = 0.5  # overlap above which the weaker of two detections of one class is dropped
HIT = 0.5  # least overlap with a box that counts as having found it
RESAMPLES = 200
PART_ITEMS = 256  # decoded at a time: overlaps of all cells with all cells take room


@dataclass(frozen=True, slots=True)
class Detections:
    """By scene, best first. boxes: [items, n, 4], left, top, right, bottom; classes: [items, n].

    scores: [items, n], 0 where there is no detection.
    """

    boxes: Reals
    classes: Numbers
    scores: Reals


@dataclass(frozen=True, slots=True)
class Judged:
    """Every detection by itself, best first, equal ones in the order of the scenes; and what there was to find.

    scenes, classes: [detections]; hits: bool [detections]; wanted: [items, classes], boxes of each class in each scene.
    """

    scenes: Numbers
    classes: Numbers
    hits: Bools
    wanted: Numbers


def value(outputs: Items, labels: Items) -> float:
    """mAP over all scenes. outputs: cells as `decode` reads them, finite; labels: float32 as `hits` reads them."""
    return _value(judged(outputs, labels))


def facts(baseline: Items, exact: Items, kernels: Items, labels: Items, max_drop: float) -> AccuracyFacts:
    """mAP of an entry against the baseline on the same scenes, with bootstrap intervals; scenes are drawn in pairs.

    Intervals are the figure and 1.96 standard deviations over RESAMPLES draws of as many scenes as there are, always
    the same draws. Source: Efron 1979, Ann. Stat. 7(1).
    """
    before, after = judged(baseline, labels), judged(exact, labels)
    reached, drop = _value(after), _value(before) - _value(after)
    draws = np.random.default_rng(0).multinomial(len(labels), np.full(len(labels), 1 / len(labels)), RESAMPLES)
    resampled = mean_average_precision(after, draws)
    spread = Z_95 * float(resampled.std())
    paired = Z_95 * float((mean_average_precision(before, draws) - resampled).std())
    return AccuracyFacts(
        items=len(labels),
        value=reached,
        interval=(max(0.0, reached - spread), min(1.0, reached + spread)),
        baseline=_value(before),
        drop=drop,
        drop_interval=(drop - paired, drop + paired),
        max_drop=max_drop,
        within_noise_of_gate=drop - paired <= max_drop <= drop + paired,
        with_kernels=value(kernels, labels),
    )


def decode(cells: Items) -> Detections:
    """One detection for each cell: its likeliest class. cells: [items, 5 + classes, rows, columns], finite.

    In channel order: objectness o, x, y, w, h, then the classes, all before their sigmoid s or softmax. The box is
    centred at ((column + s(x)) / columns, (row + s(y)) / rows) and s(w) wide, s(h) high, as fractions of the scene; its
    score is s(o) times the softmax of its class.
    """
    items, channels, rows, columns = cells.shape
    flat = cells.astype(np.float64).reshape(items, channels, rows * columns)
    row, column = np.divmod(np.arange(rows * columns), columns)
    objectness, x, y, width, height = np.moveaxis(_sigmoid(flat[:, :5]), 1, 0)
    centre_x, centre_y = (column + x) / columns, (row + y) / rows
    corners = (centre_x - width / 2, centre_y - height / 2, centre_x + width / 2, centre_y + height / 2)
    logits = flat[:, 5:] - flat[:, 5:].max(axis=1, keepdims=True)
    scores = objectness / np.exp(logits).sum(axis=1)  # the likeliest class's logit is 0 now
    return _best_first(np.stack(corners, axis=-1), logits.argmax(axis=1), np.where(scores < LEAST_SCORE, 0, scores))


def without_duplicates(found: Detections) -> Detections:
    """Greedy suppression: from the best down, drop what overlaps a better one of its class by more than DUPLICATE."""
    rivals = overlap(found.boxes, found.boxes) > DUPLICATE
    rivals &= found.classes[:, :, np.newaxis] == found.classes[:, np.newaxis]
    scores = found.scores.copy()
    for better in range(scores.shape[1]):
        drops = rivals[:, better, better + 1 :] & (scores[:, better, np.newaxis] > 0)
        scores[:, better + 1 :][drops] = 0
    return Detections(found.boxes, found.classes, scores)


def hits(found: Detections, labels: Float32) -> Bools:
    """Which detections find a box, bool [items, n]. labels: [items, most, 5] (class, cx, cy, w, h), class -1 for none.

    Each one, from the best down, is held against the box of its class that it overlaps most: at least by HIT, and no
    better one may have found that box. Source: Everingham et al. 2010, Int. J. Comput. Vis. 88(2), section 4.4.
    """
    shared = overlap(found.boxes, corners_of(labels))
    shared[found.classes[:, :, np.newaxis] != labels[:, np.newaxis, :, 0]] = -1
    nearest = shared.argmax(axis=2)
    near = (shared.max(axis=2) >= HIT) & (found.scores > 0)
    taken = np.zeros(labels.shape[:2], np.bool_)
    answer = np.zeros(near.shape, np.bool_)
    items = np.arange(len(labels))
    for rank in range(near.shape[1]):
        box = nearest[:, rank]
        answer[:, rank] = near[:, rank] & ~taken[items, box]
        taken[items, box] |= near[:, rank]
    return answer


def judged(cells: Items, labels: Float32) -> Judged:
    """Decode, suppress and match everything. cells: [items, 5 + classes, rows, columns], finite."""
    scenes, classes, scores, right = [], [], [], []
    for start in range(0, len(cells), PART_ITEMS):
        part = without_duplicates(decode(cells[start : start + PART_ITEMS]))
        found = hits(part, labels[start : start + PART_ITEMS])
        scene, rank = np.nonzero(part.scores)
        scenes.append(scene + start)
        classes.append(part.classes[scene, rank])
        scores.append(part.scores[scene, rank])
        right.append(found[scene, rank])
    order = np.argsort(-np.concatenate(scores), kind="stable")
    return Judged(
        scenes=np.concatenate(scenes)[order],
        classes=np.concatenate(classes)[order],
        hits=np.concatenate(right)[order],
        wanted=(labels[:, :, 0, np.newaxis] == np.arange(cells.shape[1] - 5)).sum(axis=1),
    )


def mean_average_precision(judged: Judged, weights: Numbers) -> Reals:
    """mAP [resamples], over the classes that there was something to find of; weights: [resamples, items], repetitions.

    AP = sum over hits of the best precision at their recall or a higher one, over the boxes that there are: the whole
    area under the monotone precision-recall curve, as PASCAL VOC computes it since 2010.
    """
    wanted = weights @ judged.wanted
    areas = np.stack([_area(judged, kind, weights) for kind in range(wanted.shape[1])], axis=1)
    there = wanted > 0
    precisions = np.divide(areas, wanted, out=np.zeros(areas.shape), where=there)
    return np.asarray(precisions.sum(axis=1) / np.maximum(there.sum(axis=1), 1))


def overlap(boxes: Reals, others: Reals) -> Reals:
    """Intersection over union, [items, n, m], of boxes [items, n, 4] and others [items, m, 4]; 0 for empty ones."""
    a, b = boxes[:, :, np.newaxis], others[:, np.newaxis]
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    shared = sides.clip(0).prod(axis=-1)
    areas = [(box[..., 2:] - box[..., :2]).prod(axis=-1) for box in (a, b)]
    union = areas[0] + areas[1] - shared
    return np.asarray(np.divide(shared, union, out=np.zeros(shared.shape), where=union > 0))


def corners_of(labels: Float32) -> Reals:
    """left, top, right, bottom of (class, cx, cy, w, h)."""
    centre, half = labels[..., 1:3].astype(np.float64), labels[..., 3:5].astype(np.float64) / 2
    return np.concatenate([centre - half, centre + half], axis=-1)


def _best_first(boxes: Reals, classes: Numbers, scores: Reals) -> Detections:
    """Sorted within each scene, equal scores in the order of the cells; as many ranks as the fullest scene needs."""
    ranks = max(1, int((scores > 0).sum(axis=1).max()))
    order = np.argsort(-scores, axis=1, kind="stable")[:, :ranks]
    return Detections(
        np.take_along_axis(boxes, order[..., np.newaxis], axis=1),
        np.take_along_axis(classes, order, axis=1),
        np.take_along_axis(scores, order, axis=1),
    )


def _value(judged: Judged) -> float:
    """mAP with every scene once."""
    return float(mean_average_precision(judged, np.ones((1, len(judged.wanted)), np.int64))[0])


def _area(judged: Judged, kind: int, weights: Numbers) -> Reals:
    """Precision summed over the hits of one class, [resamples]."""
    chosen = judged.classes == kind
    times = weights[:, judged.scenes[chosen]].astype(np.float32)
    found = times * judged.hits[chosen]
    precision = np.cumsum(found, axis=1) / np.maximum(np.cumsum(times, axis=1), 1)
    at_least = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    return np.asarray((found * at_least).sum(axis=1, dtype=np.float64))


def _sigmoid(x: Reals) -> Reals:
    """1 / (1 + exp(-x)) without overflow."""
    return np.asarray(0.5 * (1 + np.tanh(0.5 * x)))
