"""A shared pool of experience: signed, append-only segments in any store, and what may be believed of them."""
