"""Calibration of the embedded engine: `python -m model.evaluate.calibrate STEP`, after a training.

    regression   logistic regression and conditional logit, by scikit-learn and scipy (extra `train`)
    presence     step "presence": the probability that a network's kind of foreground is present at all
    fit_blend    step "blend": how the blend type is chosen, kind by kind
    policy       step "policy": which kinds nano leaves to classic, or leaves alone
    judge        step "judge": the probability that a whole answer is right; `variations` of the composites for it

Each step writes its part of the calibration files in model/nano. Test photographs are never used.
"""
