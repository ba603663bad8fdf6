"""Bytes in, values out: one file per format, pure.

A parser takes bytes or text that may be hostile and gives a narrow frozen value, or raises `Malformed` (or `LimitExceeded`)
and nothing else: a property test holds each one to that. It never opens, decides or remembers anything.
"""
