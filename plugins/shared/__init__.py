"""What the Krita and the GIMP plugin have in common: options, words, pixels of masks and grays, one run of a job.

Knows nothing of either program. `diffdecompose plugins build` copies this folder into both. Python 3.9 syntax.
"""
