"""Runs side by side, a run as a page, and the document of results."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest
from click.testing import CliRunner

from eval.__main__ import cli
from eval.compare import compared, lines
from eval.finished import by_item, finished
from eval.records import Figure, Unit
from eval.report import html, markdown, plots
from eval.results import document, latest
from eval.run import measure_folder
from eval.suites import suite
from rag.errors import BadInput

LABELS = ("SUPPORT", "CONTRADICT", "NOT_ENOUGH_INFO")


def made(folder, verdicts, name="planted-errors", started="2030-01-01", **facts):
    """A run folder as a run leaves it, with the given verdicts; one statement in two is wrong."""
    folder.mkdir(parents=True)
    outcomes = []
    for number, verdict in enumerate(verdicts):
        wrong = number % 2 == 1
        scores = {label: 0.9 if label == verdict else 0.05 for label in LABELS}
        outcomes.append({
            "id": f"i{number}", "cluster": f"c{number // 2}", "article": "1",
            "statement": f"<script>alert({number})</script>", "kind": "number" if wrong else None,
            "given": "CONTRADICT" if wrong else "SUPPORT", "verdict": verdict,
            "score": scores["SUPPORT"], "scores": scores, "rationale": None, "failed": [],
        })  # fmt: skip
    (folder / "items.jsonl").write_text("".join(json.dumps(one) + "\n" for one in outcomes))
    (folder / "timings.jsonl").write_text("".join('{"id": "x", "seconds": 0.5}\n' for _ in outcomes))
    described = {
        "suite": suite(name).model_dump(mode="json"), "options": {}, "limit": None, "seed": 0,
        "software": "pubmed-rag 0", "settings": {"llm": "none"}, "prompts": {}, "packages": {},
        "data_sha256": {"items": "abc"}, "python": "3.11", "started": started, "command": "rag-eval run x",
    }  # fmt: skip
    (folder / "run.json").write_text(json.dumps(described | facts))
    measure_folder(folder, suite(name), 0)
    return finished(folder)


@pytest.fixture
def runs(tmp_path):
    """Two runs: the second catches every error that the first lets pass."""
    first = made(tmp_path / "first", ["SUPPORT"] * 24)
    second = made(tmp_path / "second", ["SUPPORT", "CONTRADICT"] * 12, settings={"llm": "replay"})
    return first, second


# --- Comparison -----------------------------------------------------------------------------------


def test_runs_are_compared_item_by_item_with_interval_and_p(runs):
    found = compared(*runs)
    caught = found["caught"]
    assert (caught.first, caught.second, caught.difference, caught.n) == (0.0, 1.0, 1.0, 12)
    assert caught.low > 0
    assert caught.p < 0.01
    assert found["false alarms"].difference == 0
    assert found["false alarms"].p == 1.0
    assert found["likeliest macro-F1"].difference > 0


def test_the_lines_name_what_differs_and_star_what_is_clear(runs):
    shown = list(lines(*runs))
    assert any("llm: none -> replay" in line for line in shown)
    assert any(line.startswith("* caught ") for line in shown)
    assert any(line.startswith("  false alarms") for line in shown)


def test_runs_of_other_suites_or_other_data_are_not_compared(runs, tmp_path):
    other = made(tmp_path / "other", ["SUPPORT"] * 4, name="scifact")
    with pytest.raises(BadInput, match="scifact"):
        compared(runs[0], other)
    changed = made(tmp_path / "changed", ["SUPPORT"] * 4, data_sha256={"items": "abd"})
    with pytest.raises(BadInput, match="different data"):
        compared(runs[0], changed)


def test_an_item_with_several_values_counts_once_and_unscored_ones_are_left_out():
    figure = Figure([Unit("a", "c", 1.0), Unit("a", "c", 0.0), Unit("a", "c", None), Unit("b", "c", None)])
    assert by_item(figure)[0] == {"a": 0.5, "b": None}


# --- The page -------------------------------------------------------------------------------------


class Page(HTMLParser):
    """Ids, links within the page, and whatever would be fetched."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.fetched, self.tags = set(), set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.tags.append(tag)
        if "id" in values:
            self.ids.add(values["id"])
        if values.get("href", "").startswith("#"):
            self.links.add(values["href"][1:])
        elif "href" in values or "src" in values:
            self.fetched.append(values)


def test_every_figure_leads_to_its_items_and_nothing_is_fetched(runs):
    page = Page(html.page(runs[0], [runs[1]]))
    assert page.links <= page.ids
    assert page.fetched == []
    assert {f"item-i{n}" for n in range(24)} <= page.ids
    assert {"figure-caught", "figure-caught-number"} <= page.ids
    assert page.tags.count("svg") == 4  # intervals, by type, calibration, cost against quality


