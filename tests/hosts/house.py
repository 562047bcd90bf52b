"""A real daemon with real workers, and one more engine behind the name `flux` that does as its prompt says.

    python -P house.py daemon FOLDER [PROTOCOL]   a daemon that starts its workers from this file
    python -P house.py worker [--probe]   such a worker

Prompts: "disc" (also the empty one) finds a soft disc in whatever blend type was asked for; "held" first waits for as
long as the daemon's folder holds a file `hold`; "oom" runs out of memory; "nothing" finds nothing. For the tests alone:
the shipped daemon never sees it.
"""

import os
import sys
import time
import types
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from model.blending import emission_transmission  # noqa: E402
from model.engines import ENGINES, EngineEntry  # noqa: E402
from model.errors import OutOfMemory  # noqa: E402
from model.types import BlendType, Candidate, Estimate  # noqa: E402

GRID = 48
STEPS = 40
HOLD = "PUPPET_HOLD"
"""Tells the workers which file holds their jobs."""


class Puppet:
    """The engine of the tests."""

    name = "flux"

    def estimate(self, request, tick):
        words = request.options.prompt.split()
        tick("network", 0, STEPS)
        step = 1
        while "held" in words and Path(os.environ[HOLD]).exists():
            tick("network", min(step, STEPS - 1), STEPS)
            time.sleep(0.05)
            step += 1
        if "oom" in words:
            raise OutOfMemory("the device ran out of memory: choose quality 'fast'")
        if "nothing" in words:
            return [Candidate((), None, request.options.seed, 1.0, self.name)]
        return [self._disc(request, number) for number in range(request.options.candidates)]

    def _disc(self, request, number):
        blend = request.options.blend or BlendType.NORMAL
        y, x = np.mgrid[0:GRID, 0:GRID] / (GRID - 1) - 0.5
        alpha = (np.clip(1.2 - 3 * np.hypot(x, y), 0, 0.85 - 0.1 * number)[..., None]).astype(np.float32)
        colour = np.stack([0.75 - 0.3 * y, 0.6 + 0.3 * x, 0.5 + 0.3 * y], axis=-1).astype(np.float32)
        emission, transmission = emission_transmission(alpha, colour, blend)
        emission, transmission = emission + 0 * colour, transmission + 0 * colour
        box = (0, 0, *request.composite.size)
        layer = Estimate(emission, transmission, alpha[..., 0], blend, 0.9, box)
        return Candidate((layer,), None, number, 0.9 - 0.1 * number, self.name)


def furnish():
    module = types.ModuleType("model.engines.puppet")
    module.__dict__.update(create=Puppet, missing=lambda: None)
    sys.modules[module.__name__] = module
    ENGINES["flux"] = EngineEntry("flux", "puppet", "the tests' own")


def main():
    furnish()
    if sys.argv[1] == "worker":
        from bridge.worker.process import main as work

        return work(sys.argv[2:])
    if sys.argv[3:]:
        from bridge.wire import messages

        messages.PROTOCOL = int(sys.argv[3])  # a daemon from the future
    from bridge.daemon.service import run
    from bridge.daemon.settings import Settings
    from bridge.logs import open_log
    from bridge.wire.discovery import private_folder

    folder = private_folder(Path(sys.argv[2]))
    os.environ[HOLD] = str(folder / "hold")
    open_log(folder)
    command = (sys.executable, "-P", __file__, "worker")
    run(folder, Settings(worker=command), ready=lambda runtime, remote_port: print("ready", flush=True))
    return 0


if __name__ == "__main__":
    sys.exit(main())
