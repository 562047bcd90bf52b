"""AlphaBlend: composites with known layers, made faster than a network can learn from them.

    sources, fetch      what is fetched from where, and the command that does it
    pack, glyphs        one file that holds photographs, glyphs, icons and sprites
    photobank           photographs as pyramids in one buffer
    banks, textures     the pack as tensors on the device; noise, streaks, flakes
    view, shapes        where a crop lies in its picture; distance fields
    backdrop            crops of photographs, and whole ones
    rng, overlay        seeded random numbers; what a kind draws
    watermark, prints   text, icons, logos; photographs as foreground
    fog, rain, snow, flare, absorb, cell, glass       one kind each: fields of the view in, an overlay out
    degradations        what cameras and files do to pictures
    variation           domain randomisation of overlays and composites
    drawings            backdrops that are no photographs
    generator           AlphaBlend.batch and AlphaBlend.pictures
    sheet, examples     what it all looks like

Knows nothing of networks or training.
"""
