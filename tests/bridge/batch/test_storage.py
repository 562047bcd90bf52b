"""Pictures from and results to a real S3-compatible server: the same files as in a folder here."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bridge.batch.journal import JOURNAL_NAME
from bridge.cli import main
from tests.bridge.batch.test_run import contents, pictures

CLASSIC = ["--engine", "classic", "--kind", "fog", "--workers", "1"]
pytest.importorskip("s3fs", reason="the extra `s3` is not installed")


@pytest.fixture(scope="module")
def endpoint():
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", port=0)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def bucket(endpoint, tmp_path, monkeypatch):
    import s3fs

    settings = {"AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    for name, value in {**settings, "AWS_DEFAULT_REGION": "us-east-1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DIFFDECOMPOSE_HOME", str(tmp_path / "home"))
    s3fs.S3FileSystem.clear_instance_cache()
    store = s3fs.S3FileSystem()
    name = tmp_path.name.replace("_", "-").lower()
    store.mkdir(name)
    return Bucket(store, name)


class Bucket:
    def __init__(self, store, name: str) -> None:
        self.store, self.name = store, name

    def url(self, path: str) -> str:
        return f"s3://{self.name}/{path}"

    def put(self, folder: Path, path: str) -> None:
        for file in folder.iterdir():
            self.store.put_file(str(file), f"{self.name}/{path}/{file.name}")

    def contents(self, path: str) -> dict[str, bytes]:
        self.store.invalidate_cache()
        names = self.store.find(f"{self.name}/{path}")
        return {os.path.basename(n): self.store.cat_file(n) for n in names if not n.endswith(JOURNAL_NAME)}


def here(source: Path, out: Path, *more: str) -> dict[str, bytes]:
    assert main(["decompose", str(source), "-o", str(out), *CLASSIC, *more]) == 0
    return contents(out)


def test_a_folder_on_a_store_gives_the_same_files_there_as_here(bucket, tmp_path, capsys):
    source = pictures(tmp_path / "in", 3)
    bucket.put(source, "in")
    words = ["decompose", bucket.url("in"), "-o", bucket.url("out"), *CLASSIC]
    assert main(words) == 0
    told = capsys.readouterr().out
    assert f"{bucket.url('in/00.png')} -> {bucket.url('out/00.psd')}: " in told
    assert bucket.contents("out") == here(source, tmp_path / "out")
    capsys.readouterr()
    assert main(words) == 0
    assert "3 of 3 pictures were done before" in capsys.readouterr().err


def test_another_machine_goes_on_from_the_uploaded_journal(bucket, tmp_path, monkeypatch, capsys):
    bucket.put(pictures(tmp_path / "in", 2), "in")
    words = ["decompose", bucket.url("in"), "-o", bucket.url("out"), *CLASSIC]
    assert main(words) == 0
    monkeypatch.setenv("DIFFDECOMPOSE_HOME", str(tmp_path / "another"))
    new = pictures(tmp_path / "more", 3)
    bucket.store.put_file(str(new / "02.png"), f"{bucket.name}/in/02.png")
    capsys.readouterr()
    assert main(words) == 0
    told = capsys.readouterr()
    assert len(told.out.splitlines()) == 1
    assert "2 of 3 pictures were done before" in told.err
    assert sorted(bucket.contents("out")) == ["00.psd", "01.psd", "02.psd"]


def test_what_is_there_already_is_not_replaced_unless_asked(bucket, tmp_path, capsys):
    bucket.put(pictures(tmp_path / "in", 1), "in")
    bucket.store.pipe_file(f"{bucket.name}/out/00.psd", b"somebody's work")
    words = ["decompose", bucket.url("in"), "-o", bucket.url("out"), *CLASSIC]
    assert main(words) == 2
    assert f"{bucket.url('out/00.psd')} exists already" in capsys.readouterr().err
    assert bucket.contents("out") == {"00.psd": b"somebody's work"}
    assert main([*words, "--overwrite"]) == 0
    assert bucket.contents("out")["00.psd"].startswith(b"8BPS")


def test_from_here_to_a_store_and_back(bucket, tmp_path):
    source = pictures(tmp_path / "in", 2)
    assert main(["decompose", str(source), "-o", bucket.url("up"), "--format", "png", *CLASSIC]) == 0
    assert main(["decompose", bucket.url("up/*.png"), "-o", str(tmp_path / "down"), *CLASSIC]) == 0
    assert sorted(contents(tmp_path / "down")) == ["00.psd", "01.psd"]
    assert bucket.contents("up") == here(source, tmp_path / "png", "--format", "png")


def test_an_output_never_replaces_an_input_of_the_store(bucket, tmp_path, capsys):
    source = pictures(tmp_path / "in", 1)
    bucket.put(source, "in")
    words = ["decompose", bucket.url("in"), "-o", bucket.url("in"), "--format", "png", "--overwrite", *CLASSIC]
    assert main(words) == 2
    assert "would replace an input" in capsys.readouterr().err
    assert bucket.contents("in") == {"00.png": (source / "00.png").read_bytes()}


@pytest.mark.parametrize(
    ("word", "told"),
    [("s3://there-is-no-such-bucket/in", "no such file or folder: check the address"), ("nowhere://x/y", "install")],
)
def test_what_cannot_be_reached_is_one_line(bucket, tmp_path, capsys, word, told):
    assert main(["decompose", word, "-o", str(tmp_path / "out"), *CLASSIC]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert told in lines[0]
    assert word in lines[0]
