"""The table of tasks."""

from __future__ import annotations

from eval.tasks import answers, claims, clinical, designs, hazards, mutations, ranking, verdicts
from eval.tasks.job import Task

TASKS: dict[str, Task] = {
    "claims": claims.TASK,
    "ranking": ranking.TASK,
    "verdicts": verdicts.TASK,
    "answers": answers.TASK,
    "mutations": mutations.TASK,
    "hazards": hazards.TASK,
    "designs": designs.TASK,
    "clinical": clinical.TASK,
}
