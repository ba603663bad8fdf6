"""Many nodes and clusters: their Stacks kept in one file, and the graph of all of them.

A Stack that is taken again is compared with the one that is there; only what differs is worked on. Answers are kept by what
they rest on (`graph.memory`), so a changed advisory, control or workload asks again only what hangs on it.
"""
