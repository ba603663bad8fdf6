"""What a report says as VEX: one set of statements, which every VEX format writes in its own words.

A statement is about a deployment (a workload on a node), never about an image in general: it rests on that deployment's
controls. No justification is stronger than what was seen.
"""
