"""Training of the embedded engine: `python -m model.train.nano`, on a CPU or on CUDA.

loop            one run of one network, resuming; the command line
curriculum      what each network is shown, and when
beginning       a network before its first step, with published weights for its backbone
decoys          what it sees that is for another network
inputs          what it may be given of the truth
losses          what it minimises
validate        a quick measure at every checkpoint
again           whether the first 1,000 steps go here as they went where the committed curve comes from
checkpoint      state on disk, and the average that ships
alternatives    afterwards: a latent, by which it says what else could be (`python -m model.train.nano.alternatives`)
"""

from .loop import main

__all__ = ["main"]
