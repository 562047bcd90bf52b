"""A stage for the real programs: a chroot with both, a virtual screen, and a line to Python inside each.

Knows how to start, speak to, photograph and end Krita and GIMP; knows nothing of what is tested.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.leftovers import RUN_VARIABLE

__all__ = ["SHORTCUT", "SIZE", "Program", "Stage", "wait_for"]

INSIDE = Path(__file__).parent / "inside"
SCREEN = "1400x900x24"
SIZE = ("1400", "880")
"""Of a program's window that fills the screen, without its title."""
SHORTCUT = ("diffdecompose_again", "Ctrl+Alt+J")
"""What every Krita here finds in its settings, as if an artist had chosen it."""
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def wait_for(what, seconds: float = 30.0, pause: float = 0.05) -> Any:
    """The first true value of `what()`. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = what()
        if value:
            return value
        time.sleep(pause)
    raise TimeoutError(f"nothing within {seconds:.0f} s")


class Program:
    """A running Krita or GIMP. `ask` runs Python inside and returns the value of its last expression."""

    def __init__(self, process: subprocess.Popen, log: Path, port_file: Path, seconds: float = 90.0) -> None:
        self.process = process
        self.log = log
        try:
            wait_for(lambda: port_file.exists() or process.poll() is not None, seconds)
        except TimeoutError:
            self.end()
            raise
        if not port_file.exists():
            raise RuntimeError(f"the program ended with {process.poll()}:\n{self.tail()}")
        self._line = socket.create_connection(("127.0.0.1", int(port_file.read_text())), timeout=120)
        self._file = self._line.makefile("rw", encoding="utf-8")

    def ask(self, code: str, **values: Any) -> Any:
        """values: JSON-able, set as names before the code runs. Raises RuntimeError with the traceback from inside."""
        given = "".join(f"{name} = {value!r}\n" for name, value in values.items())
        try:
            self._file.write(json.dumps({"code": given + code}) + "\n")
            self._file.flush()
            line = self._file.readline()
        except OSError as error:
            raise RuntimeError(f"the program does not answer ({error}):\n{self.tail()}") from None
        if not line:
            raise RuntimeError(f"the program is gone:\n{self.tail()}")
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["value"]

    @property
    def runs(self) -> bool:
        return self.process.poll() is None

    def wait_until(self, code: str, seconds: float = 60.0, **values: Any) -> Any:
        """Ask until the answer is true."""
        return wait_for(lambda: self.ask(code, **values), seconds)

    def tail(self, lines: int = 30) -> str:
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:])

    def end(self) -> None:
        """The whole process group, at once: nothing that a test left open may ask whether to save."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Stage:
    """The root with its screen. `place` is a folder that both sides see, under another name inside."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "stage").mkdir(exist_ok=True)
        self.place = Path(tempfile.mkdtemp(dir=root / "stage"))
        self._screen: subprocess.Popen | None = None
        self._manager: subprocess.Popen | None = None
        self.display = ""

    def inside(self, path: Path) -> str:
        """How a path below the root is called inside."""
        return "/" + str(path.relative_to(self.root))

    def environment(self, home: Path) -> dict[str, str]:
        runtime = self.place / "run"
        runtime.mkdir(mode=0o700, exist_ok=True)
        return {
            "PATH": PATH,
            "HOME": self.inside(home),
            "LC_ALL": "C.UTF-8",
            "DISPLAY": self.display,
            "XDG_RUNTIME_DIR": self.inside(runtime),
            "PYTHONPATH": self.inside(self.place / "inside"),
            "NO_AT_BRIDGE": "1",
            "OMP_NUM_THREADS": "1",
            RUN_VARIABLE: os.environ.get(RUN_VARIABLE, ""),
        }

    def raise_curtain(self) -> None:
        """Start the screen."""
        shutil.copytree(INSIDE, self.place / "inside", ignore=shutil.ignore_patterns("__pycache__"))
        (self.root / "tmp" / ".X11-unix").mkdir(mode=0o1777, exist_ok=True)
        reader, writer = os.pipe()
        command = ["chroot", str(self.root), "Xvfb", "-displayfd", str(writer), "-screen", "0", SCREEN]
        with open(self.place / "screen.log", "wb") as log:
            self._screen = subprocess.Popen(
                [*command, "-nolisten", "tcp", "-noreset"], pass_fds=[writer], stdout=log, stderr=log
            )
        os.close(writer)
        with os.fdopen(reader) as answer:
            number = answer.readline().strip()
        if not number:
            raise RuntimeError("the virtual screen did not start:\n" + (self.place / "screen.log").read_text())
        self.display = f":{number}"
        self._manager = subprocess.Popen(
            ["chroot", str(self.root), "openbox"],
            env=self.environment(self.place),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def drop_curtain(self) -> None:
        for process in (self._manager, self._screen):
            if process is not None:
                process.terminate()
                process.wait()
        shutil.rmtree(self.place, ignore_errors=True)

    def start(self, name: str, command: list[str], home: Path, **extra: str) -> Program:
        """Start a program that will run the probe."""
        port_file = self.place / f"{name}-{time.monotonic_ns()}.port"
        log = self.place / f"{name}.log"
        environment = {**self.environment(home), "HOSTPROBE_PORT_FILE": self.inside(port_file), **extra}
        # The root has no /proc of its own: the program inherits a handle of ours, to tell its time from others'.
        proc = os.open("/proc", os.O_RDONLY)
        environment["HOSTPROBE_PROC"] = str(proc)
        with open(log, "wb") as out:
            process = subprocess.Popen(
                ["chroot", str(self.root), *command],
                env=environment,
                stdout=out,
                stderr=out,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                pass_fds=[proc],
            )
        os.close(proc)
        return Program(process, log, port_file)

    @contextmanager
    def krita(self, plugin: Path | None = None, **extra: str):
        """A running Krita, a profile of its own. plugin: the folder of an unpacked plugin (pykrita/, actions/)."""
        home = Path(tempfile.mkdtemp(dir=self.place))
        data = home / ".local" / "share" / "krita"
        (data / "pykrita").mkdir(parents=True)
        if plugin is not None:
            shutil.copytree(plugin, data, dirs_exist_ok=True)
        shutil.copytree(INSIDE / "krita", data / "pykrita", dirs_exist_ok=True)
        config = home / ".config"
        config.mkdir()
        names = [path.stem for path in (data / "pykrita").glob("*.desktop")]
        enabled = "".join(f"enable_{name}=true\n" for name in names)
        # The welcome page asks for news over the network; a splash screen would cover the photographs.
        (config / "kritarc").write_text(f"FetchNews=false\nHideSplashScreen=true\n[python]\n{enabled}")
        (config / "kritashortcutsrc").write_text(f"[Shortcuts]\n{SHORTCUT[0]}={SHORTCUT[1]}\n")
        program = self.start("krita", ["krita", "--nosplash"], home, **extra)
        try:
            yield program
        finally:
            program.end()

    @contextmanager
    def gimp(self, plugin: Path | None = None, **extra: str):
        """A running GIMP, a profile of its own. plugin: a folder that holds plug-in folders."""
        home = self._gimp_home(plugin)
        listen = "import os, probe; probe.serve(os.environ['HOSTPROBE_PORT_FILE'], probe.Evaluator())"
        command = ["gimp-3.0", "-s", "-d", "--batch-interpreter=python-fu-eval", "-b", listen]
        running = self.start("gimp", command, home, GIMP3_DIRECTORY=self.inside(home / "gimp"), **extra)
        try:
            yield running
        finally:
            running.end()

    def _gimp_home(self, plugin: Path | None) -> Path:
        """A home whose folder `gimp` is GIMP's profile."""
        home = Path(tempfile.mkdtemp(dir=self.place))
        profile = home / "gimp"
        (profile / "plug-ins").mkdir(parents=True)
        (profile / "gimprc").write_text('(config-version "3.0.4")\n(show-welcome-dialog no)\n')
        if plugin is not None:
            shutil.copytree(plugin, profile / "plug-ins", dirs_exist_ok=True)
        return home

    def gimp_batch(self, plugin: Path, *scripts: str, **extra: str) -> subprocess.CompletedProcess[str]:
        """GIMP without a window runs Scheme scripts and ends, as from a shell."""
        home = self._gimp_home(plugin)
        command = ["chroot", str(self.root), "gimp-console-3.0", "-i", "-d", "-f"]
        command += ["--batch-interpreter=plug-in-script-fu-eval"]
        command += [word for script in scripts for word in ("-b", script)] + ["--quit"]
        environment = {**self.environment(home), "GIMP3_DIRECTORY": self.inside(home / "gimp"), **extra}
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)

    def pointer(self, *words: str | int) -> str:
        """xdotool on the stage's screen."""
        command = ["chroot", str(self.root), "xdotool", *map(str, words)]
        done = subprocess.run(command, env={"DISPLAY": self.display, "PATH": PATH}, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"xdotool {' '.join(map(str, words))}: {done.stderr}")
        return done.stdout.strip()

    def windows(self, name: str) -> list[str]:
        """The visible windows whose title matches the regular expression."""
        command = ["chroot", str(self.root), "xdotool", "search", "--onlyvisible", "--name", name]
        done = subprocess.run(command, env={"DISPLAY": self.display, "PATH": PATH}, capture_output=True, text=True)
        return done.stdout.split()

    def photograph(self, target: Path) -> Path:
        """The whole screen as a PNG in `target`."""
        target.parent.mkdir(parents=True, exist_ok=True)
        picture = self.place / "photograph.png"
        command = ["chroot", str(self.root), "import", "-window", "root", self.inside(picture)]
        subprocess.run(command, env={"DISPLAY": self.display, "PATH": PATH}, check=True, capture_output=True)
        return Path(shutil.copy(picture, target))
