"""What follows from the facts of a source tree: who brings in whom, what is reached, what commands of a build do. Pure."""
