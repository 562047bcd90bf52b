"""Krita and GIMP behind one set of verbs, so that one test asks the same of both.

A picture here is a numpy array, h x w x 2 (gray, alpha) or 4 (R, G, B, A), of uint8, uint16 or float32.
"""

from __future__ import annotations

import itertools
import json
import time
from contextlib import suppress
from pathlib import Path

import numpy as np

from tests.hosts.stage import SIZE, Program, Stage, wait_for

__all__ = ["OURS", "GimpHands", "Hands", "KritaHands"]

OUT = Path(__file__).parents[2] / "out" / "hosts"
PROFILES = "/usr/share/color/icc/krita/"
WIDE = "ClayRGB-elle-V2-g22.icc"
OURS = "^Decompose Layers$"
"""The title of the windows of the GIMP plug-in."""


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
        return [layer for layer in self.tree(key) if ": layers" in layer[0]]

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

    def overlay_layer(self, key: str, overlay: np.ndarray) -> None:
        """Put the overlay on top of the picture as a layer that is not seen; the picture's stays active."""
        self.paint(key, overlay, fresh=True)
        self.ask("hide_top(key)", key=key)

    def chosen_layer(self, key: str) -> dict[str, str]:
        """The choice that names the topmost layer as the overlay."""
        raise NotImplementedError

    def chosen_file(self, path: Path) -> dict[str, str]:
        """The choice that names a file as the overlay."""
        raise NotImplementedError

    def failure(self, key: str, **choice) -> str:
        """What the program tells after a run that must fail."""
        raise NotImplementedError

    def photograph(self, name: str) -> None:
        """The program as an artist sees it now, kept for people to look at."""
        self.stage.photograph(OUT / f"{self.name}-{name}.png")

    def to_front(self) -> None:
        """The program's own window fills the screen and has the keyboard."""
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

    def close_all(self) -> None:
        # Krita 5.2.9 crashes where a script closes a document less than 0.1 s after the look of a layer changed, with
        # or without our plugin: its layer docker still wants to redraw that layer (KisNodeModel::processUpdateQueue).
        time.sleep(0.25)
        super().close_all()

    def to_front(self) -> None:
        self.ask("app.activeWindow().qwindow().showMaximized()")
        self.stage.pointer("windowactivate", "--sync", self.ask("int(app.activeWindow().qwindow().winId())"))

    def chosen_layer(self, key: str) -> dict[str, str]:
        return {"overlay": "layer:" + self.ask("top(key).uniqueId().toString()", key=key)}

    def chosen_file(self, path: Path) -> dict[str, str]:
        return {"overlay": "file:" + self.stage.inside(path)}

    def at_rest(self) -> None:
        """No job runs any more."""
        self.program.wait_until("rows() == 0")

    def undo(self, key: str) -> None:
        self._step(key, "step_back()")

    def redo(self, key: str) -> None:
        self._step(key, "step_forth()")

    def _step(self, key: str, step: str) -> None:
        """One move in the history. Krita may be late with it, and takes one that comes while it still works on the
        picture for a wish to stop that work: where nothing has moved after five seconds, it is asked once more."""
        self.ask("settle(key)", key=key)
        before = self.ask("current_step()")
        for _ in range(2):
            self.ask(step)
            with suppress(TimeoutError):
                wait_for(lambda: self.ask("current_step()") != before, 5)
                break
        assert self.ask("current_step()") != before, f"{step} moved nothing"
        self.ask("settle(key)", key=key)

    def failure(self, key: str, **choice) -> str:
        self.start(key, **choice)
        message = self.error_message()
        self.at_rest()
        return message

    def error_message(self) -> str:
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

    def open_encoded(self, pixels: np.ndarray, encoding: str) -> str:
        """Like `open`; the image's values are LINEAR, NON_LINEAR or PERCEPTUAL."""
        key = f"picture{next(self._number)}"
        model = "GRAYA" if pixels.shape[2] == 2 else "RGBA"
        size = [pixels.shape[1], pixels.shape[0]]
        depth = self.depth(pixels)
        self.ask("new(key, *size, model, depth, '', form)", key=key, size=size, model=model, depth=depth, form=encoding)
        self.paint(key, pixels)
        self._settle(key)
        return key

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

    def chosen_layer(self, key: str) -> dict[str, str]:
        return {"overlay": "layer", "overlay-layer": self.ask("images[key].get_layers()[0].get_name()", key=key)}

    def chosen_file(self, path: Path) -> dict[str, str]:
        return {"overlay": "file", "overlay-file": self.stage.inside(path)}

    def remember(self, **choice) -> None:
        """Write down what the dialog will show, as if it had been chosen before."""
        lines = [f"({name} {json.dumps(value)})" for name, value in {"engine": "flux", **choice}.items()]
        folder = self.stage.root / self.ask("settings_folder()").lstrip("/")
        folder.mkdir(exist_ok=True)
        file = folder / "GimpProcedureConfigRun-plug-in-decompose-layers.last"
        file.write_text("# settings\n\n" + "\n".join(lines) + "\n\n# end of settings\n")

    def close_all(self) -> None:
        super().close_all()
        self.quiet()

    def to_front(self) -> None:
        window = wait_for(lambda: self.stage.windows("GIMP$"))[0]
        self.stage.pointer("windowmove", window, 0, 0, "windowsize", window, *SIZE)
        self.stage.pointer("windowactivate", "--sync", window)
        self.stage.pointer("mousemove", 700, 890)  # where no tool tip comes up

    def quiet(self) -> None:
        """Close the messages that are open."""
        for window in self.stage.windows("^GIMP Message$"):
            self.stage.pointer("windowactivate", "--sync", window, "key", "Escape")

    def choose(self, key: str) -> None:
        """An entry of the menu Layer, by the key that is underlined."""
        self.to_front()
        self.stage.pointer("key", "alt+l")
        time.sleep(0.7)
        self.stage.pointer("key", key)

    def open_dialog(self) -> str:
        """Layer > Decompose Layers...; returns the dialog's window, which has the keyboard."""
        known = self.stage.windows(OURS)
        self.choose("y")
        window = wait_for(lambda: set(self.stage.windows(OURS)) - set(known), 40).pop()
        self.stage.pointer("windowactivate", "--sync", window)
        time.sleep(0.5)
        return window

    def start(self, **choice) -> str:
        """Begin a run through menu and dialog, as an artist does; returns the window of its progress."""
        self.remember(**choice)
        known = self.stage.windows(OURS)
        dialog = self.open_dialog()
        self.stage.pointer("key", "Return")
        wait_for(lambda: dialog not in self.stage.windows(OURS))
        return wait_for(lambda: set(self.stage.windows(OURS)) - set(known)).pop()

    def at_rest(self) -> None:
        """No window of ours is open any more."""
        wait_for(lambda: not self.stage.windows(OURS), 60)

    def undo(self, key: str) -> None:
        self._key(key, "ctrl+z")

    def redo(self, key: str) -> None:
        self._key(key, "ctrl+y")

    def _key(self, key: str, stroke: str) -> None:
        """GIMP offers scripts no undo: the keys are pressed in its window."""
        before = self.tree(key)
        self.to_front()
        self.stage.pointer("key", stroke)
        wait_for(lambda: self.tree(key) != before, 10)
        time.sleep(0.2)  # a second step that came with the key would show by now
