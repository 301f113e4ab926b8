"""The language explorer: what the page has of it, and its controls in a real browser."""

import random
from collections import Counter
from itertools import permutations

import pytest
from benchmark_tables import write_tables
from report.sample import Run, write_run

from equilingual.evaluation import collect_examples
from equilingual.files import read_json, sha256_of, write_json
from equilingual.report import ReportInputs, render_report
from equilingual.report.data import examples as data
from equilingual.report.explorer import NO_ENGLISH, explorers, first_row
from equilingual.report.run import Run as Read
from equilingual.retrieval.trec import read_run, write_lines

TAGS = ("ar", "de", "en")
# The questions that a model has correct candidates of all languages first for; for others it has those of the query's.
FAIR = {"e5-small": (0, 1, 2), "e5-small+center-pool": (2, 3, 4, 5), "e5-small__squad-11__hybrid-0.5__seed-1": range(2, 12)}  # fmt: skip
MODELS = tuple(FAIR)


@pytest.fixture(scope="session")
def searched(tmp_path_factory):
    """A page of a benchmark with run files: 12 questions in 3 languages, 20 candidates in each."""
    folder = tmp_path_factory.mktemp("searched")
    candidates = [(f"{tag}_s{n}", tag) for tag in TAGS for n in range(20)]
    write_tables(
        folder / "b",
        candidates=candidates,
        queries=[(f"q{n}", tag) for tag in TAGS for n in range(12)],
        qrels=[(f"q{n}", f"{tag}_s{n}") for tag in TAGS for n in range(12)],
    )
    rng = random.Random(3)
    runs = {}
    for model in MODELS:
        lines = []
        for tag in TAGS:
            for n in range(12):
                fair = n in FAIR[model]
                order = sorted(candidates, key=lambda one: (one[1] != tag and not fair, rng.random()))
                order = sorted(order[:12], key=lambda one: one[0].endswith(f"_s{n}"), reverse=fair) + order[12:]
                lines += [f"{tag}_q{n} Q0 {key} {rank} {1 / rank} m\n" for rank, (key, _) in enumerate(order, 1)]
        runs[model] = folder / "runs" / model
        runs[model].mkdir(parents=True)
        write_lines(runs[model] / "all.trec.gz", lines)
        files = {"all.trec.gz": {"sha256": sha256_of(runs[model] / "all.trec.gz")}}
        write_json({"files": files}, runs[model] / "manifest.json")
    collect_examples(
        name="mine", runs=runs, bases=dict.fromkeys(MODELS[1:], MODELS[0]), benchmark=folder / "b", questions=8, seed=1,
        out=folder / "examples.json",
    )  # fmt: skip
    rendered(folder, folder / "examples.json")
    return folder


def rendered(folder, examples):
    """Write the page of these questions into a folder, and return its path."""
    inputs = write_run(Run(folder / "run", benchmarks={"mine": TAGS}, steps=60)) | {"examples": [examples]}
    render_report(ReportInputs(**inputs), out=folder / "report.html", data=folder / "report.json")
    return folder / "report.html"


@pytest.fixture
def open_page(turn_to, searched):
    return lambda address="", **options: turn_to(searched / "report.html", address, **options)


def cells(page, side):
    """The codes of each row of a grid, with a star where a cell is correct, by query language."""
    script = """(table) => [...table.tBodies[0].rows].map((row) => [...row.cells].map(
        (cell) => cell.firstChild.textContent + (cell.classList.contains("correct") ? "*" : "")))"""
    return {row[0]: row[1:] for row in page.locator(".side").nth(side).locator(".places").evaluate(script)}


def chosen(page, name):
    """A select of the explorer."""
    return page.locator(f'.explorer select[name="{name}"]')


def expected(searched, model, question):
    """What the run file has first."""
    run = read_run(searched / "runs" / model / "all.trec.gz")
    return {
        tag: [key[:2] + "*" * key.endswith(f"_s{question[1:]}") for key, _ in run[f"{tag}_{question}"][:10]]
        for tag in TAGS
    }


