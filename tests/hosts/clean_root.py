"""A release's bundle for the Python of the root, and a home in which nobody installed anything yet.

The root is Debian's: a Python without pip and without what makes it, Krita, GIMP, and nothing of ours.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.hosts.stage import INSIDE, PATH, Stage

__all__ = ["CleanRoot", "library_wheels"]

PROJECT = Path(__file__).resolve().parents[2]
CACHE = Path.home() / ".cache" / "diffdecompose"
CERTIFICATES = ("PIP_CERT", "SSL_CERT_FILE")


def library_wheels(root: Path) -> Path:
    """The libraries of the application for the Python of the root, fetched once by pip. Raises RuntimeError."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = ["pip", *project["dependencies"], *project["optional-dependencies"]["ui"]]
    pins = (PROJECT / "constraints.txt").read_bytes()
    digest = hashlib.sha256(pins + "\n".join(wanted).encode() + (root / "recipe").read_bytes()).hexdigest()[:16]
    done = CACHE / f"host-wheels-{digest}"
    if done.is_dir():
        return done
    draft = root / "stage" / f"wheels-{os.getpid()}"
    draft.mkdir(parents=True)
    fetch = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(draft), "pip"]
    _checked(fetch, dict(os.environ))
    (draft / "constraints.txt").write_bytes(pins)
    environment = {"PATH": PATH, "HOME": "/nowhere", "LC_ALL": "C.UTF-8"}
    certificates = next((os.environ[name] for name in CERTIFICATES if os.environ.get(name)), None)
    if certificates:
        shutil.copy(certificates, draft / "certificates.pem")
        environment["PIP_CERT"] = f"/stage/{draft.name}/certificates.pem"
    environment |= {name: value for name, value in os.environ.items() if name in ("PIP_INDEX_URL", "HTTPS_PROXY")}
    (pip,) = draft.glob("pip-*.whl")
    command = ["chroot", str(root), "python3", f"/stage/{draft.name}/{pip.name}/pip", "download", "--quiet"]
    command += ["--only-binary", ":all:", "--dest", f"/stage/{draft.name}"]
    _checked([*command, "--constraint", f"/stage/{draft.name}/constraints.txt", *wanted], environment)
    for older in CACHE.glob("host-wheels-*"):
        shutil.rmtree(older, ignore_errors=True)
    shutil.move(draft, done)
    return done


def _checked(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr.strip()[-500:])


def _link(source: Path, target: Path) -> None:
    """The same file under another name, without the time that a copy of hundreds of megabytes takes."""
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy(source, target)


class CleanRoot:
    """A home with the profiles of a Krita and a GIMP that were used before, and a bundle beside it."""

    def __init__(self, stage: Stage, wheel: Path, libraries: Path) -> None:
        self.stage = stage
        self.home = stage.place / "Jörg Müller"
        self.bundle = stage.place / "bundle"
        (self.bundle / "wheels").mkdir(parents=True)
        for path in [*libraries.glob("*.whl"), wheel]:
            _link(path, self.bundle / "wheels" / path.name)
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(PROJECT / "installer", self.bundle / "installer", ignore=ignored)
        shutil.copy(PROJECT / "constraints.txt", self.bundle)
        krita = self.home / ".local/share/krita"
        shutil.copytree(INSIDE / "krita", krita / "pykrita", ignore=ignored)
        (self.home / ".config/GIMP/3.0").mkdir(parents=True)
        (self.home / ".config/GIMP/3.0/gimprc").write_text('(config-version "3.0.4")\n(show-welcome-dialog no)\n')
        self.kritarc = self.home / ".config/kritarc"
        # Another Krita may run meanwhile, for other tests: this one is not to hand its start over to it.
        alone = "FetchNews=false\nHideSplashScreen=true\nEnableSingleApplication=false\n"
        self.kritarc.write_text(f"{alone}[python]\nenable_hostprobe=true\n")

    @property
    def extra(self) -> dict[str, str]:
        """The user of the root has another home; this is where the one of this home would have it."""
        return {"DIFFDECOMPOSE_HOME": self.stage.inside(self.home / ".diffdecompose")}

    def shell(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the bundle's folder, inside."""
        environment = {**self.stage.environment(self.home), **self.extra}
        words = ["chroot", str(self.stage.root), "sh", "-c", 'cd "$0" && exec "$@"', self.stage.inside(self.bundle)]
        return subprocess.run([*words, *command], env=environment, capture_output=True, text=True, timeout=600)

    def files(self) -> set[str]:
        """Every file and folder of the home."""
        return {str(path.relative_to(self.home)) for path in self.home.rglob("*")}

    def krita(self):
        return self.stage.start("krita", ["krita", "--nosplash"], self.home, **self.extra)

    def gimp(self):
        listen = "import os, probe; probe.serve(os.environ['HOSTPROBE_PORT_FILE'], probe.Evaluator())"
        command = ["gimp-3.0", "-s", "-d", "--batch-interpreter=python-fu-eval", "-b", listen]
        return self.stage.start("gimp", command, self.home, **self.extra)
