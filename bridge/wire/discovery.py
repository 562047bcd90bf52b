"""Finding the daemon, and starting it where none runs: the folder, the runtime file, the install record.

Daemon and clients compute the folder alike, from the home in the account database, because sandboxes
(Flatpak, Snap) and host programs change HOME and the XDG variables. Knows nothing of messages' flow.
Python 3.9 syntax, standard library only.

    ~/.diffdecompose/          0700
        daemon.json            0600: where the running daemon listens, and its token
        install.json           which interpreter starts a daemon
        daemon.log             what the daemon did       daemon.out   what it printed while starting
"""

import json
import os
import secrets
import stat
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Tuple

from .codec import from_fields, to_fields
from .errors import BadMessage, DaemonUnavailable
from .files import replace_file

__all__ = [
    "HOME_VARIABLE",
    "STARTER_VARIABLE",
    "Install",
    "Runtime",
    "clean_environment",
    "home_folder",
    "log_tail",
    "private_folder",
    "read_install",
    "read_runtime",
    "start",
    "start_command",
    "write_private",
]

HOME_VARIABLE = "DIFFDECOMPOSE_HOME"
STARTER_VARIABLE = "DIFFDECOMPOSE_STARTER"
"""What a client gives the daemon that it starts, to know it again in the runtime file."""
_FLATPAK = Path("/.flatpak-info")  # there inside a Flatpak, flatpak-run(1)
_LOSER_PATIENCE = 5.0  # seconds that a daemon which came second gets to end in order
_DROPPED = ("PYTHON", "LD_LIBRARY_PATH", "LD_PRELOAD", "DYLD_")
_START_ADVICE = "start it in a terminal with 'diffdecompose serve' and read what it prints"


@dataclass(frozen=True)
class Runtime:
    """Where a daemon listens. Written when it is ready to answer, removed when it ends.

    starter: the STARTER_VARIABLE of the client that started it; empty where no client did.
    """

    pid: int
    port: int
    token: str
    version: str
    protocol: int
    scheme: str = "ws"
    host: str = "127.0.0.1"
    starter: str = ""

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}/"


@dataclass(frozen=True)
class Install:
    """How to start a daemon. path: folders that hold `bridge` where the interpreter does not find it by itself."""

    python: str
    version: str
    path: Tuple[str, ...] = ()


def home_folder() -> Path:
    """The folder that daemon and clients share. DIFFDECOMPOSE_HOME overrides it (tests, several instances)."""
    override = os.environ.get(HOME_VARIABLE)
    if override:
        return Path(override)
    if sys.platform == "win32":
        return Path(os.environ.get("USERPROFILE") or os.path.expanduser("~")) / ".diffdecompose"
    import pwd

    try:
        home = pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:  # a container's user without an entry
        home = os.path.expanduser("~")
    return Path(home) / ".diffdecompose"


def private_folder(folder: Path) -> Path:
    """The folder, made 0700 where it is missing. Raises DaemonUnavailable where another user could look in."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.stat()
    except OSError as error:
        raise DaemonUnavailable(
            f"the folder {folder} cannot be used ({error.strerror})", f"make it writable, or set {HOME_VARIABLE}"
        ) from None
    if sys.platform != "win32":
        if found.st_uid != os.getuid():
            raise DaemonUnavailable(f"the folder {folder} belongs to another user", f"set {HOME_VARIABLE} to your own")
        if stat.S_IMODE(found.st_mode) & 0o077:
            folder.chmod(0o700)
    return folder


def write_private(path: Path, record: object) -> None:
    """Write a dataclass as JSON, 0600, whole or not at all."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(to_fields(record), file, indent=1)
    replace_file(draft, path)


def read_runtime(folder: Path) -> Optional[Runtime]:
    """What the runtime file says; None where there is none or it cannot be trusted or read."""
    path = folder / "daemon.json"
    try:
        found = path.stat()
    except OSError:
        return None
    if sys.platform != "win32" and (found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077):
        return None  # somebody else may have written it, or read the token
    return _read(Runtime, path)


def read_install(folder: Path) -> Optional[Install]:
    return _read(Install, folder / "install.json")


def _read(kind: type, path: Path):
    try:
        return from_fields(kind, json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, RecursionError, BadMessage):
        return None