def gains(searched, pair):
    """How many more correct candidates the second model has, by question and language, counted from the run files."""
    found = {}
    for question in (f"q{n}" for n in range(12)):
        before, after = (expected(searched, model, question) for model in pair)
        found[question] = {tag: sum("*" in one for one in after[tag]) - sum("*" in one for one in before[tag]) for tag in TAGS}  # fmt: skip
    return found


def totals(found, among):
    """The sentence about gains by question and language."""
    sums = [sum(one.values()) for one in found.values()]
    more, fewer = sum(one > 0 for one in sums), sum(one < 0 for one in sums)
    return (
        f"Of {among}, the right-hand model has more correct answers than the left-hand one for {more}, fewer for {fewer}, "
        f"and the same number for {len(sums) - more - fewer}."
    )


def names(pair):
    """The models' names on the page."""
    return [model.removesuffix("__seed-1") for model in pair]


def texts(page, side):
    return page.locator(".side").nth(side).locator(".answers li p:not(.gloss)").all_inner_texts()


def test_every_question_of_every_model_is_what_the_run_files_have_first(open_page, searched):
    page = open_page()
    seen = set()
    for model in MODELS[1:]:
        chosen(page, "right").select_option(value=model.replace("__seed-1", ""))
        for option in chosen(page, "question").locator("option").all_inner_texts():
            chosen(page, "question").select_option(label=option)
            assert cells(page, 1) == expected(searched, model, option)
            assert cells(page, 0) == expected(searched, MODELS[0], option)
            run = read_run(searched / "runs" / model / "all.trec.gz")
            tag = page.locator(".side tr.chosen").first.get_attribute("data-row")
            assert texts(page, 1) == [key for key, _ in run[f"{tag}_{option}"][:10]]
            seen.add((model, option))
    assert len(seen) >= len(MODELS[1:]) * 8
    assert page.logged == []


def test_without_scripts_the_median_question_is_there(open_page, searched):
    page, drawn = open_page(java_script_enabled=False), open_page()
    assert page.locator(".explorer form:visible").count() == 0
    for side, model in enumerate((MODELS[0], MODELS[2])):
        question = page.locator(".asked").inner_text()
        assert cells(page, side) == expected(searched, model, question) == cells(drawn, side)
        assert texts(page, side) == texts(drawn, side)
        heading = page.locator(".side").nth(side)
        for part in ("h4", ".summary", ".said"):
            assert heading.locator(part).inner_text() == drawn.locator(".side").nth(side).locator(part).inner_text()
    found = gains(searched, (MODELS[0], MODELS[2]))
    assert page.locator(".totals").inner_text() == drawn.locator(".totals").inner_text() == totals(found, "all 12 questions")  # fmt: skip
    # By hand: the first of the half of all 12 questions that gain most, counted from the run files.
    sums = {name: sum(one.values()) for name, one in found.items()}
    assert question == sorted(sums, key=lambda name: (sums[name], int(name[1:])))[5]
    for button, best in (("Largest gain", max(sums.values())), ("Largest loss", min(sums.values()))):
        drawn.get_by_role("button", name=button).click()
        assert sums[drawn.locator(".asked").inner_text()] == best
    drawn.get_by_role("button", name="Median gain").click()
    assert drawn.locator(".asked").inner_text() == question


def test_it_opens_on_the_english_row_that_gains_else_on_the_language_that_gains_most(open_page, searched):
    """In Python and in JavaScript, for every question of every two models; on a question that loses, the other way."""
    entry = read_json(searched / "report.json")["examples"][0]
    rows, signs = Counter(), set()
    for pair in permutations(MODELS, 2):
        left, right = names(pair)
        found = gains(searched, pair)
        for number, question in enumerate(one["id"] for one in entry["questions"]):
            sign = -1 if sum(found[question].values()) < 0 else 1
            by_language = {tag: sign * found[question][tag] for tag in TAGS}
            most = max(TAGS, key=by_language.get)
            row = "en" if by_language["en"] > 0 else most
            page = open_page(f"#explorer?left={left}&right={right}&question={question}".replace("+", "%2B"))
            shown = page.locator("tr.chosen").evaluate_all("(rows) => rows.map((row) => row.dataset.row)")
            assert shown == [row] * 2, (pair, question)
            assert first_row(entry, number, (left, right)) == row, (pair, question)
            rows[row, row == most] += 1
            signs.add(sign)
    assert signs == {-1, 1}
    assert rows["en", False] > 3  # another language gains more
    assert sum(count for (row, _), count in rows.items() if row != "en") > 3


