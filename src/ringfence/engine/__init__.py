"""Finds and runs: the index of plug-ins, collectors, checks, matching, impact; keeps what could not be done.

It knows the floor plan of a storey, never what a storey is about.
"""
