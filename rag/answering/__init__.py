"""The steps of the route from a question to a checked answer, one file each."""
