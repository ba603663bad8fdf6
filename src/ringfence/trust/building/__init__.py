"""Was an image built as its Dockerfile says: base, history, copied files, installed packages, configuration, and a rebuild.

An image and its base are read into files with their digests; what the Dockerfile asks for is a plan; the judgement over the
two is pure. What can no longer be told (a squashed image, files of another stage) is said, and is never a finding nor
silence.
"""
