"""The parts of reading a live kernel: who it is, how it is set, which processes and containers run on it.

Each part reads through the root it is given, so that a saved tree serves as well as this host's. None is a source itself.
"""
