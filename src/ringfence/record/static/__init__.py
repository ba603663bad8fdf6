"""System calls that a program's files can reach, read out of their machine code without running anything: an upper bound.

A recording bounds what a workload needs from below, this bounds it from above. What it cannot know: code made at run time
(JIT), libraries loaded by name (name them), numbers that scripts compute. Needs the extra `static` (iced-x86, pyelftools).
"""
