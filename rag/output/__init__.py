"""An answer as text, Markdown, HTML or JSON, and its references."""
