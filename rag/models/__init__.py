"""The models behind the seams of records.py: embedders, entailment models, language models."""
