"""Training-free methods, one file each, on float pictures at a working resolution.

Each method takes a `View` and gives an `Estimate`, or None where it sees nothing to take off. They know
nothing of engines, requests or full-size pixels: `model.engines.classic` chooses among them.

    view      the picture as the methods see it           guided    edge-aware smoothing
    fog       dark channel, airlight, transmission        streaks   rain: directional opening and median
    flakes    snow and dust: small bright or dark spots   veil      flare: low-frequency added light
    shadow    a hinted multiply layer                     mark      a hinted mark of one colour and opacity
    paint     opaque parts painted from around
"""
