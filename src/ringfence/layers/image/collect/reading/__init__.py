"""What all forms of image share: recognising a reference, reading one layer, laying layers over each other, the facts.

Nothing here knows how a form keeps its layers, and nothing here declares a plug-in.
"""