def test_totals_are_of_all_questions_for_every_two_models(open_page, searched):
    assert len(read_json(searched / "report.json")["examples"][0]["questions"]) < 12
    seen = set()
    for pair in permutations(MODELS, 2):
        left, right = names(pair)
        page = open_page(f"#explorer?left={left}&right={right}".replace("+", "%2B"))
        seen.add(page.locator(".totals").inner_text())
        assert page.locator(".totals").inner_text() == totals(gains(searched, pair), "all 12 questions"), pair
    assert len(seen) == 6


@pytest.fixture(scope="module")
def older(searched, tmp_path_factory):
    """The page of a file that does not count all questions, and in which no German answer has an English version."""
    folder = tmp_path_factory.mktemp("older")
    record = read_json(searched / "examples.json")
    candidates = record["candidates"]
    candidates["english"] = [
        None if tag == "de" else english
        for tag, english in zip(candidates["language"], candidates["english"], strict=True)
    ]
    for model in record["models"].values():
        del model["wins"]
    write_json(record, folder / "examples.json")
    return rendered(folder, folder / "examples.json")


def test_totals_of_the_questions_shown_say_so(older, turn_to, searched):
    shown = [one["id"] for one in read_json(searched / "examples.json")["questions"]]
    found = gains(searched, (MODELS[0], MODELS[2]))
    sentence = totals({name: found[name] for name in shown}, f"the {len(shown)} questions shown here")
    for options in ({}, {"java_script_enabled": False}):
        assert turn_to(older, **options).locator(".totals").inner_text() == sentence
    assert sentence.rpartition("left")[2] != totals(found, "").rpartition("left")[2]


def test_an_answer_without_an_english_version_says_so(older, turn_to):
    for options in ({}, {"java_script_enabled": False}):
        answers = turn_to(older, **options).locator(".answers li")
        found = {(item.locator("abbr").inner_text(), *item.locator(".gloss").all_inner_texts()) for item in answers.all()}  # fmt: skip
        assert {tag: one for tag, *one in found if tag != "ar"} == {"en": [], "de": ["(no English version)"]}
        assert all(gloss.startswith("en_s") for tag, *one in found if tag == "ar" for gloss in one)
        note = turn_to(older, **options).locator(".explorer > .note").inner_text()
        assert "Grey: the English sentence at the same place." in note


def test_a_sentence_that_is_correct_where_its_candidate_is_not_is_no_gloss_of_it(searched, tmp_path, turn_to):
    record = read_json(searched / "examples.json")
    english = {number for number, tag in enumerate(record["candidates"]["language"]) if tag == "en"}
    for question in record["questions"]:
        question["relevant"] = [number for number in question["relevant"] if number not in english]
    write_json(record, tmp_path / "examples.json")
    path = rendered(tmp_path, tmp_path / "examples.json")
    for options in ({}, {"java_script_enabled": False}):
        answers = turn_to(path, **options).locator(".answers li").all()
        glossed = [one for one in answers if one.locator(".gloss").count()]
        rough = [one.locator(".gloss").inner_text() == "(in English, part of other sentences)" for one in glossed]
        correct = ["correct" in (one.get_attribute("class") or "") for one in glossed]
        assert rough == correct
        assert {True, False} == set(correct)


