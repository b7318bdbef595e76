"""Models from the catalogue into the models folder, whole or not at all; two processes at once, killed and resumed."""

import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest

from depthview.engine.errors import Stopped, UserError
from depthview.engine.models.catalogue import RemoteFile, RemoteVariant
from depthview.engine.models.download.record import read_record
from depthview.engine.models.store import ModelStore
from depthview.engine.progress import Progress, StopToken
from tests.engine import onnx_graphs as graphs
from tests.engine.live_fakes import PATIENCE_S
from tests.engine.model_server import QUICK, ModelServer, entry, graph_bytes, model_server, sha256

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def web() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models", patience=QUICK)


@pytest.fixture
def graph(tmp_path: Path) -> bytes:
    return graph_bytes(tmp_path)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def test_a_pulled_model_lies_in_its_folder_with_what_is_known_of_it(
    web: ModelServer, store: ModelStore, graph: bytes
) -> None:
    web.serve("a.onnx", graph)
    toy = entry(RemoteFile("toy.onnx", web.url("a.onnx"), len(graph), sha256(graph)))
    pulled = store.pull(toy, toy.variants[0])
    assert pulled.files == (store.folder / "toy" / "toy.onnx",)
    assert pulled.files[0].read_bytes() == graph
    assert (pulled.downloaded, pulled.pinned) == (True, ())
    assert names(store.folder / "toy") == ["pulled.toml", "toy.onnx"]
    kept = read_record(store.folder / "toy")["toy.onnx"]
    assert (kept.sha256, kept.size_bytes, kept.checked_against) == (sha256(graph), len(graph), "catalogue")
    assert store.installed(toy) == toy.variants
    again = store.pull(toy, toy.variants[0])
    assert (again.files, again.downloaded) == (pulled.files, False)
    assert len(web.asked) == 1


def test_the_first_download_fixes_a_sum_that_nobody_told(web: ModelServer, store: ModelStore, graph: bytes) -> None:
    web.serve("a.onnx", graph)
    toy = entry(RemoteFile("toy.onnx", web.url("a.onnx")))
    assert store.pull(toy, toy.variants[0]).pinned == ("toy.onnx",)
    assert store.remove(toy) == (store.folder / "toy" / "toy.onnx",)
    assert store.installed(toy) == ()
    other = graph_bytes(store.folder / "x", graphs.pair_graph, 64, 64)
    web.serve("a.onnx", other, tag='"two"')
    with pytest.raises(UserError, match=r"another file than when it was first downloaded here.*pulled\.toml$"):
        store.pull(toy, toy.variants[0])
    assert names(store.folder / "toy") == ["pulled.toml"]
    web.serve("a.onnx", graph)
    store.pull(toy, toy.variants[0])
    assert (store.folder / "toy" / "toy.onnx").read_bytes() == graph


def weighty(folder: Path, location: str = "weights.data") -> tuple[bytes, bytes]:
    """A model whose numbers lie in another file: both files' bytes."""
    path = graphs.pair_graph(folder / "made.onnx")
    model = onnx.load(str(path))
    onnx.save_model(model, str(path), save_as_external_data=True, location=location, size_threshold=0)
    return path.read_bytes(), (folder / location).read_bytes()


def test_two_files_come_together_or_not_at_all(web: ModelServer, store: ModelStore, tmp_path: Path) -> None:
    graph, data = weighty(tmp_path / "made")
    toy = entry(
        RemoteFile("toy.onnx", web.url("g"), len(graph), sha256(graph)),
        RemoteFile("weights.data", web.url("d"), len(data), sha256(data)),
    )
    web.serve("g", graph)
    served = web.serve("d", data, statuses=[404])
    with pytest.raises(UserError, match="no longer at this address"):
        store.pull(toy, toy.variants[0])
    assert not list(store.folder.rglob("*.onnx"))
    assert not list(store.folder.rglob("*.data"))
    served.statuses.clear()
    web.asked.clear()
    store.pull(toy, toy.variants[0])
    assert names(store.folder / "toy") == ["pulled.toml", "toy.onnx", "weights.data"]
    assert [a.path for a in web.asked if a.status == 200] == ["/d"], "the graph was there already"


def test_weights_that_are_cut_short_take_the_graph_with_them(
    web: ModelServer, store: ModelStore, tmp_path: Path
) -> None:
    graph, data = weighty(tmp_path / "made")
    web.serve("g", graph)
    web.serve("d", data[:-4])
    toy = entry(RemoteFile("toy.onnx", web.url("g")), RemoteFile("weights.data", web.url("d")))
    with pytest.raises(UserError, match="no model that can be read, so it was thrown away"):
        store.pull(toy, toy.variants[0])
    assert names(store.folder / "toy") == []


