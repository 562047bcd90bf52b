"""Training: torch lives here, imported only when a training command runs.

stages, data    `diffdecompose train STAGE`, `diffdecompose data`
nano/           the embedded engine: its loop, its configs, its latent
vae, lora       the two stages of DiffDecompose: alpha_vae_loss, flow_matching, latents, options, runs
distillation    a LoRA for few sampling steps from another one
triplets/       what they train on: the generator or folders, in aspect buckets
ablation        the paper's ablation at a size that fits a CPU
lpips, fid      measures that need networks of their own
"""
