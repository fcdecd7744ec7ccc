"""Where evidence comes from and lives: articles, passages, indexes, corpora."""
