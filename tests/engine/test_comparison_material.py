"""What a comparison is made on, and what is kept of it: pictures, ground truth, table and chart."""

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from depthview.engine.errors import UserError
from depthview.engine.estimators.base import Selection
from depthview.engine.exports import write_pfm
from depthview.engine.frames import Layout, Meaning
from depthview.engine.models.comparison.chart import draw_chart, free_place, log_ticks, ticks
from depthview.engine.models.comparison.difference import Aligned, Difference, Unit
from depthview.engine.models.comparison.pictures import group, read_samples
from depthview.engine.models.comparison.run import Trial
from depthview.engine.models.comparison.table import COLUMNS, write_table
from depthview.engine.models.comparison.truth import read_truth
from depthview.engine.models.needs.known_scene import known_scenes
from tests.engine.dot_pairs import flat_pair, texture

ROOM = known_scenes(2)[1].pair
SIZE = (6, 9)
TRUTH = np.arange(1, 55, dtype=np.float32).reshape(SIZE)


def trial(model: str, time_ms: float, mean: float, count: int | None = None, **more: object) -> Trial:
    found = Difference(mean, Unit.PIXELS, Aligned.NOTHING, 1.0, (0.3, 0.2, 0.1))
    return Trial(
        Selection(model, count, (240, 320)),
        model.upper(),
        (240, 320),
        count,
        "CPU",
        time_ms,
        found,
        **more,  # type: ignore[arg-type]
    )


# Ground truth


def test_pfm_npy_and_pictures_give_the_same_truth(tmp_path: Path) -> None:
    holed = TRUTH.copy()
    holed[0, 0] = np.nan
    write_pfm(tmp_path / "t.pfm", holed)
    np.save(tmp_path / "t.npy", holed)
    Pillow.fromarray(np.nan_to_num(holed * 4).astype(np.uint8)).save(tmp_path / "8.png")
    Pillow.fromarray(np.nan_to_num(holed * 256).astype(np.uint16)).save(tmp_path / "16.png")
    big_endian = b"Pf\n9 6\n1.0\n" + np.flipud(holed).astype(">f4").tobytes()
    (tmp_path / "big.pfm").write_bytes(big_endian)
    for name, scale in (("t.pfm", None), ("t.npy", None), ("8.png", 4), ("16.png", 256), ("big.pfm", None)):
        found = read_truth(tmp_path / name, SIZE, scale=scale)
        np.testing.assert_allclose(found.values, holed, atol=1e-6, err_msg=name)
        assert found.meaning is Meaning.DISPARITY
    np.save(tmp_path / "turned.npy", -TRUTH)
    np.testing.assert_allclose(read_truth(tmp_path / "turned.npy", SIZE, scale=-1).values, TRUTH)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("none.pfm", None, "There is no such file"),
        ("short.pfm", b"Pf\n9 6\n-1.0\n1234", "This is no ground truth"),
        ("colour.pfm", b"PF\n9 6\n-1.0\n" + bytes(9 * 6 * 12), "This is no ground truth"),
        ("vast.pfm", b"Pf\n900000 900000\n-1.0\n1234", "This is no ground truth"),
        ("minus.pfm", b"Pf\n-9 -6\n-1.0\n" + bytes(9 * 6 * 4), "This is no ground truth"),
        ("text.pfm", b"no\nnumbers\nhere\n", "This is no ground truth"),
        ("bad.npy", b"\x93NUMPY nothing", "This is no ground truth"),
        ("bad.png", b"\x89PNG\r\n\x1a\nnothing", "This is no ground truth"),
    ],
)
def test_what_is_no_truth_is_refused_in_a_sentence(
    tmp_path: Path, name: str, content: bytes | None, sentence: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=sentence):
        read_truth(tmp_path / name, SIZE)


