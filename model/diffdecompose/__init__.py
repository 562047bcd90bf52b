"""DiffDecompose (arXiv 2505.21541) on Flux: the paper's method, one idea a file. Importing this imports no torch.

positions   layer position encoding cloning           pipeline   the sampler, one explicit call
sequence    pictures <-> latents <-> tokens, ids       answers    typed layers, and candidates from them
alpha_vae   the RGBA autoencoder                       lora       adapters of the transformer
prompts     the three-sub-image template, its cache    tiers      the same model in less memory
schedule    noise levels of a decomposition            assembly   one checked folder of base, autoencoder, LoRA
standin     random weights in the real classes         inpainting the paper's baselines
speed       step caching, regional compile             lora_files kohya, diffusers and peft layouts, read into one
recipe      how a LoRA was trained, in its metadata, checked at load
quantise    linear layers in 8 and 4 bits               qwen_tiers  Qwen-Image-Layered in less memory
memory      memory tiers: what each needs, which to take, the next one down
buckets     the size at which a picture is shown, in training and in use alike
"""
