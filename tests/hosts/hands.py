"""Krita and GIMP behind one set of verbs, so that one test asks the same of both.

A picture here is a numpy array, h x w x 2 (gray, alpha) or 4 (R, G, B, A), of uint8, uint16 or float32.
"""

from __future__ import annotations

import itertools
import json
import time
from pathlib import Path

import numpy as np

from tests.hosts.stage import Program, Stage, wait_for

__all__ = ["GimpHands", "Hands", "KritaHands"]

PROFILES = "/usr/share/color/icc/krita/"
WIDE = "ClayRGB-elle-V2-g22.icc"


class Hands:
    """What both programs can do. Documents go by a key that `open` returns."""

    name: str
    module: str

    def __init__(self, program: Program, stage: Stage) -> None:
        self.program = program
        self.stage = stage
        self._number = itertools.count()
        program.ask(f"from {self.module} import *")

    def ask(self, code: str, **values):
        return self.program.ask(code, **values)

    def _file(self, data: bytes = b"") -> tuple[Path, str]:
        path = self.stage.place / f"{self.name}-{next(self._number)}.raw"
        path.write_bytes(data)
        return path, self.stage.inside(path)

    def to_raw(self, pixels: np.ndarray) -> bytes:
        return pixels.tobytes()

    def from_raw(self, raw: bytes, like: np.ndarray) -> np.ndarray:
        return np.frombuffer(raw, like.dtype).reshape(like.shape)

    def depth(self, pixels: np.ndarray) -> str:
        raise NotImplementedError

    def open(self, pixels: np.ndarray, wide: bool = False, size=None, offset=(0, 0), **layer) -> str:
        """A new document with the picture as its one layer; `size` of the document, `offset` of the layer."""
        key = f"picture{next(self._number)}"
        height, width = pixels.shape[:2]
        model = "GRAYA" if pixels.shape[2] == 2 else "RGBA"
        self._new(key, size or (width, height), model, self.depth(pixels), wide)
        self.paint(key, pixels, offset, **layer)
        self._settle(key)
        return key

    def _new(self, key: str, size, model: str, depth: str, wide: bool) -> None:
        raise NotImplementedError

    def _settle(self, key: str) -> None:
        pass

    def paint(self, key: str, pixels: np.ndarray, offset=(0, 0), **layer) -> None:
        _, path = self._file(self.to_raw(pixels))
        box = [*offset, pixels.shape[1], pixels.shape[0]]
        self.ask("paint(key, path, box, **layer)", key=key, path=path, box=box, layer=layer)

    def select(self, key: str, mask: np.ndarray, offset=(0, 0)) -> None:
        _, path = self._file(mask.tobytes())
        self.ask("select(key, path, box)", key=key, path=path, box=[*offset, mask.shape[1], mask.shape[0]])

    def flat(self, key: str, like: np.ndarray) -> np.ndarray:
        """The whole picture as the program shows it, as an array of the shape and type of `like`."""
        path, inside = self._file()
        self.ask("flat(key, path)", key=key, path=inside)
        return self.from_raw(path.read_bytes(), like)

    def tree(self, key: str) -> list:
        return self.ask("tree(key)", key=key)

    def groups(self, key: str) -> list:
        """The decomposition groups among the top layers."""
        return [layer for layer in self.tree(key) if layer[0].startswith("Decomposition: ")]

    def layer(self, key: str, name: str) -> list:
        """[name, mode, visible, opacity, children] of a top layer."""
        return next(layer for layer in self.tree(key) if layer[0] == name)

    def box(self, key: str, name: str) -> list[int]:
        """Where a layer of the decomposition lies: x, y, width, height."""
        return self.ask("area_of(key, name)", key=key, name=name)

    def pixels(self, key: str, name: str, like: np.ndarray) -> np.ndarray:
        """A layer of the decomposition, over the whole picture: shape and type of `like`."""
        path, inside = self._file()
        x, y, width, height = self.ask("pixels(key, name, path)", key=key, name=name, path=inside)
        part = self.from_raw(path.read_bytes(), np.empty((height, width, like.shape[2]), like.dtype))
        out = np.zeros_like(like)
        out[y : y + height, x : x + width] = part
        return out

    def save(self, key: str, path: Path) -> None:
        assert self.ask("save(key, path)", key=key, path=self.stage.inside(path))

    def reopen(self, path: Path) -> str:
        key = f"picture{next(self._number)}"
        self.ask("reopen(key, path)", key=key, path=self.stage.inside(path))
        return key

    def failure(self, key: str, **choice) -> str:
        """What the program tells after a run that must fail."""
        raise NotImplementedError

    def close_all(self) -> None:
        self.ask("close_all()")


