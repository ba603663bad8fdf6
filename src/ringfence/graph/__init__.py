"""The one graph over all storeys: what a CVE reaches, what stops it, which changes remove most risk.

It knows nodes and edges and what stands on them in `model`; never a storey, a file or a network. Pure.
"""
