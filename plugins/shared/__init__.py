"""What the Krita and the GIMP plugin have in common.

choice    what was chosen in the dialog           run       one run of a job, from the picture to its layers
words     every sentence that both show           language  the translation of the interface
engines   which engines a dialog offers           progress  one bar over all stages of a job
pixels    masks and grays as plain bytes         overlay   a known overlay as the service takes it

Knows nothing of either program. `diffdecompose plugins build` copies this folder into both. Python 3.9 syntax.
"""
