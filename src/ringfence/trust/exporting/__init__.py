"""A root of trust in the words of other tools: a file a tool, pure: a document in, files and what they cannot say out.

Where a tool cannot say a rule, what is written is stricter than the rule or refuses, and is named; it is never looser in
silence.
"""
