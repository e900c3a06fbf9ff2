"""One event by hand, and the REST call that would send it."""
