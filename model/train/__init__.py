"""Training: torch lives here, imported only when a training command runs.

stages, data    `diffdecompose train STAGE`, `diffdecompose data`
loop            the loop of every training; checkpoint, curve and plan are what it leaves in a run's folder
precision       bfloat16 where the processor computes it
nano/           the embedded engine: its steps, its configs, its latent
flux/           the two stages of DiffDecompose: the autoencoder, the LoRA
triplets/       what those train on: the generator or folders, in aspect buckets
ablation        the paper's ablation at a size that fits a CPU, on ablation_pictures: photographs under a plate
ablation_options  what a recomposition loss and few-step distillation give on the networks of the ablation
lpips, fid      measures that need networks of their own
"""
