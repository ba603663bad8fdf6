"""One answer as a drawing: boxes and arrows, at most a screen of them, the rest folded with its count.

`drawing` decides what is drawn; a report format of its own writes it in its language. Names come from targets and are
hostile: each format quotes them by its own rules.
"""
