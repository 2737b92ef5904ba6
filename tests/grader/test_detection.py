import time

import numpy as np
import pytest

from grader.measure.detection import decode, facts, judged, mean_average_precision, value, without_duplicates

CLASSES = 10
SILENT = -20.0  # an objectness that says "nothing here"
SURE = 20.0

Box = tuple[int, float, float, float, float]


def logit(share: float) -> float:
    return float(np.log(share / (1 - share)))


def silence(scenes: int = 1) -> np.ndarray:
    cells = np.zeros((scenes, 5 + CLASSES, 8, 8), np.float32)
    cells[:, 0] = SILENT
    return cells


def say(cells: np.ndarray, scene: int, box: Box, objectness: float = SURE) -> None:
    """Let the cell in which the box is centred answer exactly this box."""
    kind, x, y, width, height = box
    column, row = int(x * 8), int(y * 8)
    cells[scene, :5, row, column] = (objectness, logit(x * 8 - column), logit(y * 8 - row), logit(width), logit(height))
    cells[scene, 5 + kind, row, column] = SURE


def labels_of(*scenes: list[Box]) -> np.ndarray:
    labels = np.full((len(scenes), 4, 5), (-1, 0, 0, 0, 0), np.float32)
    for scene, boxes in zip(labels, scenes, strict=True):
        for row, box in zip(scene, boxes, strict=False):
            row[:] = box
    return labels