def test_without_any_english_version_none_is_missed(tmp_path):
    arguments = write_run(Run(tmp_path))
    record = read_json(arguments["examples"][0])

    def view(english):
        write_json(record | {"candidates": record["candidates"] | {"english": english}}, arguments["examples"][0])
        found = explorers(Read(ReportInputs(**arguments)))[0]
        return {hit.gloss for side in found.sides for hit in side.chosen if hit.tongue.tag != "en"}, found.note

    versions = record["candidates"]["english"]
    number = versions.index(next(one for one in versions if one is not None))
    glosses, note = view([english if place == number else None for place, english in enumerate(versions)])
    assert NO_ENGLISH in glosses
    assert "Grey" in note
    glosses, note = view([None] * len(versions))
    assert glosses == {None}
    assert "Grey" not in note


@pytest.mark.parametrize(("seeds", "is_said"), [((1,), False), ((1, 2), True)])
def test_the_note_says_that_the_first_of_several_seeds_is_shown(tmp_path, seeds, is_said):
    note = explorers(Read(ReportInputs(**write_run(Run(tmp_path, seeds=seeds)))))[0].note
    assert ("Of models with several seeds, the first is shown." in note) == is_said


def test_no_model_can_be_compared_with_itself(open_page):
    base, centred, hybrid = names(MODELS)
    page = open_page()

    def disabled():
        return [chosen(page, side).locator("option:disabled").evaluate_all("(all) => all.map((one) => one.value)") for side in ("left", "right")]  # fmt: skip

    def pair():
        return [chosen(page, side).input_value() for side in ("left", "right")]

    assert (pair(), disabled()) == ([base, hybrid], [[hybrid], [base]])
    chosen(page, "left").focus()
    for _ in range(3):  # by the keyboard: the last one is disabled
        page.keyboard.press("ArrowDown")
    assert (pair(), disabled()) == ([centred, hybrid], [[hybrid], [centred]])
    page.keyboard.press("ArrowUp")
    chosen(page, "right").select_option(value=centred)
    assert (pair(), disabled()) == ([base, centred], [[centred], [base]])
    for address, expected in (
        (f"left={hybrid}&right={hybrid}", [base, hybrid]),
        (f"reference={hybrid}", [base, hybrid]),
        (f"right={base}", [centred, base]),
        (f"reference={hybrid}&right={base}", [hybrid, base]),
    ):
        open_page(f"#explorer?{address}")
        assert pair() == expected, address
    assert page.logged == []


def test_a_view_is_in_the_address_and_can_be_sent(open_page, visit, searched):
    page = open_page()
    chosen(page, "left").select_option(value="e5-small+center-pool")
    page.get_by_role("button", name="Random").click()
    page.locator(".side").first.get_by_role("button", name="de, German: show the texts").click()
    address = page.evaluate("location.hash")
    assert address.startswith("#explorer?")
    again = visit(searched / "report.html", address)
    assert [cells(again, side) for side in (0, 1)] == [cells(page, side) for side in (0, 1)]
    assert again.locator("tr.chosen").first.get_attribute("data-row") == "de"
    assert chosen(again, "left").input_value() == "e5-small+center-pool"
    assert again.locator(".asked").inner_text() == page.locator(".asked").inner_text()
    assert open_page("#explorer?question=x&left=constructor&asked=toString").logged == []


def test_random_shows_another_question_each_time(open_page):
    page = open_page()
    before = page.locator(".asked").inner_text()
    for _ in range(5):
        page.get_by_role("button", name="Random").click()
        after = page.locator(".asked").inner_text()
        assert after != before
        before = after


def test_a_click_on_a_cell_shows_its_row_and_marks_its_answer(open_page, searched):
    page = open_page()
    side = page.locator(".side").nth(1)
    side.locator('tr[data-row="ar"] td').nth(6).click()
    run = read_run(searched / "runs" / MODELS[2] / "all.trec.gz")
    keys = [key for key, _ in run[f"ar_{page.locator('.asked').inner_text()}"][:10]]
    assert texts(page, 1) == keys
    assert side.locator(".answers li.at > .rank").all_inner_texts() == ["7"]
    glosses = {key: f"en_{key[3:]}" for key in keys if not key.startswith("en")}
    assert side.locator(".gloss").all_inner_texts() == list(glosses.values())
    said = side.locator(".said bdi").last
    assert (said.get_attribute("lang"), said.get_attribute("dir")) == ("ar", "rtl")


