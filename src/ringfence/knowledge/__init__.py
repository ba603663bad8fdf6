"""Facts that we ship as data, each with its source: stack CVEs with their preconditions, runtime defaults, support dates.

A module here reads one kind of data file through `io.packaged` into frozen types. Judgement never reads them itself: a
collector or the engine puts what is needed beside the facts.
"""
