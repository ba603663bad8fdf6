"""A file per fault of an image; facts in, outcome out, nothing touched."""