def test_a_narrow_page_has_both_grids_before_the_texts_of_either_model(open_page):
    page = open_page(viewport={"width": 390, "height": 900})
    tops = {
        name: [page.locator(name).nth(side).bounding_box()["y"] for side in (0, 1)]
        for name in (".places", ".whose", ".answers")
    }
    order = sorted((top, name) for name, both in tops.items() for top in both)
    assert [name for _, name in order] == [".places", ".places", ".whose", ".answers", ".whose", ".answers"]
    labels = page.locator(".side h4").all_inner_texts()
    assert page.locator(".whose").all_inner_texts() == labels
    page.get_by_label("Right model").select_option(index=1)
    assert page.locator(".whose").all_inner_texts() == page.locator(".side h4").all_inner_texts() != labels
    page.set_viewport_size({"width": 1280, "height": 900})
    assert not page.locator(".whose").first.is_visible()


def test_rows_are_reached_by_the_keyboard(open_page):
    page = open_page()
    page.locator('.side tr[data-row="ar"] button').first.focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "de, German: show the texts"
    assert page.locator("tr.chosen").first.get_attribute("data-row") == "de"
    assert page.locator('.side button[aria-pressed="true"]').count() == 2


def test_the_search_keeps_the_questions_that_have_the_words(open_page):
    page = open_page()
    options = chosen(page, "question").locator("option")
    wanted = options.all_inner_texts()[-1]
    page.locator('.explorer input[name="search"]').fill(f" {wanted.upper()} ")
    assert options.all_inner_texts() == [wanted]
    assert page.locator(".asked").inner_text() == wanted
    assert page.locator(".found").inner_text() == "1 found. "
    page.locator('.explorer input[name="search"]').fill("nothing has this")
    assert (options.count(), page.locator(".asked").inner_text()) == (0, wanted)
    page.locator('.explorer input[name="search"]').fill("")
    assert options.count() >= 8
    assert page.logged == []


def test_the_reference_of_the_bar_is_the_left_model(open_page):
    page = open_page()
    question = page.locator(".asked").inner_text()
    page.locator('select[name="reference"]').select_option(label="centred (center-pool)")
    assert page.locator(".side h4").all_inner_texts() == ["centred (center-pool)", "hybrid batches, α = 0.5"]
    # Other models answer the same question: a text that changes by itself cannot be compared.
    assert page.locator(".asked").inner_text() == question
    page.get_by_role("button", name="Median gain").click()
    assert page.locator(".asked").inner_text() != question


def entries(folder, **inputs):
    return Read(ReportInputs(**write_run(Run(folder)) | inputs)).data["examples"]


def test_the_data_have_the_files_questions_with_one_seed_of_each_model(tmp_path):
    arguments = write_run(Run(tmp_path, seeds=(4, 5)))
    entry = Read(ReportInputs(**arguments)).data["examples"][0]
    given = read_json(arguments["examples"][0])
    assert list(entry["models"]) == ["e5-small", "e5-small+center-pool", *(f"e5-small__squad-11__{one}" for one in ("mono", "cross", "hybrid-0.5"))]  # fmt: skip
    assert {one["seed"] for one in entry["models"].values()} == {None, "4"}
    assert (
        entry["models"]["e5-small__squad-11__mono"]["hits"]
        == given["models"]["e5-small__squad-11__mono__seed-4"]["hits"]
    )
    assert entry["models"]["e5-small__squad-11__mono"]["base"] == "e5-small"
    assert list(entry["models"]["e5-small"]["wins"]) == list(entry["models"])[1:]
    wins = given["models"]["e5-small__squad-11__mono__seed-4"]["wins"]
    assert entry["models"]["e5-small__squad-11__mono"]["wins"]["e5-small__squad-11__cross"] == wins["e5-small__squad-11__cross__seed-4"] > 0  # fmt: skip
    assert (entry["questions"], entry["candidates"]) == (given["questions"], given["candidates"])
    assert entry["languages"]["ar"] == {"name": "Arabic", "direction": "rtl", "colour": 0}
    assert len({one["colour"] for one in entry["languages"].values()}) == len(entry["languages"])