def test_truth_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "t.npy", TRUTH)
    with pytest.raises(UserError, match="6x9 and the picture 12x18"):
        read_truth(tmp_path / "t.npy", (12, 18))
    np.save(tmp_path / "objects.npy", np.array([{}], object), allow_pickle=True)
    with pytest.raises(UserError, match="no ground truth"):
        read_truth(tmp_path / "objects.npy", SIZE)
    np.save(tmp_path / "nothing.npy", np.full(SIZE, np.inf, np.float32))
    with pytest.raises(UserError, match="knows no pixel"):
        read_truth(tmp_path / "nothing.npy", SIZE)
    Pillow.fromarray(np.zeros((*SIZE, 3), np.uint8)).save(tmp_path / "colours.png")
    with pytest.raises(UserError, match="one grey picture"):
        read_truth(tmp_path / "colours.png", SIZE, scale=1)
    Pillow.fromarray(TRUTH.astype(np.uint8)).save(tmp_path / "grey.png")
    with pytest.raises(UserError, match="--truth-scale"):
        read_truth(tmp_path / "grey.png", SIZE)
    with pytest.raises(UserError, match="impossible"):
        read_truth(tmp_path / "t.npy", SIZE, scale=0)


# Pictures


def test_names_tell_which_pictures_belong_together() -> None:
    def grouped(*items: str, packed: bool = False) -> list[tuple[str, ...]]:
        return group(items, packed=packed)

    assert grouped("a.png") == [("a.png",)]
    assert grouped("a.png", "b.png") == [("a.png", "b.png")]
    assert grouped("x/right.png", "x/left.png") == [("x/left.png", "x/right.png")]
    assert grouped("a.png", "b.png", packed=True) == [("a.png",), ("b.png",)]
    assert grouped("a.png", "b.png", "c.png") == [("a.png",), ("b.png",), ("c.png",)]
    assert grouped("room_R.png", "room_L.png", "hall.png") == [("room_L.png", "room_R.png"), ("hall.png",)]
    assert grouped("a/im0.png", "a/im1.png", "b/im0.png", "b/im1.png") == [
        ("a/im0.png", "a/im1.png"),
        ("b/im0.png", "b/im1.png"),
    ]
    assert grouped("a_L.png", "b_R.png", "c.png") == [("a_L.png",), ("b_R.png",), ("c.png",)]


def test_pictures_come_as_pairs_with_their_truth(tmp_path: Path) -> None:
    wall = flat_pair(96, 160, 9)
    packed = tmp_path / "both.png"
    Pillow.fromarray(np.concatenate([wall.left, wall.right], axis=1)).save(packed)
    alone = tmp_path / "alone.png"
    Pillow.fromarray(texture(96, 160)).save(alone)
    for name, eye in (("eye_L.png", wall.left), ("eye_R.png", wall.right)):
        Pillow.fromarray(eye).save(tmp_path / name)
    paths = [str(tmp_path / name) for name in ("both.png", "alone.png", "eye_R.png", "eye_L.png")]
    samples, notices = read_samples(paths)
    assert notices == []
    assert [s.has_two_eyes for s in samples] == [True, False, True]
    for sample in (samples[0], samples[2]):
        np.testing.assert_array_equal(sample.pair.left, wall.left)
        np.testing.assert_array_equal(sample.pair.right, wall.right)
    np.save(tmp_path / "t.npy", np.full((96, 160), 9, np.float32))
    (known,), _notices = read_samples(paths[:1], truths=[tmp_path / "t.npy"])
    assert known.truth is not None
    assert float(known.truth.values.mean()) == 9
    with pytest.raises(UserError, match="There are 1 ground truths for 3 pictures"):
        read_samples(paths, truths=[tmp_path / "t.npy"])
    (swapped,), notices = read_samples(paths[:1], layout=Layout.SIDE_BY_SIDE, swap=True)
    np.testing.assert_array_equal(swapped.pair.left, wall.right)
    assert notices == []


