"""What the user decided: exceptions with a reason and an end, and the gate that a report must pass. Pure."""
