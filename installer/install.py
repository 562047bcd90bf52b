"""The steps of an installation in order. Each is repeatable, and what is done is not done again.

environment   the application in a folder of its own, beside an older one
self-check    nothing that is in use has been touched until this passed
launcher      from here on the new application is the one in use
desktop
plugins       together with the record by which they find the service
end           the older application goes
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import application, desktop, launcher, plugins, requirements, selfcheck
from .errors import InstallFailed
from .folders import Folders, user_folders
from .manifest import Journal, remove
from .source import Source, find_source

__all__ = ["Plan", "install", "make_plan"]


@dataclass(frozen=True)
class Plan:
    """Everything an installation depends on. app: the folder of the environment that will be made."""

    folders: Folders
    source: Source
    extras: tuple[str, ...]
    python: Path
    app: Path


def make_plan(chosen: tuple[str, ...], offline: Path | None) -> Plan:
    """Look at the machine and decide; nothing is changed. chosen: extras besides the viewer. Raises InstallFailed."""
    folders = user_folders()
    source = find_source(offline)
    extras = ("ui", *sorted(set(chosen)))
    name = f"app-{source.version}-{source.digest[:8]}" + "".join(f"-{extra}" for extra in extras[1:])
    return Plan(folders, source, extras, requirements.find_python(source.pip is not None), folders.data / name)


def describe(plan: Plan) -> list[str]:
    """What will be done, a line a thing."""
    where = plan.source.wheels or "the package index that pip is set up for"
    lines = [
        f"diffdecompose {plan.source.version} with {', '.join(plan.extras)}, for this user only",
        f"  Python        {plan.python}",
        f"  application   {plan.app} (libraries from {where})",
        *(f"  command       {launcher.launcher(plan.folders, name)}" for name in launcher.NAMES),
        *(f"  desktop       {path}" for path in desktop.targets(plan.folders)),
    ]
    hosts = plugins.find(plan.source)
    lines += [f"  plugin        {host.host} ({host.packaging}): {host.folder}" for host in hosts]
    return lines if hosts else [*lines, "  plugin        none: neither Krita nor GIMP was found"]


def install(plan: Plan, upgrade: bool, say: Callable[[str], None]) -> None:
    """Install, or complete what an earlier call began. upgrade: replace another version. Raises InstallFailed."""
    journal = Journal(plan.folders.data)
    if not _begin(journal, plan, upgrade):
        _prune(journal)
        say(f"diffdecompose {plan.source.version} is installed already in {plan.app}")
        return
    found: list[plugins.Host] = []
    steps: dict[str, Callable[[], object]] = {
        "environment": lambda: application.make(journal, plan.python, plan.source, plan.extras, plan.app),
        "self-check": lambda: selfcheck.check(journal, plan.app),
        "launcher": lambda: launcher.put(journal, plan.folders, plan.app),
        "desktop": lambda: desktop.put(journal, plan.folders, plan.app),
        "plugins": lambda: found.extend(plugins.put(plan.app)),
    }
    for step, action in steps.items():
        if step not in journal.manifest.done:
            say(f"{step} ...")
            action()
            journal.finish(step)
    journal.change(state="installed", version=plan.source.version, current=str(plan.app), coming="")
    _prune(journal)
    for line in _closing_page(plan, found):
        say(line)


def _begin(journal: Journal, plan: Plan, upgrade: bool) -> bool:
    """Bring the manifest to the beginning of this installation; False where there is nothing to do."""
    manifest = journal.manifest
    if manifest.state == "removing":
        raise InstallFailed("an uninstallation was interrupted: complete it with --uninstall first")
    app = str(plan.app)
    if manifest.coming == app:
        return True
    if manifest.current == app and not manifest.coming:
        return False
    if manifest.current and not upgrade:
        raise InstallFailed(f"diffdecompose {manifest.version} is installed: add --upgrade to replace it")
    requirements.check_disk(plan.folders.data, plan.extras)
    _check_free(journal, plan.folders)
    journal.change(state="installing", coming=app, done=())
    return True


def _check_free(journal: Journal, folders: Folders) -> None:
    """Raises InstallFailed where a file that is not ours has the place of one that will be put."""
    launchers = [launcher.launcher(folders, name) for name in launcher.NAMES]
    for path in [*launchers, *desktop.targets(folders)]:
        if (path.exists() or path.is_symlink()) and not journal.knows(path):
            raise InstallFailed(f"{path} is there and not from this installer: move it away, run again")


def _prune(journal: Journal) -> None:
    """Take away environments that are not in use: the one before, and one whose installation was given up."""
    keep = {journal.manifest.current, journal.manifest.coming}
    for put in journal.manifest.put:
        if put.kind == "tree" and Path(put.path).parent == journal.folder and put.path not in keep:
            remove("tree", Path(put.path))
            journal.forget("tree", put.path)


def _closing_page(plan: Plan, hosts: list[plugins.Host]) -> list[str]:
    """What lies where and what to do next."""
    command = launcher.launcher(plan.folders, "diffdecompose")
    lines = [
        "",
        f"diffdecompose {plan.source.version} is installed, and took a small picture apart as a check.",
        f"  command       {command}",
        f"  viewer        {launcher.launcher(plan.folders, 'diffdecompose-viewer')}, and in the desktop's menu",
        f"  application   {plan.app}",
    ]
    for host in hosts:
        lines.append(f"  {host.host:<13} {host.packaging}: {host.folder}")
        lines += [f"                note: {host.note}"] if host.note else []
    if hosts:
        lines.append("Restart Krita and GIMP if they are open. Krita: Tools > Scripts. GIMP: the Layer menu.")
    else:
        lines.append("Neither Krita nor GIMP was found. When one is there: diffdecompose plugins install")
    if advice := launcher.advice(plan.folders):
        lines.append(advice)
    lines.append("To take it all away again: python3 -m installer install --uninstall")
    return lines


def tell(line: str) -> None:
    print(line, file=sys.stderr if line.endswith(" ...") else sys.stdout, flush=True)
