"""The big engines' weights on this machine: what there is to fetch, fetching, checking. No torch.

    catalogue   what can be fetched: source, size, licence, needs
    places      where weights lie, and whether an engine's folder is complete
    manifest    which files a model consists of, with their hashes
    tensors     safetensors headers: shapes, and whether a file is whole
    hub         fetching from a model hub: resumed, bounded, hashed before use
    local       taking a model from a folder; registering a LoRA or an autoencoder by name
    store       what is installed, by name

Putting base, autoencoder and LoRA together is `diffdecompose.assembly`. Nothing is used that was not verified: a
model's folder appears under its name only when every file has its hash.
"""
