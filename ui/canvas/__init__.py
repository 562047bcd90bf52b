"""The picture on the screen: any size, any zoom, layers composited exactly and off the window's thread.

compose    Recipe (what is shown) and the pixels of a rectangle of it: numpy, no Qt
tiles      Renderer: threads, a cache of tiles, drafts first and exact reductions after
viewport   where the picture stands and how large: zoom to a point, pan, fit
navigate   wheel, fingers and arrow keys move the view
frames     one frame: the tiles that are there, and which are needed
view       Canvas: the widget; gives a tool its events in picture coordinates
overlays   checkerboard, pixel grid, the split line
tool       Tool: the seam for everything that takes the pointer; Hand
select     Marquee: marks an area as selection or hint
"""
