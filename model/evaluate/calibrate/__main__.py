"""`python -m model.evaluate.calibrate presence|blend|policy|judge`: one calibration step; see the package."""

import sys

from . import fit_blend, judge, policy, presence

STEPS = {"presence": presence.main, "blend": fit_blend.main, "policy": policy.main, "judge": judge.main}

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in STEPS:
        sys.exit(f"usage: python -m model.evaluate.calibrate {{{','.join(STEPS)}}} ... (choose a step)")
    sys.exit(STEPS[sys.argv[1]](sys.argv[2:]))
