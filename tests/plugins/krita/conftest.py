"""A Krita that is not there: enough of its module for the plugin's widgets, on PyQt6 as in Krita 6."""

import sys
import types

import pytest
from PyQt6 import QtCore


class FakeKrita(QtCore.QObject):
    one = None

    @classmethod
    def instance(cls):
        cls.one = cls.one or cls()
        return cls.one

    def addExtension(self, extension):
        self.extension = extension

    def documents(self):
        return []


@pytest.fixture(scope="session")
def krita_module(qapp):
    module = types.ModuleType("krita")
    module.__dict__.update(Krita=FakeKrita, Extension=QtCore.QObject, InfoObject=object)
    module.__dict__.update(dict.fromkeys(("Document", "Node", "Window"), object))
    sys.modules["krita"] = module
    yield module
    for name in [name for name in sys.modules if name == "krita" or name.startswith("plugins.krita")]:
        del sys.modules[name]