def random_answers(scenes: int, seed: int = 0, noise: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Scenes with up to four boxes, and cells that answer them more or less well, with some that answer nonsense."""
    draw = np.random.default_rng(seed)
    everything = []
    cells = draw.normal(0, noise, (scenes, 5 + CLASSES, 8, 8)).astype(np.float32)
    cells[:, 0] -= 3
    for scene in range(scenes):
        boxes = []
        for _ in range(draw.integers(0, 5)):
            x, y = draw.uniform(0.2, 0.8, 2)
            width, height = draw.uniform(0.15, 0.4, 2)
            boxes.append((int(draw.integers(CLASSES)), float(x), float(y), float(width), float(height)))
            before = cells[scene].copy()
            say(cells, scene, boxes[-1], objectness=draw.normal(1, 2))
            cells[scene] += np.where(before != cells[scene], draw.normal(0, 0.5 * noise, before.shape), 0)
        everything.append(boxes)
    return cells, labels_of(*everything)


def slow_overlap(a: list[float], b: list[float]) -> float:
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    areas = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return width * height / (areas - width * height)


def slow_detections(cells: np.ndarray) -> list[tuple[float, int, list[float]]]:
    """One scene decoded and suppressed cell by cell, as the brief puts it in words."""
    found = []
    for row in range(8):
        for column in range(8):
            values = cells[:, row, column].astype(np.float64)
            o, x, y, w, h = 1 / (1 + np.exp(-values[:5]))
            chances = np.exp(values[5:]) / np.exp(values[5:]).sum()
            cx, cy = (column + x) / 8, (row + y) / 8
            found.append((o * chances.max(), int(chances.argmax()), [cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2]))
    found = sorted((item for item in found if item[0] >= 0.05), key=lambda item: -item[0])
    kept: list[tuple[float, int, list[float]]] = []
    for score, kind, box in found:
        if all(kind != other or slow_overlap(box, place) <= 0.5 for _, other, place in kept):
            kept.append((score, kind, box))
    return kept


def slow_precision(cells: np.ndarray, labels: np.ndarray) -> float:
    """mAP as the devkit of PASCAL VOC has it, class by class, detection by detection."""
    areas = []
    for kind in range(CLASSES):
        boxes = {
            scene: [[x - w / 2, y - h / 2, x + w / 2, y + h / 2] for c, x, y, w, h in rows.tolist() if c == kind]
            for scene, rows in enumerate(labels.astype(np.float64))
        }
        total = sum(map(len, boxes.values()))
        if total == 0:
            continue
        answers = sorted(
            ((score, scene, box) for scene in boxes for score, c, box in slow_detections(cells[scene]) if c == kind),
            key=lambda item: -item[0],
        )
        taken, hits, curve = set(), 0, []
        for count, (_, scene, box) in enumerate(answers, start=1):
            shared = [slow_overlap(box, other) for other in boxes[scene]]
            best = int(np.argmax(shared)) if shared else -1
            if shared and shared[best] >= 0.5 and (scene, best) not in taken:
                taken.add((scene, best))
                hits += 1
            curve.append((hits / total, hits / count))
        area, recall = 0.0, 0.0
        for reached in sorted({r for r, _ in curve}):
            area += (reached - recall) * max(p for r, p in curve if r >= reached)
            recall = reached
        areas.append(area)
    return float(np.mean(areas))


def test_a_cell_is_decoded_as_the_formula_says() -> None:
    cells = silence()
    cells[0, :, 2, 5] = [0, 0, logit(0.25), logit(0.5), logit(0.2), *[0] * 3, logit(0.5) + np.log(9), *[0] * 6]

    found = decode(cells)

    assert found.scores[0, 0] == pytest.approx(0.5 * 9 / 18)
    assert found.classes[0, 0] == 3
    assert found.boxes[0, 0].tolist() == pytest.approx([5.5 / 8 - 0.25, 2.25 / 8 - 0.1, 5.5 / 8 + 0.25, 2.25 / 8 + 0.1])


def test_boxes_that_are_all_found_give_one() -> None:
    scenes: list[list[Box]] = [[(1, 0.3, 0.3, 0.3, 0.2)], [(1, 0.6, 0.6, 0.2, 0.2), (4, 0.2, 0.8, 0.2, 0.3)]]
    cells = silence(2)
    for scene, boxes in enumerate(scenes):
        for box in boxes:
            say(cells, scene, box)

    assert value(cells, labels_of(*scenes)) == pytest.approx(1.0)


def test_a_case_worked_by_hand() -> None:
    """One class, three boxes. Best first a hit, a miss, a hit: precision 1, 1/2, 2/3 at recall 1/3, 1/3, 2/3."""
    there: list[list[Box]] = [[(0, 0.3, 0.3, 0.2, 0.2), (0, 0.8, 0.8, 0.2, 0.2)], [(0, 0.55, 0.3, 0.2, 0.2)]]
    cells = silence(2)
    say(cells, 0, there[0][0], objectness=4)
    say(cells, 1, (0, 0.2, 0.8, 0.2, 0.2), objectness=3)  # nothing is there
    say(cells, 1, there[1][0], objectness=2)

    assert value(cells, labels_of(*there)) == pytest.approx(1 / 3 + 2 / 3 * 1 / 3)


def test_the_second_answer_for_one_box_counts_against_the_entry() -> None:
    labels = labels_of([(2, 0.49, 0.49, 0.4, 0.4), (2, 0.1, 0.9, 0.1, 0.1)])
    cells = silence()
    say(cells, 0, (2, 0.49, 0.40, 0.4, 0.35), objectness=4)
    say(cells, 0, (2, 0.49, 0.60, 0.4, 0.35), objectness=3)  # overlaps the first by 0.27 only, and the box by 0.58
    say(cells, 0, (2, 0.1, 0.9, 0.1, 0.1), objectness=2)

    assert value(cells, labels) == pytest.approx(1 / 2 + 2 / 3 * 1 / 2)


def test_neighbouring_cells_that_see_the_same_garment_are_one_detection() -> None:
    cells = silence()
    say(cells, 0, (2, 0.49, 0.49, 0.4, 0.4), objectness=4)
    say(cells, 0, (2, 0.51, 0.51, 0.4, 0.4), objectness=3)
    say(cells, 0, (3, 0.51, 0.49, 0.4, 0.4), objectness=2)  # another class

    found = without_duplicates(decode(cells))

    assert found.classes[found.scores > 0].tolist() == [2, 3]


@pytest.mark.parametrize("seed", range(6))
def test_it_agrees_with_a_slow_computation(seed: int) -> None:
    cells, labels = random_answers(40, seed, noise=1.0 + seed / 3)

    assert value(cells, labels) == pytest.approx(slow_precision(cells, labels), abs=1e-6)


def test_a_resample_is_the_same_as_the_scenes_written_out() -> None:
    cells, labels = random_answers(30, seed=9)
    times = np.random.default_rng(1).multinomial(30, [1 / 30] * 30)
    scores = decode(cells).scores
    assert len(np.unique(scores[scores > 0])) == (scores > 0).sum()  # ties would depend on the order of the scenes

    repeated = np.repeat(np.arange(30), times)

    weighed = mean_average_precision(judged(cells, labels), times[np.newaxis])[0]
    assert weighed == pytest.approx(value(cells[repeated], labels[repeated]), abs=0.02)


def test_the_interval_covers_what_other_scenes_would_have_shown() -> None:
    figures = []
    for seed in range(30):
        cells, labels = random_answers(150, seed)
        figures.append(value(cells, labels))
    cells, labels = random_answers(150, seed=99)
    found = facts(cells, cells, cells, labels, max_drop=0.02)

    half = (found.interval[1] - found.interval[0]) / 2
    assert half == pytest.approx(1.96 * np.std(figures), rel=0.35)


def test_a_model_held_against_itself_loses_nothing() -> None:
    cells, labels = random_answers(50)

    found = facts(cells, cells, cells, labels, max_drop=0.02)

    assert (found.drop, found.drop_interval) == (0, (0, 0))
    assert found.value == found.baseline == found.with_kernels
    assert not found.within_noise_of_gate


def test_the_drop_is_known_better_than_either_figure_because_scenes_are_paired() -> None:
    cells, labels = random_answers(300)
    worse = cells + np.random.default_rng(1).normal(0, 0.02, cells.shape).astype(np.float32)

    found = facts(cells, worse, worse, labels, max_drop=0.02)

    assert np.ptp(found.drop_interval) < 0.5 * np.ptp(found.interval)


def test_boxes_everywhere_do_not_pay() -> None:
    cells, labels = random_answers(100)
    honest = value(cells, labels)
    shouted = cells.copy()
    shouted[:, 0] = SURE
    shouted[:, 5:] *= 50  # as sure of every class as of every box

    assert value(shouted, labels) < 0.5 * honest


@pytest.mark.parametrize("extreme", [3e38, -3e38])
def test_the_largest_finite_numbers_are_decoded_without_a_warning(extreme: float) -> None:
    cells, labels = random_answers(20)
    cells[:, :, ::2] = extreme

    assert 0 <= value(cells, labels) <= 1


def test_a_scene_in_which_nothing_is_there_and_nothing_is_said() -> None:
    assert value(silence(3), labels_of([], [], [])) == 0


@pytest.mark.slow
@pytest.mark.parametrize("scenes", [600, pytest.param(3_000, marks=pytest.mark.long)])
def test_scenes_with_a_detection_in_every_cell_take_milliseconds_each(scenes: int) -> None:
    draw = np.random.default_rng(0)
    cells = draw.normal(0, 2, (scenes, 5 + CLASSES, 8, 8)).astype(np.float32)
    cells[:, 0] += 10
    cells[:, 3:5] -= 2
    _, labels = random_answers(scenes)

    begun = time.process_time()
    facts(cells, cells, cells, labels, max_drop=0.02)

    assert time.process_time() - begun < scenes / 150