class KritaHands(Hands):
    name, module = "krita", "krita_hands"

    def depth(self, pixels: np.ndarray) -> str:
        return {"uint8": "U8", "uint16": "U16", "float16": "F16", "float32": "F32"}[str(pixels.dtype)]

    def to_raw(self, pixels: np.ndarray) -> bytes:
        return self._swapped(pixels).tobytes()

    def from_raw(self, raw: bytes, like: np.ndarray) -> np.ndarray:
        return self._swapped(super().from_raw(raw, like))

    def _swapped(self, pixels: np.ndarray) -> np.ndarray:
        whole = pixels.dtype.kind == "u" and pixels.shape[2] == 4
        return np.ascontiguousarray(pixels[..., [2, 1, 0, 3]]) if whole else pixels

    def _new(self, key: str, size, model: str, depth: str, wide: bool) -> None:
        profile = WIDE if wide else ""
        got = self.ask(
            "new(key, *size, model, depth, profile)", key=key, size=size, model=model, depth=depth, profile=profile
        )
        assert got == profile or not wide, got
        self.program.wait_until("ready(key)", key=key)

    def start(self, key: str, **choice) -> None:
        """Begin a run and return at once."""
        self.ask("again(choice)", choice=json.dumps({"engine": "flux", **choice}))

    def decompose(self, key: str, **choice) -> None:
        """Run to the end; the group is there and the program has settled."""
        before = len(self.groups(key))
        self.start(key, **choice)
        wait_for(lambda: len(self.groups(key)) > before or self.ask("messages()"), 60)
        assert not self.ask("messages()"), self.ask("messages()")
        self.at_rest()
        self.ask("settle(key)", key=key)

    def at_rest(self) -> None:
        """No job runs any more."""
        self.program.wait_until("rows() == 0")

    def undo(self, key: str) -> None:
        self.ask("step_back()")
        self.ask("settle(key)", key=key)

    def redo(self, key: str) -> None:
        self.ask("step_forth()")
        self.ask("settle(key)", key=key)

    def failure(self, key: str, **choice) -> str:
        self.start(key, **choice)
        message = self.trouble()
        self.at_rest()
        return message

    def trouble(self) -> str:
        """The text of the message that comes up; it is closed."""
        message = wait_for(lambda: self.ask("messages()"), 40)
        self.ask("quiet()")
        return " ".join(message[0])


class GimpHands(Hands):
    name, module = "gimp", "gimp_hands"

    def depth(self, pixels: np.ndarray) -> str:
        return {"uint8": "U8", "uint16": "U16", "float16": "HALF", "float32": "FLOAT"}[str(pixels.dtype)]

    def _new(self, key: str, size, model: str, depth: str, wide: bool) -> None:
        profile = PROFILES + WIDE if wide else ""
        self.ask(
            "new(key, *size, model, depth, profile)", key=key, size=size, model=model, depth=depth, profile=profile
        )

    def _settle(self, key: str) -> None:
        self.ask("start_counting(key)", key=key)

    def decompose(self, key: str, **choice) -> None:
        status, message = self.attempt(key, **choice)
        assert status == "success", message

    def attempt(self, key: str, **choice) -> list[str]:
        status = self.ask("decompose(key, **choice)", key=key, choice={"engine": "flux", **choice})
        return [status[0], self.ask("last_error()")]

    def failure(self, key: str, **choice) -> str:
        status, message = self.attempt(key, **choice)
        assert status == "execution-error", (status, message)
        return message

    def remember(self, **choice) -> None:
        """Write down what the dialog will show, as if it had been chosen before."""
        lines = [f"({name} {json.dumps(value)})" for name, value in {"engine": "flux", **choice}.items()]
        folder = self.stage.root / self.ask("settings_folder()").lstrip("/")
        folder.mkdir(exist_ok=True)
        file = folder / "GimpProcedureConfigRun-plug-in-decompose-layers.last"
        file.write_text("# settings\n\n" + "\n".join(lines) + "\n\n# end of settings\n")

    def window(self) -> None:
        """Give GIMP's own window the keyboard."""
        window = wait_for(lambda: self.stage.windows("GIMP$"))[0]
        self.stage.pointer("windowactivate", "--sync", window)

    def open_dialog(self) -> str:
        """Layer > Decompose Layers..., by keys; returns the dialog's window, which has the keyboard."""
        self.window()
        self.stage.pointer("key", "alt+l")
        time.sleep(0.7)
        self.stage.pointer("key", "y")
        window = wait_for(lambda: self.stage.windows("^Decompose Layers$"), 40)[0]
        self.stage.pointer("windowactivate", "--sync", window)
        time.sleep(0.5)
        return window

    def undo(self, key: str) -> None:
        self._key(key, "ctrl+z")

    def redo(self, key: str) -> None:
        self._key(key, "ctrl+y")

    def _key(self, key: str, stroke: str) -> None:
        """GIMP offers scripts no undo: the keys are pressed in its window."""
        before = self.tree(key)
        self.window()
        self.stage.pointer("key", stroke)
        wait_for(lambda: self.tree(key) != before, 10)
        time.sleep(0.2)  # a second step that came with the key would show by now
