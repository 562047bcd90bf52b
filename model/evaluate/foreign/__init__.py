"""Composites whose formulas nothing trains on: `diffdecompose evaluate --set foreign`, and albumentations' own effects.

    rows         the rows of the set, and the triplets of a row
    photographs  the test photographs, at the size asked for
    layer        a drawn foreground, and its composite over a photograph
    drawing      antialiased shapes, vector lettering, seven-segment digits, smooth noise
    marks        camera date stamps, subtitles, diagonal stock-photo tiles, plain stickers
    weather      rain drawn as lines, uniform and depth fog, dust and hairs of a scanner
    optics       procedural flares, shadows of objects of known thickness, window reflections
    clean        drawings and screenshots without any overlay
    drawings     pages, screens, pixel art, comics, maps, diagrams, line art, icons: `--set drawings`
    effects      rain, fog, snow, flares, shadows and spatter of the package albumentations

The formulas differ on purpose from those of `model.alphablend`, and the lettering comes from OpenCV's own fonts and
from the font inside Pillow, which the generator does not have. Neither `model.train` nor `model.alphablend` nor
`model.evaluate.calibrate` may import this package (tests/test_layering.py).
"""
