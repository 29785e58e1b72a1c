"""The store against a real server on this machine, and (marked `network`) the package index."""

import hashlib
import logging
import subprocess
import sys
import threading
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from lighttrack.models import assets
from lighttrack.models.assets import AssetError
from lighttrack.models.catalog import Asset, AssetFile, Source, catalog

NETWORK = b"weights" * 1000
DIGEST = hashlib.sha256(NETWORK).hexdigest()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def site(tmp_path):
    """A folder that a server offers, and its address."""
    folder = tmp_path / "site"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("LIGHTTRACK_CACHE", str(folder))
    monkeypatch.delenv("LIGHTTRACK_MODELS", raising=False)
    return folder


@pytest.fixture
def local(tmp_path, monkeypatch):
    folder = tmp_path / "local"
    folder.mkdir()
    monkeypatch.setenv("LIGHTTRACK_MODELS", str(folder))
    return folder


def _asset(*files, address=None, mirrors=()):
    source = Source(files=files, address=address, mirrors=mirrors)
    return Asset("toy", "detector", "A toy", "CC0", "none", (source,), {"kind": "rtmdet"})


def _file(**changes):
    return AssetFile(**{"name": "toy.onnx", "sha256": DIGEST, **changes})


def _zip(path, **members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/"), data)


def test_a_file_is_fetched_once_and_then_kept(site, cache):
    folder, address = site
    (folder / "toy.onnx").write_bytes(NETWORK)
    asset = _asset(_file(), address=f"{address}/toy.onnx")
    assert assets.locate(asset).paths == (cache / "toy.onnx",)
    (folder / "toy.onnx").unlink()
    assert assets.locate(asset).paths[0].read_bytes() == NETWORK
    assert [each.name for each in cache.iterdir()] == ["toy.onnx"]  # nothing half done is left


def test_asking_where_a_file_is_fetches_nothing(site, cache):
    folder, address = site
    (folder / "toy.onnx").write_bytes(NETWORK)
    with pytest.raises(AssetError, match="`lighttrack models fetch toy` fetches it"):
        assets.locate(_asset(_file(), address=f"{address}/toy.onnx"), download=False)
    assert not cache.exists()


def test_a_member_is_taken_out_of_a_zip_archive(site, cache):
    folder, address = site
    _zip(folder / "all.zip", v1__deep__end2end__onnx=NETWORK, v1__readme=b"hello")
    file = _file(member="*end2end/onnx")
    assets.locate(_asset(file, address=f"{address}/all.zip"))
    assert (cache / "toy.onnx").read_bytes() == NETWORK
    assert not list(cache.glob("*.zip"))


def test_two_members_become_two_files_side_by_side(site, cache):
    folder, address = site
    _zip(folder / "all.zip", a__model=b"graph", a__weights=NETWORK)
    files = (
        AssetFile("toy.pdmodel", member="*model"),
        AssetFile("toy.pdiparams", sha256=DIGEST, member="*weights"),
    )
    found = assets.locate(_asset(*files, address=f"{address}/all.zip")).paths
    assert [path.name for path in found] == ["toy.pdmodel", "toy.pdiparams"]
    assert found[0].read_bytes() == b"graph"


def test_files_of_a_folder_at_an_address_are_fetched_each(site):
    folder, address = site
    (folder / "toy.xml").write_bytes(b"graph")
    (folder / "toy.bin").write_bytes(NETWORK)
    asset = _asset(AssetFile("toy.xml"), AssetFile("toy.bin"), address=f"{address}/")
    assert [path.read_bytes() for path in assets.locate(asset).paths] == [b"graph", NETWORK]


@pytest.mark.parametrize(
    ("members", "message"),
    [({"other": b""}, r"0 members \*onnx"), ({"a_onnx": b"", "b_onnx": b""}, r"2 members \*onnx")],
)
def test_an_archive_without_the_one_member_is_refused(site, members, message):
    folder, address = site
    _zip(folder / "all.zip", **members)
    with pytest.raises(AssetError, match=message):
        assets.locate(_asset(_file(member="*onnx"), address=f"{address}/all.zip"))


def test_what_comes_with_another_hash_is_not_kept(site, cache):
    folder, address = site
    (folder / "toy.onnx").write_bytes(b"something else")
    with pytest.raises(AssetError, match=f"came with sha256 [0-9a-f]+, expected {DIGEST}"):
        assets.locate(_asset(_file(), address=f"{address}/toy.onnx"))
    assert not list(cache.iterdir())


def test_a_file_of_unknown_hash_is_pinned_with_a_warning(site, cache, caplog):
    folder, address = site
    (folder / "toy.onnx").write_bytes(NETWORK)
    asset = _asset(_file(sha256=None), address=f"{address}/toy.onnx")
    with caplog.at_level(logging.WARNING):
        assets.locate(asset)
    assert f"pinned at this first download as {DIGEST}" in caplog.text
    (cache / "toy.onnx").unlink()
    (folder / "toy.onnx").write_bytes(b"the publisher changed it")
    with pytest.raises(AssetError, match=f"expected {DIGEST}"):
        assets.locate(asset)


def test_a_file_that_went_bad_in_the_cache_is_fetched_again(site, cache, caplog):
    folder, address = site
    (folder / "toy.onnx").write_bytes(NETWORK)
    cache.mkdir()
    (cache / "toy.onnx").write_bytes(NETWORK[:100])
    with caplog.at_level(logging.WARNING):
        found = assets.locate(_asset(_file(), address=f"{address}/toy.onnx"))
    assert found.paths[0].read_bytes() == NETWORK
    assert "it is fetched again" in caplog.text


def test_the_local_folder_comes_first(local):
    (local / "toy.onnx").write_bytes(NETWORK)
    found = assets.locate(_asset(_file(), address="http://127.0.0.1:1/toy.onnx"))
    assert found.paths == (local / "toy.onnx",)


def test_a_wrong_file_in_the_local_folder_is_not_passed_over(local):
    (local / "toy.onnx").write_bytes(b"an older export")
    with pytest.raises(AssetError, match="replace or remove it"):
        assets.locate(_asset(_file()))


def test_a_local_folder_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setenv("LIGHTTRACK_MODELS", "/no/such/folder")
    with pytest.raises(AssetError, match="LIGHTTRACK_MODELS names /no/such/folder"):
        assets.locate(_asset(_file()))


def test_without_a_connection_the_message_says_how_else(cache):
    with pytest.raises(AssetError) as caught:
        assets.locate(_asset(_file(), address="http://127.0.0.1:1/toy.onnx"))
    message = str(caught.value)
    assert "no connection to 127.0.0.1" in message
    assert "download http://127.0.0.1:1/toy.onnx" in message
    assert "LIGHTTRACK_MODELS" in message
    assert not list(cache.glob(".fetch-*"))


def test_a_page_that_is_not_there_is_said_to_be(site):
    with pytest.raises(AssetError, match="404"):
        assets.locate(_asset(_file(), address=f"{site[1]}/gone.onnx"))


def test_where_one_address_fails_the_next_is_tried_and_said_to_be(site, cache, caplog):
    folder, address = site
    (folder / "toy.onnx").write_bytes(NETWORK)
    asset = _asset(_file(), address="http://127.0.0.1:1/toy.onnx", mirrors=(f"{address}/toy.onnx",))
    with caplog.at_level(logging.WARNING):
        assert assets.locate(asset).paths == (cache / "toy.onnx",)
    assert "no connection to 127.0.0.1; trying " + address in caplog.text


def test_a_mirror_with_another_file_is_not_believed(site):
    folder, address = site
    (folder / "toy.onnx").write_bytes(b"another")
    asset = _asset(_file(), address=f"{address}/gone.onnx", mirrors=(f"{address}/toy.onnx",))
    with pytest.raises(AssetError, match=r"(?s)404.*, then toy\.onnx came with sha256"):
        assets.locate(asset)


def test_a_mirror_is_held_to_the_hash_pinned_at_the_first_download(site, cache):
    folder, address = site
    (folder / "toy.onnx").write_bytes(NETWORK)
    pinned = _asset(_file(sha256=None), address=f"{address}/toy.onnx")
    assets.locate(pinned)
    (cache / "toy.onnx").unlink()
    (folder / "other").mkdir()
    (folder / "other" / "toy.onnx").write_bytes(b"another")
    mirrored = _asset(
        _file(sha256=None), address=f"{address}/gone", mirrors=(f"{address}/other/toy.onnx",)
    )
    with pytest.raises(AssetError, match="came with sha256"):
        assets.locate(mirrored)


def test_another_export_is_fetched_where_the_first_cannot_be(site, cache):
    folder, address = site
    (folder / "other.onnx").write_bytes(NETWORK)
    first = Source(files=(_file(),), address=f"{address}/gone.onnx")
    second = Source(
        files=(_file(name="other.onnx"),),
        address=f"{address}/other.onnx",
        contract={"score_threshold": 0.5},
    )
    toy = Asset("toy", "detector", "A toy", "CC0", "none", (first, second), {"kind": "rtmdet"})
    located = assets.locate(toy)
    assert located.paths == (cache / "other.onnx",)
    assert located.contract["score_threshold"] == 0.5
    assert assets.locate(toy, download=False) == located


def test_an_asset_without_any_address_says_where_to_put_it():
    with pytest.raises(AssetError, match=r"put toy\.onnx into a folder that LIGHTTRACK_MODELS"):
        assets.locate(_asset(_file()))


def test_a_cache_that_cannot_be_written_is_said_to_be(site, tmp_path, monkeypatch):
    folder, address = site
    (folder / "toy.onnx").write_bytes(NETWORK)
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("LIGHTTRACK_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(AssetError, match="could not be written to"):
        assets.locate(_asset(_file(), address=f"{address}/toy.onnx"))


def test_two_processes_may_fetch_the_same_file_at_once(site, cache):
    folder, address = site
    (folder / "toy.onnx").write_bytes(NETWORK)
    program = (
        "from lighttrack.models import assets\n"
        "from lighttrack.models.catalog import *\n"
        f"source = Source((AssetFile('toy.onnx'),), address={address + '/toy.onnx'!r})\n"
        "asset = Asset('toy', 'detector', '', '', '', (source,), {})\n"
        "print(assets.locate(asset).paths[0])\n"
    )
    runs = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    printed = [run.communicate(timeout=60)[0].strip() for run in runs]
    assert printed == [str(cache / "toy.onnx")] * 3
    assert (cache / "toy.onnx").read_bytes() == NETWORK
    assert sorted(path.name for path in cache.iterdir()) == ["toy.onnx", "toy.onnx.sha256"]


def test_verifying_a_wrong_file_is_an_error(local):
    (local / "yolox-nano.onnx").write_bytes(b"not it")
    with pytest.raises(AssetError, match="expected 695e750a"):
        assets.verify("yolox-nano")


def test_an_unknown_name_lists_the_known():
    with pytest.raises(ValueError, match="unknown asset 'yolo'; known: blazepose, rtmdet-nano"):
        assets.fetch("yolo")


@pytest.mark.models
def test_the_networks_of_the_local_folder_are_those_of_the_catalog(models_dir, monkeypatch):
    monkeypatch.setenv("LIGHTTRACK_MODELS", str(models_dir))
    for path in models_dir.glob("*.onnx"):
        [verified] = assets.verify(path.stem)
        assert verified.path == path
        assert not verified.pinned


@pytest.mark.network
def test_blazepose_comes_out_of_its_wheel_which_is_not_kept(cache):
    found = assets.locate("blazepose")
    assert [path.parent for path in found.paths] == [cache, cache]
    assert [path.suffix for path in cache.iterdir()] == [".tflite", ".tflite"]
    assert assets.path("blazepose-full") == cache / "pose_landmark_full.tflite"  # no second fetch


@pytest.mark.network
def test_a_wheel_that_is_not_on_the_index_is_said_to_be_missing():
    asset = catalog()["blazepose"]
    source = asset.sources[0]
    wheel = type(source.wheel)("lighttrack-no-such-wheel==0.0", "3.11", "cp311", "any", "0", 0.0)
    gone = Asset("gone", "detector", "", "", "", (Source(source.files, wheel=wheel),), {})
    with pytest.raises(AssetError, match=r"gone could not be fetched: .*no-such-wheel.*By hand"):
        assets.locate(gone)
