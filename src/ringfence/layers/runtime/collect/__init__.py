"""Sources of this storey: the host's engines and runtimes, and the containers they run. Nothing is judged here."""
