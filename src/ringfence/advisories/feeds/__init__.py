"""Feeds: one file per publisher, its native format in, `Advisory` values out."""
