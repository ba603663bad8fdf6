"""Attack paths: what somebody who holds one thing can hold next, until it is a node or the cluster.

A vertex is something an attacker may hold (code in a container, root of a node, an identity); a step leads from one to the
next and says why it can be taken. Rules are monotone: more rights or fewer controls never take a step away. One file a
kind of rule; what they need to know of techniques comes as data. Pure.
"""