def test_texts_are_cut_until_they_are_small_enough(tmp_path, monkeypatch):
    rng = random.Random(1)
    record = read_json(write_run(Run(tmp_path))["examples"][0])
    path = tmp_path / "long.json"
    record["candidates"]["text"] = ["".join(rng.choices("abcdefgh ", k=1000)) for _ in record["candidates"]["text"]]
    write_json(record, path)
    sizes = {}
    for most in (10**6, 5_000, 3_500, 1):
        monkeypatch.setattr(data, "_MOST_BYTES", most)
        entry = entries(tmp_path, examples=[path])[0]
        sizes[most] = (entry["cut"], max(map(len, entry["candidates"]["text"])))
    # Nine random letters take about 3.2 bits each; there are 32 texts
    lengths = [cut for cut, _ in sizes.values()]
    assert (lengths[0], lengths[-1]) == (320, 40)
    assert sorted(set(lengths), reverse=True) == lengths
    assert all(longest <= cut + 1 for cut, longest in sizes.values())


def test_texts_of_one_benchmark_take_no_room_from_another(tmp_path, monkeypatch):
    rng = random.Random(1)
    paths = []
    for given, letters in zip(write_run(Run(tmp_path))["examples"], (1000, 50), strict=True):
        record = read_json(given)
        texts = record["candidates"]["text"]
        record["candidates"]["text"] = ["".join(rng.choices("abcdefgh ", k=letters)) for _ in texts]
        paths.append(tmp_path / f"long-{letters}.json")
        write_json(record, paths[-1])
    monkeypatch.setattr(data, "_MOST_BYTES", 3_500)
    cuts = {one["benchmark"]: one["cut"] for one in entries(tmp_path, examples=paths)}
    assert cuts["xquad-r"] < 320 == cuts["mlqa-r"]


def test_answers_take_room_from_texts(tmp_path, monkeypatch):
    record = read_json(write_run(Run(tmp_path))["examples"][0])
    rng = random.Random(1)
    record["candidates"]["text"] = ["".join(rng.choices("abcdefgh ", k=1000)) for _ in record["candidates"]["text"]]
    monkeypatch.setattr(data, "_MOST_BYTES", 9_000)
    path = tmp_path / "many.json"
    cuts = []
    for times in (1, 60):
        more = {name: model | {"hits": [[rng.sample(range(32), 10) for _ in asked] for asked in model["hits"] * times]}
                for name, model in record["models"].items()}  # fmt: skip
        write_json(record | {"questions": record["questions"] * times, "models": more}, path)
        cuts.append(entries(tmp_path, examples=[path])[0]["cut"])
    assert cuts == [320, 40]


def test_what_was_not_scored_and_what_has_no_questions_is_left_out(tmp_path):
    arguments = write_run(Run(tmp_path))
    first, second = (read_json(path) for path in arguments["examples"])
    first["models"]["unknown"] = next(iter(first["models"].values()))
    write_json(first, arguments["examples"][0])
    write_json(second | {"questions": []}, arguments["examples"][1])
    found = Read(ReportInputs(**arguments)).data["examples"]
    assert [one["benchmark"] for one in found] == ["xquad-r"]
    assert "unknown" not in found[0]["models"]
    write_json(first | {"models": {"unknown": first["models"]["unknown"]}}, arguments["examples"][0])
    assert Read(ReportInputs(**arguments)).data["examples"] == []


def test_one_model_is_shown_alone(visit, tmp_path):
    models = {("none", None, "none"): (0.742, 0.21, 0.412, 1423.0, 212.0)}
    render_report(ReportInputs(**write_run(Run(tmp_path, models=models))), out=tmp_path / "report.html")
    page = visit(tmp_path / "report.html")
    assert page.locator(".explorer:visible .side h4").all_inner_texts() == ["base encoder"]
    assert page.locator(".totals").count() == 0
    assert "Gain" not in page.locator(".explorer:visible > .note").inner_text()
    assert page.logged == []
