"""Data sets in their own formats -> items: one function a format; a bad line is named with its file."""
