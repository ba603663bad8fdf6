"""Images: layers, history, configuration, what is installed, what should not be there.

Never runs or unpacks anything of one. It shares the image's digest and the purls of its packages with the other storeys.
"""
