"""Medical question answering over PubMed, with graded answers and citations checked before display."""

__version__ = "0.1.0"
