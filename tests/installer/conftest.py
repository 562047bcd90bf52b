"""A user's home that tests may fill, and a folder of wheels that serves as the package index."""

from __future__ import annotations

import base64
import ensurepip
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import distribution, version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


class Home:
    """A home with spaces and letters beyond ASCII, where Krita and GIMP have been used before."""

    root = ROOT

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / ".local/share/diffdecompose"
        self.command = folder / ".local/bin/diffdecompose"
        self.krita = folder / ".local/share/krita"
        self.gimp = folder / ".config/GIMP/3.0/plug-ins"
        self.kritarc = folder / ".config/kritarc"
        self.krita.mkdir(parents=True)
        self.gimp.mkdir(parents=True)
        self.kritarc.write_text("[General]\ntheme=dark\n\n[python]\nenable_other=true\n")
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "GIMP3"))},
            "HOME": str(folder),
            "DIFFDECOMPOSE_HOME": str(folder / ".diffdecompose"),
            # pip asks for the version of rustc, and where that is rustup's, it makes a folder in an empty home.
            "RUSTUP_HOME": os.environ.get("RUSTUP_HOME", str(Path.home() / ".rustup")),
        }

    def run(self, *words: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
        """`python -m installer` with these words."""
        return self.start([sys.executable, "-m", "installer", *map(str, words)], cwd)

    def start(self, command: list[str], cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, env=self.environment, cwd=cwd, capture_output=True, text=True, stdin=subprocess.DEVNULL
        )

    def contents(self) -> dict[str, bytes]:
        """Every file and folder with what is in it."""
        found = sorted(self.folder.rglob("*"))
        return {str(path.relative_to(self.folder)): path.read_bytes() if path.is_file() else b"" for path in found}


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "Jörg Müller")


@pytest.fixture(scope="session")
def offline_bundle(tmp_path_factory, project_wheel) -> Path:
    """A bundle with the real wheel of this checkout.

    Its libraries are empty wheels of the right names and versions, one of which leads to those installed for the tests:
    copies of the real ones would be hundreds of megabytes. `websockets` is real, since plugins carry its files.
    """
    folder = tmp_path_factory.mktemp("bundle")
    wheels = folder / "wheels"
    wheels.mkdir()
    shutil.copy(ROOT / "constraints.txt", folder)
    shutil.copy(project_wheel, wheels)
    for pip in (Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl"):
        shutil.copy(pip, wheels)
    pins = dict(
        line.split("==") for line in (ROOT / "constraints.txt").read_text().lower().splitlines() if "==" in line
    )
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    paths = "".join(f"{path}\n" for path in sys.path if path.endswith("site-packages"))
    extras = project["optional-dependencies"]
    for requirement in [*project["dependencies"], *extras["ui"], *extras["heif"]]:
        name = re.split("[<>=;]", requirement)[0].lower()
        files = {"of_the_tests.pth": paths.encode()} if name == "numpy" else {}
        if name == "websockets":
            files = modules_of(name)
        write_wheel(wheels, name, pins[name.replace("-", "_") if name == "pillow-heif" else name], files)
    return folder


@pytest.fixture(scope="session")
def build_wheels(tmp_path_factory) -> Path:
    """What pip needs to build this checkout in isolation: the real backend and what it imports."""
    folder = tmp_path_factory.mktemp("backend")
    needs = ("packaging", "pathspec", "pluggy", "trove-classifiers")
    for name in needs:
        write_wheel(folder, name, version(name), modules_of(name))
    write_wheel(folder, "hatchling", version("hatchling"), modules_of("hatchling"), needs)
    return folder


def modules_of(name: str) -> dict[str, bytes]:
    """The modules of an installed distribution, by their paths."""
    files = [file for file in distribution(name).files or () if file.suffix == ".py" and ".." not in file.parts]
    return {file.as_posix(): Path(str(file.locate())).read_bytes() for file in files}


def write_wheel(folder: Path, name: str, version: str, files: dict[str, bytes], requires: tuple[str, ...] = ()) -> None:
    """A pure wheel with these files (https://packaging.python.org/specifications/binary-distribution-format/)."""
    stem = f"{name.replace('-', '_')}-{version}"
    information = {
        "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        + "".join(f"Requires-Dist: {other}\n" for other in requires),
        "WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "LICENSE": "Redistribution and use in source and binary forms are permitted.\n",
    }
    files = {**files, **{f"{stem}.dist-info/{key}": text.encode() for key, text in information.items()}}
    record = ""
    with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as archive:
        for path, content in files.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            record += f"{path},sha256={digest},{len(content)}\n"
            archive.writestr(path, content)
        archive.writestr(f"{stem}.dist-info/RECORD", f"{record}{stem}.dist-info/RECORD,,\n")
