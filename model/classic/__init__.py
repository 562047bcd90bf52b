"""Training-free methods, one file each, on float pictures at a working resolution.

Each method takes a `model.imaging.crop.Crop` and returns an `Estimate`, or None where it detects no foreground. They
know nothing of engines, requests or full-size pixels: `model.engines.classic` chooses among them.

    fog       dark channel, airlight, transmission        streaks   rain: directional opening, both sides
    mark      a hinted mark of one opacity                shadow    a hinted layer that only absorbs
    hinted    which of the next three holds under a hint
    page_ink  an ink on paper, by unmixing
    frame         the rectangle of a plate under a hint, and the one layer that explains its contour
    plate     a semi-transparent plate with letters       lettering opaque lettering, segmented and filled in
    config    ClassicConfig: every threshold

Methods for snow and flares were tried and left out: on validation pictures they made more pictures worse than better.
"""
