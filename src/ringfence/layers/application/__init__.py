"""The application: what its source tree declares and locks, from where, and how firmly.

It reads manifests, lock files and what is installed in the tree, as text; it never runs a build tool, never asks a registry
and never follows a path out of the tree. `evaluate` says who brings in whom. Whether a locked package is vulnerable is the
engine's question to `advisories`; how it was locked is asked here.
"""