@pytest.fixture(scope="module")
def exchanged(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Two pictures, each named as the other eye's."""
    folder = tmp_path_factory.mktemp("exchanged")
    for name, eye in (("left.png", ROOM.right), ("right.png", ROOM.left)):
        Pillow.fromarray(eye).save(folder / name)
    return [str(folder / "left.png"), str(folder / "right.png")]


def test_exchanged_eyes_are_put_right(exchanged: list[str]) -> None:
    (sample,), notices = read_samples(exchanged)
    assert notices == []
    np.testing.assert_array_equal(sample.pair.left, ROOM.left)


def test_eyes_that_a_person_exchanged_stay_so(exchanged: list[str]) -> None:
    (sample,), _notices = read_samples(exchanged, swap=False)
    np.testing.assert_array_equal(sample.pair.left, ROOM.right)


def test_too_many_pixels_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("depthview.engine.models.comparison.pictures.MOST_PIXELS", 2 * 96 * 80 - 1)
    for name in ("a.png", "b.png"):
        Pillow.fromarray(texture(96, 160)).save(tmp_path / name)
    with pytest.raises(UserError, match="too many or too large"):
        read_samples([str(tmp_path / "a.png"), str(tmp_path / "b.png")], layout=Layout.SIDE_BY_SIDE)


# What is kept


def test_the_table_can_be_read_back(tmp_path: Path) -> None:
    trials = [
        trial("net", 20, 1.25, 5, is_reference=True),
        trial("net", 30, 2.5, 2),
        Trial(Selection("bad", None, (480, 640)), 'its "name", 입체', fault=UserError("It failed: try again.")),
    ]
    write_table(tmp_path / "t.csv", trials)
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == list(COLUMNS)
    assert [float(rows[0][c]) for c in ("time_ms", "difference", "bad_1px", "bad_3px")] == [20, 1.25, 0.3, 0.1]
    assert [row["pareto"] for row in rows] == ["yes", "no", "no"]
    assert [row["reference"] for row in rows] == ["yes", "no", "no"]
    assert (rows[1]["iterations"], rows[1]["height"], rows[1]["width"]) == ("2", "240", "320")
    assert (rows[2]["title"], rows[2]["error"]) == ('its "name", 입체', "It failed: try again.")
    assert rows[2]["time_ms"] == rows[2]["difference"] == ""


def _coloured(image: np.ndarray, colour: tuple[int, int, int]) -> tuple[float, float]:
    """Where the middle of the pixels of about this colour is, x and y, left of the legend."""
    near = (np.abs(image[:, :1140].astype(int) - colour).max(axis=2) < 12).nonzero()
    assert near[0].size, "nothing has this colour"
    return float(near[1].mean()), float(near[0].mean())


def test_the_chart_shows_quick_left_and_near_low() -> None:
    image = draw_chart([trial("quick", 10, 8, 1), trial("good", 1000, 0, 20, is_reference=True)], about="a room")
    assert image.shape == (900, 1440, 3)
    quick, good = _coloured(image, (0, 114, 178)), _coloured(image, (230, 120, 0))
    assert quick[0] < good[0] - 300
    assert quick[1] < good[1] - 300
    bigger = [(np.abs(image[:, :1140].astype(int) - c).max(axis=2) < 12).sum() for c in ((0, 114, 178), (230, 120, 0))]
    assert bigger[1] > 2 * bigger[0], "more iterations, a larger dot"


@pytest.mark.parametrize(
    "trials",
    [
        [],
        [Trial(Selection("bad"), "bad", fault=UserError("no"))],
        [trial("one", 5, 0)],
        [trial("same", 5, 0), trial("same", 5, 0)],
        [trial("blind", 5, float("nan"))],
        [trial(f"한글 model with a very long name {i}" * 3, 10.0**i, i) for i in range(12)],
    ],
)
def test_any_trials_can_be_drawn(trials: list[Trial]) -> None:
    assert draw_chart(trials).std() > 1


def test_labels_keep_clear_of_what_is_there() -> None:
    inside = (0.0, 0.0, 200.0, 100.0)
    assert free_place((50, 50), 5, (40, 10), [], inside) == (59, 45, 99, 55), "right of it"
    left = free_place((50, 50), 5, (40, 10), [(60, 40, 70, 60)], inside)
    assert left == (1, 45, 41, 55)
    assert free_place((50, 50), 5, (40, 10), [(0, 0, 200, 100)], inside) is None
    assert free_place((195, 50), 5, (40, 10), [], inside) == (146, 45, 186, 55), "not over the edge"


def test_ticks_are_round() -> None:
    assert ticks(9.3) == [0, 2, 4, 6, 8]
    assert ticks(1.05) == [0, 0.2, 0.4, 0.6, 0.8, 1.0]
    assert all(4 <= len(ticks(highest)) <= 9 for highest in (0.0011, 0.5, 0.99, 1.0, 3.3, 7, 49, 1234))
    assert log_ticks(8, 130) == [10, 20, 50, 100]
    assert log_ticks(1, 20_000) == [1, 10, 100, 1000, 10_000]
