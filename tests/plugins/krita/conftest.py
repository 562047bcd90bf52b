"""The plugin beside a Krita that is not there, on PyQt6 as in Krita 6."""

import os
import sys

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from tests.plugins.krita import pretend


@pytest.fixture(scope="session")
def krita_module(qapp):
    sys.modules["krita"] = pretend.module()
    yield sys.modules["krita"]
    for name in [name for name in sys.modules if name == "krita" or name.startswith("plugins.krita")]:
        del sys.modules[name]


@pytest.fixture
def krita(krita_module):
    """The program, without documents; the plugin is loaded and has its actions."""
    from plugins.krita import extension  # noqa: F401 - importing registers it

    program = pretend.Krita.instance()
    program.opened.clear()
    program.settings.clear()
    program.window.shown.clear()
    program.window.said.clear()
    program.extension.createActions(program.window)
    return program
