"""How well layers come off: metrics, baselines in the same run, tables and contact sheets.

    triplets    composites with their true layers: the AlphaBlend test split, or a folder of z, x, y
    metrics     one number from two pictures, or from two layers
    types       which blend types a picture lets one tell apart
    contestants engines as `decompose` runs them, and the baselines they must beat
    told        what an engine may be told by one who knows: mask, strokes, kind, colour
    run         every contestant over every triplet; also the command line
    tables      Markdown and JSON
    panels      contact sheets of what an evaluation saw; `sheet` makes one of any pictures
    calibrate   how sure the small network may say it is that something lies over a picture
    typed       how it names the blend type, kind by kind
    alternatives   whether the candidates differ where the picture is ambiguous
    policy      which kinds the small network leaves to classic, or alone

Engines are only ever run through `model.decompose`; torch is used by the generator alone.
"""
