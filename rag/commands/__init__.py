"""The commands of ``rag``: parse, call, render; no logic. Heavy imports are late."""
