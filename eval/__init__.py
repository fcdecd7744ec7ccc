"""The offline evaluation harness of pubmed-rag."""
