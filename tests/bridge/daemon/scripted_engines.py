"""A daemon and its workers with a few odd engines beside the real ones: for tests and benchmarks, never for users.

    python -P scripted_engines.py daemon FOLDER [JSON of Settings]    a daemon that starts its workers from this file
    python -P scripted_engines.py future FOLDER                       the same, speaking the next protocol
    python -P scripted_engines.py worker [--probe]                    such a worker

`null` finds nothing; `slow` takes its steps; `hang` never comes back; `crash` ends the process; `oom` lacks memory;
`tint` answers with candidates of one layer; `missing` lacks its weights; `chatty` prints and shows previews.
"""

import json
import os
import sys
import time
import types
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from model.blending import emission_transmission  # noqa: E402
from model.engines import ENGINES, EngineEntry  # noqa: E402
from model.errors import EngineUnavailable, OutOfMemory  # noqa: E402
from model.types import BlendType, Candidate, Estimate  # noqa: E402


class Odd:
    """One engine for all the oddities; `seed` tells `slow` how many steps of 50 ms it takes."""

    def __init__(self, name):
        self.name = name

    def estimate(self, request, tick):
        return getattr(self, f"_{self.name}")(request, tick)

    def _null(self, request, tick):
        tick("network", 0, 1)
        return [Candidate((), None, request.options.seed, 1.0, self.name)]

    def _slow(self, request, tick):
        steps = request.options.seed or 10
        for step in range(steps):
            tick("network", step, steps)
            time.sleep(0.05)
        return self._null(request, tick)

    def _hang(self, request, tick):
        tick("network", 0, 2)
        time.sleep(3600)
        return []

    def _crash(self, request, tick):
        tick("network", 0, 2)
        os.kill(os.getpid(), 9)
        return []

    def _oom(self, request, tick):
        raise OutOfMemory("the device ran out of memory: choose quality 'fast'")

    def _chatty(self, request, tick):
        print("engines may print")
        for step in range(5):
            tick("network", step, 5, np.full((64, 64, 3), 40 * step, np.uint8))
            time.sleep(0.2)
        return self._null(request, tick)

    def _tint(self, request, tick):
        tick("network", 0, 1)
        width, height = request.composite.size
        found = []
        for number in range(request.options.candidates):
            blend = request.options.blend or BlendType.NORMAL
            alpha = np.full((8, 8, 1), 0.3 + 0.1 * number, np.float32)
            colour = np.full((8, 8, 3), 0.8, np.float32)
            light, let = emission_transmission(alpha, colour, blend)
            layer = Estimate(light + 0 * colour, let + 0 * colour, alpha[..., 0], blend, 0.9, (0, 0, width, height))
            found.append(Candidate((layer,), None, number, 0.9 - 0.1 * number, self.name))
        return found


def furnish():
    """Register the odd engines in this process."""
    for name in ("null", "slow", "hang", "crash", "oom", "tint", "chatty"):
        _register(name, lambda name=name: Odd(name), lambda: None)

    def refuse():
        raise EngineUnavailable("its weights are missing: run 'diffdecompose engines'")

    def why():
        return (
            None if Path(os.environ.get("ODD_WEIGHTS", "/nowhere")).exists() else "its weights are missing: fetch them"
        )

    _register("missing", refuse, why)


def _register(name, create, missing):
    module = types.ModuleType(f"model.engines.odd_{name}")
    vars(module).update(create=create, missing=missing)
    sys.modules[module.__name__] = module
    ENGINES[name] = EngineEntry(name, f"odd_{name}", f"odd: {name}")


def main():
    furnish()
    if sys.argv[1] == "future":
        from bridge.wire import messages

        messages.PROTOCOL += 1
    if sys.argv[1] == "worker":
        from bridge.worker.process import main as work

        return work(sys.argv[2:])
    from bridge.daemon.service import run
    from bridge.daemon.settings import Settings
    from bridge.logs import open_log
    from bridge.wire.discovery import private_folder
    from bridge.wire.parts import Limits

    folder = private_folder(Path(sys.argv[2]))
    told = json.loads(sys.argv[3]) if len(sys.argv) > 3 else {}
    limits = replace(Settings().limits, **told.pop("limits", {}))
    assert isinstance(limits, Limits)
    open_log(folder)
    command = (sys.executable, "-P", __file__, "worker")
    settings = Settings(limits=limits, worker=command, **told)
    run(folder, settings, ready=lambda runtime, remote_port: print("ready", flush=True))
    return 0


if __name__ == "__main__":
    sys.exit(main())
