"""Files that start containers (quadlets, compose files, command lines), changed so that each gets no more than it needs.

A file a form. Pure: text and what is needed in, a plan out; comments and order stay.
"""
