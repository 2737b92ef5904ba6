"""How the grader reads a detector's answers, written to be read: boxes from cells, suppression, mAP50."""

import numpy as np

LEAST_SCORE = 0.05  # cells below it say nothing
DUPLICATE = 0.5  # overlap above which the weaker of two detections of one class is dropped
HIT = 0.5  # least overlap with a box that counts as having found it


def sigmoid(x: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-x)) without overflow."""
    return 0.5 * (1 + np.tanh(0.5 * x))


def overlap(box: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Intersection over union of one box with others [n, 4]; all are left, top, right, bottom."""
    sides = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    shared = sides.clip(0).prod(axis=1)
    union = (box[2:] - box[:2]).prod() + (others[:, 2:] - others[:, :2]).prod(axis=1) - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)


def detections(cells: np.ndarray) -> list[tuple[float, int, np.ndarray]]:
    """(score, class, box) of one scene, best first, without duplicates. cells: [15, 8, 8]."""
    flat = cells.astype(np.float64).reshape(15, 64)
    row, column = np.divmod(np.arange(64), 8)
    objectness, x, y, width, height = sigmoid(flat[:5])
    classes = np.exp(flat[5:] - flat[5:].max(axis=0))
    scores = objectness * (classes / classes.sum(axis=0)).max(axis=0)
    cx, cy = (column + x) / 8, (row + y) / 8
    boxes = np.stack([cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2], axis=1)
    kept: list[tuple[float, int, np.ndarray]] = []
    for cell in np.argsort(-scores, kind="stable"):
        kind = int(classes[:, cell].argmax())
        rivals = [box for _, other, box in kept if other == kind]
        known = bool(rivals) and overlap(boxes[cell], np.array(rivals)).max() > DUPLICATE
        if scores[cell] >= LEAST_SCORE and not known:
            kept.append((float(scores[cell]), kind, boxes[cell]))
    return kept


def judge(cells: np.ndarray, label: np.ndarray) -> list[tuple[float, int, bool]]:
    """(score, class, whether it is a hit) of one scene. label: [4, 5] (class, cx, cy, w, h), class -1 for none."""
    corners = np.concatenate([label[:, 1:3] - label[:, 3:] / 2, label[:, 1:3] + label[:, 3:] / 2], axis=1)
    taken: set[int] = set()
    judged = []
    for score, kind, box in detections(cells):
        shared = np.where(label[:, 0] == kind, overlap(box, corners), -1)
        nearest = int(shared.argmax())
        hit = shared[nearest] >= HIT and nearest not in taken
        if hit:
            taken.add(nearest)
        judged.append((score, kind, hit))
    return judged


def mean_average_precision(cells: np.ndarray, labels: np.ndarray) -> float:
    """mAP50 over ten classes. cells: [scenes, 15, 8, 8]; labels: [scenes, 4, 5]."""
    judged = [item for scene, label in zip(cells, labels, strict=True) for item in judge(scene, label)]
    judged.sort(key=lambda item: -item[0])
    areas = []
    for kind in range(10):
        hits = np.array([hit for _, found, hit in judged if found == kind], bool)
        there = int((labels[..., 0] == kind).sum())
        precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
        at_least = np.maximum.accumulate(precision[::-1])[::-1]  # the best at this recall or a higher one
        areas.append(at_least[hits].sum() / there)
    return float(np.mean(areas))
