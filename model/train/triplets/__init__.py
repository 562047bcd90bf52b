"""Triplets (z, x, y) for both stages of DiffDecompose: composite, foregrounds, background.

    sample      Triplets, and what a source of them promises
    source      the source that a path stands for
    generated   endless samples of the AlphaBlend generator, one to three foregrounds
    folder      pictures in folders, in aspect buckets
    layouts     how those folders are laid out: one set, subtasks, LOGO-H/L/G
    loading     samples prepared by worker processes, ahead of the step that needs them
    export      the generator's triplets written as such folders; `diffdecompose data export`

Knows nothing of networks.
"""
