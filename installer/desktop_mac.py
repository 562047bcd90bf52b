"""A small application for the Dock and the Finder, which starts the viewer.

Source: Information Property List, https://developer.apple.com/documentation/bundleresources/information-property-list.
"""

from __future__ import annotations

import plistlib
import shlex
from pathlib import Path

from .manifest import Journal

__all__ = ["application", "put"]

_TYPES = ["public.png", "public.jpeg", "public.tiff", "org.webmproject.webp", "com.adobe.photoshop-image"]


def application(menu: Path) -> Path:
    return menu / "DiffDecompose.app"


def put(journal: Journal, menu: Path, viewer: Path) -> None:
    """viewer: the launcher it starts. Raises InstallFailed."""
    target = application(menu)
    journal.note("tree", target)
    information = {
        "CFBundleName": "DiffDecompose",
        "CFBundleIdentifier": "org.diffdecompose.viewer",
        "CFBundleExecutable": "DiffDecompose",
        "CFBundlePackageType": "APPL",
        "NSHighResolutionCapable": True,
        "CFBundleDocumentTypes": [
            {"CFBundleTypeRole": "Editor", "LSHandlerRank": "Alternate", "LSItemContentTypes": _TYPES}
        ],
    }
    script = f'#!/bin/sh\nexec {shlex.quote(str(viewer))} "$@"\n'
    journal.write_file(target / "Contents/Info.plist", plistlib.dumps(information))
    journal.write_file(target / "Contents/MacOS/DiffDecompose", script.encode(), 0o755)