@pytest.mark.parametrize("body", [b"\x08\x07 not a graph at all", b"", b"PK\x03\x04 an archive"])
def test_what_is_no_model_is_thrown_away(web: ModelServer, store: ModelStore, body: bytes) -> None:
    web.serve("a.onnx", body)
    toy = entry(RemoteFile("toy.onnx", web.url("a.onnx")))
    with pytest.raises(UserError, match="no model that can be read"):
        store.pull(toy, toy.variants[0])
    assert names(store.folder / "toy") == []


def test_a_truncated_model_of_unknown_length_is_noticed(web: ModelServer, store: ModelStore, graph: bytes) -> None:
    web.serve("a.onnx", graph, claims=len(graph) - 20)
    toy = entry(RemoteFile("toy.onnx", web.url("a.onnx")))
    with pytest.raises(UserError, match="no model that can be read"):
        store.pull(toy, toy.variants[0])
    assert names(store.folder / "toy") == []


def archive_of(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, body in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(body)
            tar.addfile(info, io.BytesIO(body))
    return packed.getvalue()


def test_one_file_is_taken_out_of_an_archive(web: ModelServer, store: ModelStore, graph: bytes) -> None:
    packed = archive_of(**{"a/README": b"no", "../../a/other_net.onnx": b"no", "../deep/net.onnx": graph})
    web.serve("zoo.tar.gz", packed)
    toy = entry(
        RemoteFile("toy.onnx", web.url("zoo.tar.gz"), len(packed), sha256(packed), "net.onnx", sha256(graph)),
    )
    pulled = store.pull(toy, toy.variants[0])
    assert pulled.files[0].read_bytes() == graph
    assert names(store.folder / "toy") == ["pulled.toml", "toy.onnx"]
    assert sorted(p.name for p in store.folder.iterdir()) == [".locks", "toy"]


def test_an_archive_without_the_file_and_a_damaged_one(web: ModelServer, store: ModelStore, graph: bytes) -> None:
    toy = entry(RemoteFile("toy.onnx", web.url("zoo.tar.gz"), member="net.onnx"))
    web.serve("zoo.tar.gz", archive_of(**{"other.onnx": graph}))
    with pytest.raises(UserError, match=r"does not hold net\.onnx"):
        store.pull(toy, toy.variants[0])
    packed = archive_of(**{"net.onnx": np.random.default_rng(1).bytes(50_000)})
    web.serve("zoo.tar.gz", packed[:-9000], tag='"b"')
    with pytest.raises(UserError, match="archive that came is damaged"):
        store.pull(toy, toy.variants[0])
    assert not list(store.folder.rglob("*.onnx"))


def test_check_finds_a_flipped_bit(web: ModelServer, store: ModelStore, graph: bytes) -> None:
    web.serve("a.onnx", graph)
    toy = entry(RemoteFile("toy.onnx", web.url("a.onnx")))
    path = store.pull(toy, toy.variants[0]).files[0]
    (good,) = store.check(toy)
    assert (good.path, good.sha256, good.whole) == (path, sha256(graph), True)
    broken = bytearray(graph)
    broken[len(broken) // 2] ^= 1
    path.write_bytes(bytes(broken))
    (bad,) = store.check(toy)
    assert not bad.whole


def test_removing_takes_halves_and_manifests_along_and_nothing_else(
    web: ModelServer, store: ModelStore, graph: bytes
) -> None:
    web.serve("a.onnx", graph)
    toy = entry(RemoteFile("toy.onnx", web.url("a.onnx")))
    folder = store.pull(toy, toy.variants[0]).files[0].parent
    (folder / "toy.onnx.toml").write_text("[found]\n", encoding="utf-8")
    (folder / "other.onnx.part").write_bytes(b"half")
    (folder / "mine.onnx").write_bytes(graph)
    (folder / "mine.onnx.toml").write_text("[yours]\n", encoding="utf-8")
    store.remove(toy)
    assert names(folder) == ["mine.onnx", "mine.onnx.toml", "pulled.toml"]
    assert store.remove(toy) == ()


def test_a_pull_that_is_stopped_goes_on_another_time(web: ModelServer, store: ModelStore, tmp_path: Path) -> None:
    graph = graph_bytes(tmp_path)
    served = web.serve("a.onnx", graph, cuts=[len(graph) // 2], stall=True)
    toy = entry(RemoteFile("toy.onnx", web.url("a.onnx")))
    stop = StopToken()

    def report(progress: Progress) -> None:
        if progress.label.startswith("toy.onnx"):
            stop.stop()

    with pytest.raises(Stopped):
        store.pull(toy, toy.variants[0], report=report, stop=stop)
    assert not list(store.folder.rglob("*.onnx"))
    served.cuts.clear()
    store.pull(toy, toy.variants[0])
    assert [a.range for a in web.asked] == [None, f"bytes={len(graph) // 2}-"]
    assert (store.folder / "toy" / "toy.onnx").read_bytes() == graph


def test_who_waits_for_the_lock_can_stop_waiting(web: ModelServer, store: ModelStore, graph: bytes) -> None:
    web.serve("a.onnx", graph, cuts=[10], stall=True)
    toy = entry(RemoteFile("toy.onnx", web.url("a.onnx")))
    first, second = StopToken(), StopToken()
    under_way = threading.Event()
    patient = ModelStore(store.folder)

    def pull() -> None:
        with pytest.raises(Stopped):
            patient.pull(toy, toy.variants[0], report=lambda _p: under_way.set(), stop=first)

    thread = threading.Thread(target=pull)
    thread.start()
    assert under_way.wait(PATIENCE_S)
    said: list[str] = []

    def waiting(progress: Progress) -> None:
        said.append(progress.label)
        second.stop()

    with pytest.raises(Stopped):
        store.pull(toy, toy.variants[0], report=waiting, stop=second)
    assert said == ["Waiting: another DepthView is busy with Toy"]
    first.stop()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()


_CHILD = """
import sys, json
from pathlib import Path
from depthview.engine.models.catalogue import RemoteFile
from depthview.engine.models.store import ModelStore
from tests.engine.model_server import QUICK, entry
toy = entry(RemoteFile("toy.onnx", sys.argv[2], int(sys.argv[3]), sys.argv[4]))
pulled = ModelStore(Path(sys.argv[1]), patience=QUICK).pull(
    toy, toy.variants[0], report=lambda p: print(p.done, flush=True))
print(json.dumps({"downloaded": pulled.downloaded}), flush=True)
"""


def child(folder: Path, web: ModelServer, body: bytes) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(folder), web.url("big.onnx"), str(len(body)), sha256(body)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def big(tmp_path: Path) -> bytes:
    """A model of two megabytes: long enough to be interrupted."""
    path = tmp_path / "made" / "big.onnx"
    graphs.constant_graph(path, np.random.default_rng(2).random((512, 1024), np.float32))
    return path.read_bytes()


def test_two_processes_pull_once(web: ModelServer, tmp_path: Path, big: bytes) -> None:
    web.serve("big.onnx", big, pace_s=0.03)
    children = [child(tmp_path / "models", web, big) for _ in range(2)]
    ends = [process.communicate(timeout=60)[0].splitlines()[-1] for process in children]
    assert [process.returncode for process in children] == [0, 0]
    assert sorted(json.loads(end)["downloaded"] for end in ends) == [False, True]
    assert [a.path for a in web.asked] == ["/big.onnx"]
    assert (tmp_path / "models" / "toy" / "toy.onnx").read_bytes() == big


def test_a_killed_pull_leaves_no_model_and_is_gone_on_with(web: ModelServer, tmp_path: Path, big: bytes) -> None:
    web.serve("big.onnx", big, cuts=[len(big) * 3 // 4], stall=True)
    process = child(tmp_path / "models", web, big)
    assert process.stdout is not None
    while float(process.stdout.readline()) < 0.5:
        pass
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=PATIENCE_S)
    folder = tmp_path / "models" / "toy"
    assert names(folder) == ["toy.onnx.part", "toy.onnx.part.toml"]
    half = (folder / "toy.onnx.part").stat().st_size
    assert 500_000 <= half < len(big)
    store = ModelStore(tmp_path / "models", patience=QUICK)
    toy = entry(RemoteFile("toy.onnx", web.url("big.onnx"), len(big), sha256(big)))
    store.pull(toy, toy.variants[0])
    assert [a.range for a in web.asked] == [None, f"bytes={half}-"], "the dead process's lock held nobody up"
    assert (folder / "toy.onnx").read_bytes() == big
    assert names(folder) == ["pulled.toml", "toy.onnx"]


def test_variants_share_a_folder_and_are_told_apart(web: ModelServer, store: ModelStore, graph: bytes) -> None:
    web.serve("a.onnx", graph)
    variants = tuple(
        RemoteVariant(f"iter{n}", (RemoteFile(f"toy_iter{n}.onnx", web.url("a.onnx")),), n) for n in (2, 5)
    )
    toy = entry(variants=variants, default="iter2")
    store.pull(toy, variants[1])
    assert store.installed(toy) == (variants[1],)
    store.pull(toy, variants[0])
    assert store.installed(toy) == variants
    assert sorted(read_record(store.folder / "toy")) == ["toy_iter2.onnx", "toy_iter5.onnx"]


def test_a_folder_that_may_not_be_written_to_is_a_sentence(web: ModelServer, tmp_path: Path, graph: bytes) -> None:
    (tmp_path / "taken").write_text("a file")
    toy = entry(RemoteFile("toy.onnx", web.url("a.onnx")))
    with pytest.raises(UserError, match="A file is in the way of this folder"):
        ModelStore(tmp_path / "taken").pull(toy, toy.variants[0])
