"""Tasks: how the items of a suite are run and what is measured on the outcomes; one file a task."""
