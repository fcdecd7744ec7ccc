"""Other people's formats in and out: runs, judgments, questions and answers."""
