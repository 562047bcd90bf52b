"""The docks: each shows one thing of the active document and tells by signals what the artist wants.

options      what to take apart and how; progress and cancel
engines      the choice of the engine; what the others need
overlay      the choice of a known overlay: a file, or a layer of the document
layers       the layers: order, names, visibility, opacity, blend type
rows         how a layer is drawn in the list, and the list as Qt's model
inspector    recomposition error and histogram
ground       what is painted under a row
candidates   several answers as thumbnails; favourites
history      earlier decompositions kept by the service
"""
