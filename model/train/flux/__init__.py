"""The two stages of DiffDecompose as trainings: AlphaVAE, and the decomposition LoRA of the diffusion transformer.

vae             stage one: an RGBA autoencoder from a plain one
alpha_vae_loss  what it minimises
lora            stage two: the decomposition LoRA
conditions      the text of every sample, encoded beforehand and in part left out
flow_matching   tokens, noise levels and the loss of stage two
distillation    a LoRA for few sampling steps from another one
recomposition   the loss of layers that do not compose to the picture, an option of stage two
latents         triplets as the frozen autoencoder sees them
options         what both stages can be told; schedule, accumulation and averaged weights
stage           a stage as a run of `model.train.loop`: its processes, its checkpoints
"""
