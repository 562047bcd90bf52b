"""Tiny real models on disk, and a hub on the loopback that can misbehave."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha1, sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("huggingface_hub")

from safetensors.numpy import save

from model.weights.catalogue import CatalogueEntry, ModelKind

COMMIT = "0123456789abcdef0123456789abcdef01234567"
WEIGHTS = save({"encoder.weight": np.arange(60_000, dtype=np.float32)})
CONFIG = json.dumps({"_class_name": "AutoencoderKL", "in_channels": 4, "out_channels": 4}).encode()

ENTRY = CatalogueEntry(
    name="small",
    kind=ModelKind.VAE,
    about="a test's autoencoder",
    repository="someone/small",
    subfolder="inside",
    files=("config.json", "*.safetensors"),
    gigabytes=0.001,
    licence="Apache-2.0",
)


_sleep = time.sleep  # the client's own waiting is patched away below


@dataclass
class Hub:
    """A model hub with one repository. What it does wrong is set before a request comes.

    stall_after, cut_after: bytes of a file after which nothing more comes, or the connection ends; once, then well.
    longer, other_bytes: what is sent in place of the file, always.   gated: nobody is let in.
    """

    files: dict[str, bytes]
    stall_after: int | None = None
    cut_after: int | None = None
    always: bool = False
    longer: bytes = b""
    endless: bool = False
    other_bytes: dict[str, bytes] = field(default_factory=dict)
    gated: bool = False
    listed: list[dict] | None = None
    ranges: list[str] = field(default_factory=list)
    address: str = ""

    def listing(self) -> dict:
        lines = []
        for name, content in self.files.items():
            line: dict = {"rfilename": name, "size": len(content)}
            line["blobId"] = sha1(b"blob %d\0" % len(content) + content).hexdigest()
            if name.endswith(".safetensors"):
                line["lfs"] = {"sha256": sha256(content).hexdigest(), "size": len(content), "pointerSize": 1}
            lines.append(line)
        return {"id": ENTRY.repository, "sha": COMMIT, "siblings": lines if self.listed is None else self.listed}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, *_) -> None: ...

    def do_GET(self) -> None:
        if self.hub.gated:
            self._answer(403, b"{}", {"X-Error-Code": "GatedRepo", "X-Error-Message": "no"})
        elif self.path.startswith("/api/models/"):
            self._answer(200, json.dumps(self.hub.listing()).encode(), {"Content-Type": "application/json"})
        else:
            self._file(self.path.split("?")[0].partition(f"/resolve/{COMMIT}/")[2])

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _file(self, name: str) -> None:
        hub = self.hub
        content = hub.other_bytes.get(name, hub.files[name]) + (hub.longer if name.endswith(".safetensors") else b"")
        found = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(found[1]) if found else 0
        hub.ranges.append(f"{name} {start}")
        self.send_response(206 if found else 200)
        if hub.endless:
            self.send_header("Connection", "close")
        else:
            self.send_header("Content-Length", str(len(content) - start))
        if found:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        stop = hub.stall_after if hub.stall_after is not None else hub.cut_after
        body = content[start:]
        if stop is None or not name.endswith(".safetensors"):
            self.wfile.write(body)
            if hub.endless:
                self.close_connection = True
            return
        self.wfile.write(body[:stop])
        self.wfile.flush()
        stalls = hub.stall_after is not None
        if not hub.always:
            hub.stall_after = hub.cut_after = None
        if stalls:
            _sleep(1.0)  # longer than the client waits in these tests
        self.close_connection = True


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_DOWNLOAD_TIMEOUT", 0.3)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_IMPLICIT_TOKEN", True)
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 16 << 10)
    monkeypatch.setattr("huggingface_hub.file_download.time.sleep", lambda seconds: None)  # between its retries
    one = Hub({"inside/config.json": CONFIG, "inside/model.safetensors": WEIGHTS, "README.md": b"#", "x/a.bin": b"0"})
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"hub": one}))
    server.daemon_threads = True
    one.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield one
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"
