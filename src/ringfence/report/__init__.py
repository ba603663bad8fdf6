"""One file per output format: a report in, text out. No finding is made, changed or left out here."""
