"""Ringfence as a service: it holds what it knows in memory, answers over HTTPS, and says how it is.

Here belongs what lives as long as the process: configuration read again when it changes, caches, counters, what is told to
the API server. Never here: sockets (`io`), certificates' own rules (`trust`), what is decided (`admission`).
"""
