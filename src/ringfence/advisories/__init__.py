"""Advisories about packages: feeds (one file each), the embedded store, and exact matching.

Knows packages and versions; never knows whether a package came out of an image, a host or a source tree.
"""
