"""The paper's own tables: RMSE, SSIM, LPIPS and FID of the background, against mask-based inpainting.

    data         LOGO-H/L/G and AlphaBlend as folders
    run          everything over everything; `python -m model.evaluate.paper`
    table        Markdown in the layout of the paper, and JSON

Imports no torch; LPIPS and FID (`model.train`) and inpainting (`model.diffdecompose`) do, where they are asked for.
"""
