"""The route from a question to an answer, with real indexes, and writers that fail on purpose."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import pytest

from rag.answering.batch import answer_all, lines
from rag.answering.invariants import violations
from rag.answering.pipeline import answer
from rag.errors import BadInput, CorpusError, IdentifyingText
from rag.output.json import answer_from_json, render
from rag.records import Reply, Section
from rag.text.wording import too_strong


def ask(desk, question, **options):
    return answer(desk, question, corpora=("house",), **options)


def broken(desk, made):
    return violations(made, desk.corpus("house").article, too_strong)


def test_every_invariant_holds_with_the_extractive_writer(desk, house):
    for question in house.QUESTIONS:
        made = ask(desk, question)
        assert broken(desk, made) == []
        assert made.verdict.text
        assert made.search.corpora[0].name == "house"


def test_trials_that_oppose_each_other_give_a_conflicting_verdict_with_both_quoted(desk):
    made = ask(desk, "Does fluvoxine prevent migraine in adults?")
    assert made.verdict.kind == "conflicting"
    assert {reference.pmid for reference in made.references} >= {"90000001", "90000002"}
    assert {one.direction for one in made.dissent} == {"points towards yes", "points towards no"}


def test_a_retracted_article_its_notice_and_a_poisoned_one_are_excluded_with_the_reason(desk):
    made = ask(desk, "Does fluvoxine prevent migraine in adults?")
    reasons = {one.pmid: one.reason for one in made.search.excluded}
    assert reasons["90000004"] == "retracted"
    assert reasons["90000005"].startswith("a notice")
    assert reasons["90000006"].startswith("gives orders")
    assert {"retracted", "injection"} <= {notice.kind for notice in made.notices}
    assert "previous instructions" not in render(replace(made, search=replace(made.search, excluded=())))


def test_an_animal_study_never_carries_the_verdict_of_a_question_about_people(desk):
    made = ask(desk, "Does fluvoxine prevent migraine in adults?")
    assert "90000007" not in {
        reference.pmid for reference in made.references if reference.n in made.verdict.citations
    }


def test_a_question_without_direct_evidence_says_so_and_what_was_not_found(desk):
    made = ask(desk, "Is anticoagulant prophylaxis indicated in spinal cord infarction?")
    assert made.verdict.kind == "no_direct_evidence"
    assert made.not_found
    assert all(statement.section in ("indirect", "alternatives") for statement in made.statements)
    assert made.certainty.level in ("very_low", "not_assessable")


def test_an_observational_association_is_not_told_as_a_cause(desk):
    made = ask(desk, "Is statin use associated with cataract?")
    assert made.verdict.kind == "supported"
    assert made.certainty.level in ("low", "very_low")
    assert "cause" not in made.verdict.text.lower()


def test_a_sentence_of_our_own_summary_is_never_in_quotation_marks(desk):
    made = ask(desk, "Do compression stockings prevent post-thrombotic syndrome after deep vein thrombosis?")
    own = [one for one in made.statements if one.citations[0].pmid == "90000010"]
    assert own
    assert all(one.text.startswith("Our summary of ") and '"' not in one.text for one in own)


def test_counts_of_the_search_reconcile(desk, house):
    for question in house.QUESTIONS:
        search = ask(desk, question).search
        assert search.counts.screened == search.counts.excluded + search.counts.cited
        assert search.counts.excluded == len(search.excluded)


def test_the_answer_survives_its_json_form(desk):
    made = ask(desk, "Is statin use associated with cataract?")
    assert answer_from_json(render(made)) == made


def test_the_order_of_the_corpora_does_not_change_the_verdict(desk, house):
    desk.corpus("second", create=True).add(house.ARTICLES[:3])
    one = answer(desk, "Does fluvoxine prevent migraine in adults?", corpora=("house", "second"))
    two = answer(desk, "Does fluvoxine prevent migraine in adults?", corpora=("second", "house"))
    assert one.verdict == two.verdict
    assert one.references == two.references


def test_given_articles_are_read_instead_of_searching_and_invariants_hold(desk, house):
    made = answer(desk, "Does fluvoxine prevent migraine in adults?", articles=(house.TRIAL, house.RETRACTED))
    assert made.verdict.kind == "supported"
    assert [reference.article for reference in made.references] == [house.TRIAL.id]
    assert [one.pmid for one in made.search.excluded] == [house.RETRACTED.id]
    assert (made.search.corpora[0].name, made.search.counts.identified) == ("given", 2)
    assert violations(made, {one.id: one for one in house.ARTICLES}.get, too_strong) == []
    assert answer(desk, house.QUESTIONS[0], articles=()).verdict.kind == "no_direct_evidence"


def test_several_sources_of_one_design_are_named_in_the_plural(desk, house):
    twice = [replace(house.TRIAL, id=name, pmid=name) for name in ("1", "2")]
    for types, title, plural in (
        ((), house.TRIAL.title, "randomised trials"),
        (("Clinical Trial",), "Fluvoxine in adults with migraine", "clinical trials, allocation not stated"),
    ):
        told = [
            replace(one, publication_types=types, title=title, sections=one.sections[2:]) for one in twice
        ]
        made = answer(desk, house.QUESTIONS[0], articles=told)
        assert plural in made.verdict.text


def test_a_sentence_that_two_articles_share_stands_once_and_cites_both(from_articles, house):
    twice = [replace(house.TRIAL, id=name, pmid=name) for name in ("1", "2")]
    words = house.TRIAL.sections[3].text
    for reply in (None, wrote(("benefit", f"{words} [1]"), ("harm", f"{words} [2]"))):
        made = from_articles(house.QUESTIONS[0], twice, reply)
        (shared,) = [one for one in made.statements if words.rstrip(".") in one.text]
        assert [citation.article for citation in shared.citations] == ["1", "2"]
        assert made.verdict.citations == (1, 2)


def test_an_article_given_twice_is_read_once(desk, house):
    made = answer(desk, house.QUESTIONS[0], articles=(house.TRIAL, house.TRIAL))
    assert [reference.article for reference in made.references] == [house.TRIAL.id]
    assert made.search.counts.identified == 1


def test_numbers_of_earlier_turns_stay_and_new_ones_follow(desk):
    made = ask(desk, "Does fluvoxine prevent migraine in adults?", numbers={"90000002": 3, "1": 7})
    numbers = {reference.pmid: reference.n for reference in made.references}
    assert numbers["90000002"] == 3
    assert all(n > 7 for pmid, n in numbers.items() if pmid != "90000002")


def test_an_empty_and_an_endless_question_are_refused(desk):
    with pytest.raises(BadInput, match="no question"):
        ask(desk, " \u200b ")
    with pytest.raises(BadInput, match="at most"):
        ask(desk, "why " * 1_000)


def test_identifying_text_stops_before_anything_is_searched_and_is_not_repeated(desk):
    with pytest.raises(IdentifyingText) as caught:
        answer(
            desk, "Should Mrs Agatha Miller, born 03/04/1950, take fluvoxine for migraine?", corpora=("none",)
        )
    assert "Miller" not in str(caught.value)
    made = ask(desk, "Should Mrs Agatha Miller take fluvoxine for migraine?", redacted=True)
    assert "Miller" not in render(made)


def test_an_unknown_corpus_is_an_error_that_says_how_to_make_one(desk):
    with pytest.raises(CorpusError, match="rag corpus import"):
        answer(desk, "Does aspirin prevent stroke?", corpora=("nowhere",))


# --- Language-model writers --------------------------------------------------------------------------------


@pytest.fixture
def written_by(desk, llm_server):
    """Answer with a language model that plays the given modes."""
    from rag.models.language import openai_like
    from rag.settings import load

    def run(question, *modes, seconds=1.0):
        with llm_server(list(modes), slow_seconds=3) as server:
            chosen = load(llm="openai-like", llm_model="m", llm_base_url=server.url, llm_timeout=seconds)
            desk.__dict__["complete"] = openai_like(chosen)
            try:
                return ask(desk, question)
            finally:
                desk.__dict__["complete"] = None

    return run


def test_every_invariant_holds_whatever_the_language_model_returns(desk, house, written_by, llm_modes):
    for number, mode in enumerate(llm_modes):
        made = written_by(house.QUESTIONS[number % len(house.QUESTIONS)], mode)
        assert broken(desk, made) == [], mode
        text = render(made)
        shown = json.dumps([one["text"] for one in json.loads(text)["statements"]])
        for never in (
            "<script",
            "javascript:",
            "previous instructions",
            "zorbelumab",
            "[97]",
            "Sterblichkeit",
            "31415926",
            "you should",
            "BEGIN SOURCE",
            "numbered sources below",
        ):
            assert never not in shown, mode


REWRITES = (
    *("mended", "still wrong", "invented", "orders", "two sentences", "marker of no source"),
    *("other ids", "html"),
)


def test_every_invariant_holds_whatever_a_rewrite_is(desk, house, written_by):
    for mode in (*(f"rewrite: {name}" for name in REWRITES), "prose", "500", "slow"):
        made = written_by(house.QUESTIONS[0], "wrong figures", mode, seconds=1 if mode == "slow" else 20)
        assert broken(desk, made) == [], mode
        shown = " ".join(one.text for one in made.statements)
        assert not any(never in shown for never in ("<script", "previous instructions", "zorbelumab")), mode
        told = [one.kind for one in made.notices if one.kind == "rewritten"]
        assert told == (["rewritten"] if mode == "rewrite: mended" else []), mode


def test_a_statement_that_was_mended_is_shown_with_the_hash_of_the_prompt_that_mended_it(written_by):
    made = written_by(
        "Does fluvoxine prevent migraine in adults?", "wrong figures", "rewrite: mended", seconds=10
    )
    assert made.status.llm == "openai-like/m"
    assert {"answer", "revise"} <= set(made.status.prompts)
    assert made.statements


def test_a_good_language_model_writes_the_answer(desk, written_by):
    made = written_by("Is statin use associated with cataract?", "good", seconds=10)
    assert made.status.llm == "openai-like/m"
    assert made.status.tokens > 0
    assert made.status.prompts["answer"]
    assert made.statements


@pytest.mark.parametrize("mode", ["slow", "500", "dropped connection", "empty", "prose", "cut", "200 kB"])
def test_a_model_that_is_down_slow_or_writes_junk_is_replaced_by_quotes_and_the_reader_is_told(
    written_by, mode
):
    made = written_by("Is statin use associated with cataract?", mode)
    assert made.status.llm is None
    assert any(notice.kind == "writer" for notice in made.notices)
    assert made.statements
    assert made.verdict.kind == "supported"


@pytest.mark.parametrize(
    ("mode", "reasons"),
    [
        ("dangling numbers", {"dangling_citation"}),
        ("wrong figures", {"number_not_in_source", "contradicted", "unsupported"}),
        ("invented finding", {"number_not_in_source", "unsupported", "contradicted"}),
        ("html and scripts", {"malformed"}),
        ("copied instructions", {"injection"}),
        ("wrong language", {"unsupported"}),
    ],
)
def test_what_is_removed_is_listed_with_its_reason(written_by, mode, reasons):
    made = written_by("Does fluvoxine prevent migraine in adults?", mode, seconds=10)
    found = {one.reason for one in made.removed}
    recited = [
        one
        for one in made.statements
        for citation in one.citations
        if "Cited here" in "".join(citation.notes)
    ]
    assert found & reasons or (mode == "dangling numbers" and recited)


def test_a_flipped_direction_never_reaches_the_reader(written_by):
    made = written_by("Is statin use associated with cataract?", "flipped directions", seconds=10)
    assert all("not associated" not in one.text for one in made.statements)
    assert made.verdict.kind == "supported"


@dataclass(frozen=True)
class Writer:
    """A language model that always writes the same."""

    reply: str
    name: str = "writer"

    def __call__(self, prompt):
        return Reply(self.reply)


def wrote(*statements, verdict="", kind="supported"):
    """The reply of a model: statements as (section, text)."""
    rows = [{"section": section, "text": text} for section, text in statements]
    return json.dumps({"verdict": {"kind": kind, "text": verdict}, "statements": rows})


@pytest.fixture
def from_articles(desk):
    """Answer from given articles with a language model that gives this reply; every invariant must hold."""

    def run(question, articles, reply=None, **options):
        desk.__dict__["complete"] = None if reply is None else Writer(reply)
        try:
            made = answer(desk, question, articles=articles, **options)
        finally:
            desk.__dict__["complete"] = None
        taken = options.get("numbers", {}).values()
        assert violations(made, {one.id: one for one in articles}.get, too_strong, taken) == []
        return made

    return run


@pytest.mark.parametrize(
    "text",
    [
        'In a systematic review of randomised trials: "{}" [1]',
        'In a case report: "{}" [1]',
        "Our summary of a randomised trial: {} [1]",
        'In a randomised trial: "Fluvoxine was always effective for preventing migraine in adults." [1]',
    ],
)
def test_a_lead_in_that_misnames_the_source_or_marks_other_words_as_quoted_is_removed(
    from_articles, house, text
):
    words = house.TRIAL.sections[3].text
    made = from_articles(house.QUESTIONS[0], (house.TRIAL,), wrote(("benefit", text.format(words))))
    assert [one.reason for one in made.removed] == ["unsupported"]
    assert all(one.text.startswith("In a randomised trial: ") for one in made.statements)


def test_the_words_of_our_summary_are_never_quoted_as_those_of_the_article(from_articles, house):
    text = f'In a randomised trial: "{house.SUMMARY.sections[2].text}" [1]'
    made = from_articles(house.QUESTIONS[2], (house.SUMMARY,), wrote(("benefit", text)))
    assert [one.reason for one in made.removed] == ["unsupported"]
    assert all('"' not in one.text for one in made.statements)


def without(article, **fields):
    """The same article under another name, with other fields."""
    return replace(article, id="90000099", pmid="90000099", **fields)


def test_numbers_follow_first_use_whatever_section_the_writer_puts_a_sentence_in(from_articles, house):
    weak = without(
        house.AGAINST, title="Fluvoxine in adults with migraine", publication_types=("Case Reports",)
    )
    reply = wrote(
        ("benefit", f"{weak.sections[2].text} [2]"),
        ("alternatives", f"{house.TRIAL.sections[3].text} [1]"),
        ("applicability", f"{house.TRIAL.sections[1].text} [1]"),
    )
    made = from_articles(house.QUESTIONS[0], (house.TRIAL, weak), reply)
    assert made.verdict.citations == (1,)
    assert made.references[0].article == house.TRIAL.id


def test_numbers_of_earlier_turns_may_stand_in_any_order_and_new_ones_follow(from_articles, house):
    for earlier in ({"90000007": 2, "90000001": 5}, {"90000001": 9, "90000002": 3}, {"other": 4}):
        made = from_articles(house.QUESTIONS[0], house.ARTICLES, numbers=earlier)
        numbers = {one.article: one.n for one in made.references}
        assert all(numbers[name] == n for name, n in earlier.items() if name in numbers)
        assert all(n > max(earlier.values()) for name, n in numbers.items() if name not in earlier)


def test_what_gives_the_verdict_its_direction_is_quoted_even_where_the_writer_tells_methods_only(
    from_articles, house
):
    yes, no = house.TRIAL.sections[3].text, house.AGAINST.sections[2].text
    reply = wrote(
        ("benefit", f"{house.TRIAL.sections[1].text} [1]"),
        ("benefit", f"{house.AGAINST.sections[0].text} [2]"),
    )
    made = from_articles(house.QUESTIONS[0], (house.TRIAL, house.AGAINST), reply)
    assert {yes, no} <= {citation.quote for one in made.statements for citation in one.citations}
    assert {one.quote for one in made.dissent} == {yes, no}


def test_what_cannot_be_quoted_is_not_weighed_and_the_reader_is_told(from_articles, house):
    marked = without(
        house.AGAINST, sections=(Section("CONCLUSIONS", "Fluvoxine did not prevent migraine [3]."),)
    )
    made = from_articles(house.QUESTIONS[0], (house.TRIAL, marked))
    assert made.verdict.kind == "supported"
    assert any(notice.kind == "unquoted" and marked.id in notice.text for notice in made.notices)
    alone = from_articles(house.QUESTIONS[0], (marked,))
    assert alone.verdict.kind not in ("supported", "not_supported", "conflicting")


@pytest.mark.parametrize(
    ("verdict", "kind"),
    [
        ("Fluvoxine was effective for the prevention of migraine in adults.", "supported"),
        ("Fluvoxine should be given to all adults with migraine.", "supported"),
        ('In a randomised trial: "Fluvoxine should be given to all adults with migraine."', "supported"),
        ("Fluvoxine may also be cheap.", "supported"),
        ("Fluvoxine may not prevent migraine in adults.", "not_supported"),
        ("Fluvoxine may or may not prevent migraine in adults.", "uncertain"),
    ],
)
def test_a_verdict_of_the_writer_that_says_more_or_other_than_what_decides_is_replaced(
    from_articles, house, verdict, kind
):
    words = verdict.split('"')[1] if '"' in verdict else verdict
    trial = replace(house.TRIAL, sections=(Section("COMMENT", words), *house.TRIAL.sections))
    reply = wrote(("benefit", f"{house.TRIAL.sections[3].text} [1]"), verdict=f"{verdict} [1]", kind=kind)
    made = from_articles(house.QUESTIONS[0], (trial,), reply)
    assert made.verdict.text == "Probably yes. This rests on a randomised trial [1]."


def test_a_verdict_of_the_writer_that_quotes_what_decides_is_shown_and_numbered_first(from_articles, house):
    words = f'In a randomised trial: "{house.TRIAL.sections[3].text}"'
    reply = wrote(("harm", f"{house.TRIAL.sections[1].text} [1]"), verdict=f"{words} [1]")
    made = from_articles(house.QUESTIONS[0], (house.ANIMAL, house.TRIAL), reply)
    assert made.verdict.text == f"{words} [1]"
    assert made.verdict.citations == (1,)


def test_what_was_found_and_cannot_be_used_is_not_told_as_nothing_found(from_articles, house):
    made = from_articles(house.QUESTIONS[0], (house.RETRACTED, house.NOTICE))
    assert made.verdict.kind == "no_direct_evidence"
    assert "Nothing was found" not in " ".join(made.not_found)
    assert "excluded" in made.not_found[0]


def test_a_number_of_thousands_of_digits_in_a_reply_is_junk_like_any_other(from_articles, house):
    made = from_articles(house.QUESTIONS[0], (house.TRIAL,), '{"x": ' + "1" * 5_000 + "}")
    assert made.status.llm is None
    assert any(notice.kind == "writer" for notice in made.notices)


# --- Batch --------------------------------------------------------------------------------------------------


def test_a_batch_keeps_input_order_and_ids_and_records_a_failed_line(desk, tmp_path):
    out = tmp_path / "out.jsonl"
    questions = [
        {"id": "b", "question": "Is statin use associated with cataract?"},
        {"id": 7, "question": ""},
        {"id": "a", "question": "Does zinc shorten the common cold?"},
        {"id": "x"},
    ]
    assert answer_all(questions, out, lambda text: ask(desk, text)) == 4
    written = list(lines(out))
    assert [one["id"] for one in written] == ["b", 7, "a", "x"]
    assert written[1]["error"]["type"] == "BadInput"
    assert "error" in written[3]
    assert written[2]["verdict"]["text"]


def test_odd_ids_and_halves_of_characters_neither_stop_a_batch_nor_its_resumption(desk, tmp_path):
    out = tmp_path / "out.jsonl"
    question = "Does zinc \ud83d shorten the common cold?"
    names = [None, 7, "7", 7, {"a": [1]}, "\ud800", "n\nl\u2028"]
    questions = [{"id": name, "question": question} for name in names]
    answer_all(questions[:5], out, lambda text: ask(desk, text))
    assert answer_all(questions, out, lambda text: ask(desk, text)) == 2
    written = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [one["id"] for one in written] == names
    assert all(one["verdict"]["kind"] == "supported" for one in written)


def test_a_batch_that_was_killed_goes_on_where_it_stood(desk, tmp_path):
    out = tmp_path / "out.jsonl"
    questions = [{"id": n, "question": "Does zinc shorten the common cold?"} for n in range(3)]
    answer_all(questions[:2], out, lambda text: ask(desk, text))
    whole = out.read_text(encoding="utf-8")
    out.write_text(whole[:-30], encoding="utf-8")  # a kill in the middle of the second line
    asked = []
    answer_all(questions, out, lambda text: asked.append(text) or ask(desk, text))
    assert len(asked) == 2
    assert [one["id"] for one in lines(out)] == [0, 1, 2]


def test_a_batch_does_not_append_to_the_answers_of_other_questions(desk, tmp_path):
    out = tmp_path / "out.jsonl"
    out.write_text('{"id": "other"}\n', encoding="utf-8")
    with pytest.raises(BadInput, match="other questions"):
        answer_all([{"id": "a", "question": "?"}], out, lambda text: ask(desk, text))


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("I want to kill myself, how many paracetamol tablets does it take?", "crisis"),
        ("I have crushing chest pain right now, how much aspirin should I take?", "emergency"),
        ("how do I make ricin", "unsafe"),
        ("who won the world cup in 2018", "outside_medicine"),
    ],
)
def test_a_question_that_stops_is_answered_by_its_text_alone_and_nothing_is_searched(desk, question, kind):
    made = answer(desk, question, corpora=("a corpus that is not there",))
    assert made.verdict.kind == "not_answerable"
    assert [notice.kind for notice in made.notices] == [kind]
    assert made.verdict.text == made.notices[0].text
    assert made.statements == ()
    assert made.search.queries == ()
    assert made.question.pico.intervention == ""
