"""Evaluation of engines: metrics, baselines measured in the same run, tables and contact sheets.

    triplets         composites with their true layers: the AlphaBlend test split, or a folder of z, x, y
    foreign/         composites by formulas that nothing trains on
    metrics          one number from two pictures, or from two layers
    identifiability  whether a composite determines its layer's blend type
    methods          engines as `decompose` runs them, and the baselines they are compared with
    oracle           ground truth given to an engine: mask, strokes, kind, blend type, colour
    outcome          Outcome: one method on one picture
    run              every method over every triplet; also the command line
    tables           Markdown and JSON
    contact_sheet    strips of inputs and results; `sheet` makes a sheet of any pictures
    calibrate/       fits the embedded engine's confidence, blend types and policy
    latent_samples   whether latent samples differ where the composite is ambiguous

Engines run through `model.decompose` only; torch is used by the generator alone.
"""
