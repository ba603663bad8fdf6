"""The parts of the table for people: words made safe and fitted, colours, and one module a section.

A section turns a part of the report into lines of spans; only `canvas` knows how a terminal is coloured. Nothing here may
let a character through that a terminal obeys: `words.safe` is applied to the whole report before any section sees it.
"""
