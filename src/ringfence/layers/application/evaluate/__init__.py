"""What follows from the facts of a source tree: who brings in whom, what is out of step, what is reached. Pure."""
