"""Image operations that every engine uses: no engine, no layer arithmetic and no files in here.

boxes              bounding boxes of masks, boxes widened and clipped
resample           the size that fits a number of pixels; area averaging
crop               the part of a composite that a method works on, at a working resolution; estimates on its grid
luma               weights of the channels in luma
outlines           how broad a mark is, and pairs of pixels across its outline
matte              transparent pictures over an opaque gray, as engines see them
tiles              overlapping tiles whose weights add up to one
guided_filter      edge-aware smoothing of a map (He et al. 2010)
guided_upsampling  a small map enlarged along the edges of the full-size picture, by stripes (He et al. 2013, 2015)
pyramid            pull-push interpolation and membranes: unknown pixels filled in smoothly from around
inpaint            unknown pixels filled in with texture (PatchMatch) or smoothly (Telea)
drawings           whether a picture is a drawing or a photograph
stripes            a tall picture worked on a few rows at a time, on two threads
threads            how many threads a computation may use; a callable run in a background thread

`boxes`, `drawings`, `luma`, `stripes`, `threads` and `tiles` need numpy alone; the others need OpenCV.
"""
