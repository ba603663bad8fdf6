"""What the API server itself would answer: Pod Security admission, and authorisation by roles.

Pure and exact, each held to recorded answers of a real server. Checks, relations and commands ask here; nothing here decides
how bad an answer is.
"""