def test_text_of_items_is_escaped(runs):
    page = html.page(runs[0])
    assert "<script>alert" not in page
    assert Page(page).tags.count("script") == 1


def test_a_lone_run_has_no_plot_of_cost(runs):
    assert Page(html.page(runs[0])).tags.count("svg") == 3


def test_the_items_that_the_main_figure_values_least_come_first(tmp_path):
    run = made(tmp_path / "mixed", ["SUPPORT", "CONTRADICT", "SUPPORT", "SUPPORT"])
    shown = re.findall(r'<details id="item-(i\d)"', html.page(run))
    assert shown.index("i3") < shown.index("i1")  # i3 is an error that was let pass


def test_markdown_holds_the_same_figures(runs):
    text = markdown.document(runs[0])
    for name, one in runs[0].metrics["figures"].items():
        row = next(line for line in text.splitlines() if line.startswith(f"| {name} |"))
        assert f"{one['value']:.3f}" in row
    assert runs[0].suite.caution in text


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_plots_stay_on_the_paper(value):
    one = {"value": value, "low": 0.0, "high": 1.0, "n": 3}
    bins = [{"low": 0.0, "high": 1.0, "n": 3, "score": value, "share": 1 - value}]
    points = [plots.Point("a", 0.01, value, 0.0, 1.0), plots.Point("b", 100.0, value, 0.0, 1.0)]
    for svg in (plots.intervals({"a<b": one}, {}), plots.calibration(bins), plots.cost_quality(points, "q")):
        width = float(re.search(r'width="(\d+)"', svg)[1])
        assert all(0 <= float(x) <= width for x in re.findall(r'(?:cx|x1|x2)="([\d.-]+)"', svg))
        assert "a<b" not in svg


# --- Results --------------------------------------------------------------------------------------


def test_the_document_holds_the_latest_run_of_each_suite_with_command_date_and_data(tmp_path):
    made(tmp_path / "old", ["SUPPORT"] * 4, started="2030-01-01")
    new = made(
        tmp_path / "new", ["SUPPORT", "CONTRADICT"] * 2, started="2030-02-01", command="rag-eval run y"
    )
    other = made(tmp_path / "other", ["SUPPORT"] * 4, settings={"llm": "replay"})
    assert [run.name for run in latest(tmp_path)] == [new.name, other.name]
    text = document(tmp_path)
    assert "`rag-eval run y`, 2030-02-01" in text
    assert "items `abc`" in text
    assert re.search(r"\| planted-errors \| llm=replay \| caught \| 1\.000 \| 0\.000 \| -1\.000 ", text)
    assert "Not run: " in text
    assert re.search(r"\| caught \| 1\.000 \(", text)


def test_a_subset_is_called_one(tmp_path):
    made(tmp_path / "part", ["SUPPORT"] * 4, limit=4, seed=7)
    assert "a subset of 4 items drawn with seed 7" in document(tmp_path)


def test_a_whole_run_stands_before_a_later_subset(tmp_path):
    made(tmp_path / "whole", ["SUPPORT"] * 8, started="2030-01-01")
    made(tmp_path / "part", ["SUPPORT"] * 4, started="2030-02-01", limit=4)
    assert [run.name for run in latest(tmp_path)] == ["whole"]


def test_published_figures_stand_beside_ours(tmp_path):
    made(tmp_path / "part", ["SUPPORT"] * 4, name="healthver")
    text = document(tmp_path)
    for one in suite("healthver").published:
        assert f"{one.value:.3f}" in text
        assert one.system in text


def test_an_unfinished_run_is_refused_and_left_out(tmp_path):
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "run.json").write_text("{}")
    with pytest.raises(BadInput, match="no finished run"):
        finished(tmp_path / "half")
    with pytest.raises(BadInput, match="no finished run"):
        document(tmp_path)


def test_the_commands_write_their_files(runs, tmp_path):
    first, second = (str(run.folder) for run in runs)
    runner = CliRunner()
    assert runner.invoke(cli, ["report", first, second]).exit_code == 0
    assert (tmp_path / "first" / "report.html").stat().st_size > 1_000
    assert runner.invoke(cli, ["report", first, "--format", "md"]).exit_code == 0
    assert "caught" in runner.invoke(cli, ["compare", first, second]).stdout
    out = tmp_path / "RESULTS.md"
    assert runner.invoke(cli, ["results", "--runs", str(tmp_path), "--out", str(out)]).exit_code == 0
    assert out.read_text().startswith("# Results")
