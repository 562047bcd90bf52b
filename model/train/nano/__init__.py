"""Training of the embedded engine: `python -m model.train.nano`, on a CPU or on CUDA.

command         the command line
run             one run of one network, to its end or to SIGTERM
trainer         what a run is, and the state that it begins with
step            one step: samples, losses, weights
schedule        when a run ends; the learning rate on the way
distributed     several processes on a CPU (accelerate)
config          what each network is shown, and when
initialise      a network before its first step, with published weights for its backbone and text detector
negatives       foregrounds of kinds that another network handles, labelled as background
inputs          which part of the truth the network is given
widen           a larger network that begins as the same function
burst           one short run on a borrowed GPU (`python -m model.train.nano.burst`)
losses          what it minimises
validate        a quick measure at every checkpoint
reproduce       compares the first 1,000 steps on this machine with the committed curve
checkpoint      networks from checkpoints and graphs; the average that ships
latent_samples  afterwards: a latent that selects among plausible layers (`python -m model.train.nano.latent_samples`)
"""

from .command import main

__all__ = ["main"]