def clean_environment(environ: Mapping[str, str]) -> Dict[str, str]:
    """The environment for a daemon: without what a host program sets for its own Python and libraries."""
    kept = {name: value for name, value in environ.items() if not name.startswith(_DROPPED)}
    kept["PYTHONUTF8"] = "1"
    return kept


def start_command(install: Install, module: str = "bridge.daemon") -> List[str]:
    """The command line that runs `module`. `-P` keeps the current folder from shadowing `bridge` or `model`."""
    if not install.path:
        return [install.python, "-P", "-m", module]
    boot = f"import runpy, sys; sys.path[:0] = {list(install.path)!r}; runpy.run_module({module!r}, None, '__main__')"
    return [install.python, "-P", "-c", boot]


def log_tail(folder: Path, lines: int = 12) -> Tuple[str, ...]:
    """The last lines of what the daemon printed and logged, oldest first."""
    tail: List[str] = []
    for name in ("daemon.log", "daemon.out"):
        try:
            with open(folder / name, "rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - 16384))
                tail += file.read().decode("utf-8", "replace").splitlines()[-lines:]
        except OSError:
            continue
    return tuple(tail[-lines:])


def start(folder: Path, wait: float = 30.0, idle_exit: int = 30) -> Runtime:
    """Start a daemon and wait until it listens; the one that is there where another client was quicker.

    idle_exit: minutes without clients and jobs after which it ends by itself.
    The process started here is ended at once where another client's daemon came before it.
    Raises DaemonUnavailable with the daemon's last log lines.
    """
    private_folder(folder)
    install = read_install(folder)
    if install is None:
        raise DaemonUnavailable("diffdecompose is not installed for this user", _START_ADVICE, code="not_installed")
    before = read_runtime(folder)
    command = [*start_command(install), "--idle-exit", str(idle_exit)]
    starter = secrets.token_hex(8)
    process = _spawn(command, folder, starter)
    deadline = time.monotonic() + wait
    while time.monotonic() < deadline:
        runtime = read_runtime(folder)
        # A second daemon gives way to the first with exit code 0; then the runtime file is the first one's.
        if runtime is not None and (runtime != before or process.poll() == 0):
            # Not by process ids: the interpreter of the record may be a launcher or a script. A daemon without this
            # mark is left alone: it may be ours from an older installation.
            if runtime.starter and runtime.starter != starter:
                _end(process)
            return runtime
        if process.poll() not in (None, 0):
            raise DaemonUnavailable(
                f"the daemon ended while starting (exit code {process.returncode})", _START_ADVICE, log_tail(folder)
            )
        time.sleep(0.02)
    raise DaemonUnavailable(f"the daemon did not answer within {wait:.0f} s", _START_ADVICE, log_tail(folder))


def _end(process: "subprocess.Popen[Any]") -> None:
    """End a daemon that nobody will connect to.

    Left alone it would end by itself while the first one runs, but not where the first has ended before this one looks.
    """
    process.terminate()
    try:
        process.wait(_LOSER_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _outside(command: List[str], folder: Path, starter: str) -> List[str]:
    """The command line that runs `command` outside the Flatpak we are in, where the interpreter of the record is.

    Source: flatpak-spawn(1); the sandbox must be allowed to talk to org.freedesktop.Flatpak.
    """
    given = {HOME_VARIABLE: str(folder), STARTER_VARIABLE: starter, "PYTHONUTF8": "1"}
    variables = [f"--env={name}={value}" for name, value in given.items()]
    return ["flatpak-spawn", "--host", f"--directory={folder}", *variables, *command]


def _spawn(command: List[str], folder: Path, starter: str) -> "subprocess.Popen[Any]":
    """A process of its own session, so that closing the host program or its terminal leaves it alone."""
    environ = clean_environment(os.environ)
    environ[HOME_VARIABLE] = str(folder)
    environ[STARTER_VARIABLE] = starter
    if _FLATPAK.exists():
        command = _outside(command, folder, starter)
    detach: Dict[str, Any]
    if sys.platform == "win32":
        detach = {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}
    else:
        detach = {"start_new_session": True}
    try:
        with open(folder / "daemon.out", "wb") as out:
            return subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=str(folder), env=environ, **detach
            )
    except OSError as error:
        raise DaemonUnavailable(
            f"the interpreter {command[0]} cannot be started ({error.strerror})",
            "install diffdecompose again, or start it in a terminal with 'diffdecompose serve'",
        ) from None
