import json
import re
from html.parser import HTMLParser
from pathlib import Path

from report.boards import tatoeba, write_figures
from report.large import write_large
from report.models import write_models
from report.sample import MODELS, QUESTIONS, Run, change_scores, read_scores, write_run

from equilingual.files import read_json, write_json
from equilingual.languages import language_table
from equilingual.report import ReportInputs, render_report
from equilingual.report.facts import fitting_remark
from equilingual.report.formatting import format_distance, format_map

VOID = {"meta", "br", "link", "img", "input"}
NONE, HYBRID = ("none", None, "none"), ("hybrid", 0.5, "none")


class Page(HTMLParser):
    """The elements of a page, and whether they nest."""

    def __init__(self, html):
        super().__init__()
        self.stack, self.elements, self.words = [], [], []
        self.feed(html)
        assert self.stack == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag

    def handle_data(self, data):
        if not {"style", "script"} & set(self.stack):
            self.words.append(data)

    @property
    def text(self):
        return re.sub(r"\s+", " ", " ".join(self.words))


def test_the_page_needs_no_other_file(render):
    html = render()
    page = Page(html)
    assert html.startswith("<!doctype html>")
    for tag, attributes in page.elements:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base"}
        assert "src" not in attributes
        assert attributes.get("href", "#").startswith("#")
        assert not any(name.startswith("on") for name in attributes)
        assert "style" not in attributes
    style = re.search("<style>(.*?)</style>", html, re.DOTALL)[1]
    assert not re.search(r"@import|@font-face|url\(", style)
    assert len(html.encode()) < 1_150_000


def test_texts_that_were_cut_are_counted(render):
    text = Page(render()).text
    assert "Truncated queries Truncated passages" in text
    assert "61 of 13 014" in text
    assert re.search(r"training 3 of [\d ]+ 2 071 of", text)


def test_the_audit_of_the_batches_is_shown(render):
    text = Page(render()).text
    assert "Audit of the batches" in text
    assert "0.500 [0.470, 0.530] 0.5 mono 0.23, cross – 0 3.00 of 4 34% / 21% 0 to 2" in text
    assert "mono 0.23, cross – 0 none 34% / 21% 0 to 2" in text


def test_shares_of_corpora_are_shown_where_there_are_several(render):
    text = Page(render()).text
    assert "extra 1 000 0 100 0.100 0.011" in text
    assert "extra 1 000 1 000 100 0.100 0.011" in text
    assert "squad 9 9 9" not in text


def test_corpora_are_shown_with_what_was_downloaded(render):
    text = Page(render()).text
    assert "87 599 87 600 87 412" in text
    assert re.search(r"squad en https://host/train.parquet [ab ]+ not checked", text)


def test_comparisons_are_shown_with_their_family_and_a_sentence_each(render):
    page = Page(render())
    assert (
        "16 comparisons are corrected together: 4 pairs of models, on xquad-r and mlqa-r, by multilingual mAP and "
        in page.text
    )
    verdict = "e5-small__squad-11__hybrid-0.5 > e5-small on multilingual map, +0.051 [0.041, 0.061]"
    assert page.text.count(verdict) == 2  # of the two benchmarks
    assert "The tests describe the variation over questions, not over training seeds." in page.text
    charts = [
        attributes["data-chart"] for tag, attributes in page.elements if tag == "figure" and "data-chart" in attributes
    ]
    assert {"forest-0-0", "forest-0-1", "forest-1-0", "forest-1-1"} <= set(charts)


def test_a_page_without_comparisons_says_so_and_one_with_many_shows_some(render):
    def change(times):
        def write(arguments):
            header, *lines = arguments["comparisons"].read_text(encoding="utf-8").splitlines()
            lines = [line for line in lines if line.startswith("xquad-r,")] * times
            arguments["comparisons"].write_text("\n".join([header, *lines, ""]), encoding="utf-8")

        return write

    assert "No models were compared." in Page(render(change(0))).text
    page = Page(render(change(26)))
    # 104 by each of two measures: a figure has room for 60, and 200 of 208 have a sentence.
    assert page.text.count("44 more comparisons are in results/comparisons.csv") == 2
    assert page.text.count(" 8 more comparisons are in results/comparisons.csv") == 1
    assert page.text.count("> e5-small on multilingual map,") == 25


def test_what_was_mined_is_shown(render):
    text = Page(render()).text
    assert "drcd-mt bm25 zh-Hant 3 524 352 400 1 717 2 929 30 123 911 66 21.2 –" in text


def test_another_precision_than_float32_is_stated(render):
    def change(name):
        def write(arguments):
            for path in arguments["encodings"].values():
                write_json(read_json(path) | {"precision": name}, path)

        return write

    assert "Precision texts encoded in int8, and not in float32" in Page(render(change("int8"))).text
    assert "Precision" not in Page(render(change("float32"))).text
    assert "Precision" not in Page(render()).text  # of a run before there was a choice


def test_models_that_are_scored_by_the_dot_product_are_named(render):
    def change(arguments):
        names = list(arguments["encodings"])
        for name in names:
            path = arguments["encodings"][name]
            similarity = "dot" if name.partition("/")[0] == names[0].partition("/")[0] else "cosine"
            write_json(read_json(path) | {"similarity": similarity}, path)

    assert "Similarity dot product for e5-small, as declared; cosine for all others" in Page(render(change)).text
    assert "Similarity" not in Page(render()).text


def test_duplicates_are_counted_and_shown_beside_what_was_kept(render):
    page = Page(render())
    assert "squad-11 squad 87 412 198 0 41 0 87 173 0.85 squad-11 extra 1 000 2 5 3 4 986 0.85" in page.text
    assert "near duplicates, the least similar (1), each beside the pair that was kept" in page.text
    assert "squad/p7 repeats squad/p3, similarity 0.85" in page.text
    assert "1 177 253" in page.text  # of the batches: pairs in too few languages, duplicates
    left_out = f"{QUESTIONS['ar'][0]}!"
    assert left_out in page.text
    assert f'<p lang="ar" dir="rtl">{left_out}</p><p lang="ar" dir="rtl">{QUESTIONS["ar"][0]}</p>' in render()


def test_near_duplicates_that_were_not_looked_for_are_dashes(render):
    def change(arguments):
        record = read_json(arguments["duplicates"][0])
        write_json(record | {"near_duplicates": None, "examples": []}, arguments["duplicates"][0])

    text = Page(render(change)).text
    assert "squad-11 squad 87 412 198 0 – – " in text
    assert "beside the pair that was kept" not in text


def test_links_and_labels_inside_the_page_have_a_target(render):
    page = Page(render())
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in page.elements:
        for target in (attributes.get("href", "#")[1:].partition("?")[0], attributes.get("aria-labelledby", "")):
            assert not target or target in ids


def test_every_table_has_a_caption_and_every_chart_a_text(render):
    page = Page(render())
    tags = [tag for tag, _ in page.elements]
    assert tags.count("table") == tags.count("caption") > 10
    charts = [attributes for tag, attributes in page.elements if tag == "svg" and attributes.get("role") == "img"]
    charts += [attributes for tag, attributes in page.elements if tag == "div" and attributes.get("role") == "img"]
    assert len(charts) >= 8
    assert all(len(chart["aria-label"]) > 20 for chart in charts)
    assert all(a.get("scope") for tag, a in page.elements if tag == "th")


def test_the_same_files_give_the_same_bytes(tmp_path):
    arguments = write_run(Run(tmp_path, seeds=(1, 2)))
    pages = [tmp_path / "one.html", tmp_path / "two.html"]
    for page in pages:
        render_report(ReportInputs(**arguments), out=page)
    assert pages[0].read_bytes() == pages[1].read_bytes()


def test_every_text_is_escaped(render):
    attack = "<script>alert('x')</script><img src=x onerror=y>\"&"

    def change(arguments):
        arguments["title"] = attack
        arguments["versions"] = {attack: attack}
        example = read_json(arguments["examples"][0])
        for question in example["questions"]:
            question["texts"] = {tag + attack: attack for tag in question["texts"]}
        texts = example["candidates"]["text"]
        example["candidates"] |= {"text": [attack] * len(texts), "language": [attack] * len(texts)}
        write_json(example, arguments["examples"][0])
        sample = read_json(arguments["samples"][0])
        sample["random"][0]["question"] = {"source": attack, "translation": attack}
        write_json(sample | {"engine": attack, "corpus": attack}, arguments["samples"][0])
        repeats = read_json(arguments["duplicates"][0])
        example = repeats["examples"][0] | {"pair_id": attack, "question": {"left_out": attack, "kept": attack}}
        write_json(repeats | {"training_set": attack, "examples": [example]}, arguments["duplicates"][0])
        for kind in ("models", "batches", "corpora", "translations", "benchmarks"):
            record = read_json(arguments[kind][0])
            write_json(record | {"licence": attack, "hardware": attack, "training_set": attack}, arguments[kind][0])
        change_scores(arguments["scores"], lambda line: line | {"encoder": attack, "training_set": attack})
        write_models(arguments["scores"], arguments["identities"])
        tests = arguments["comparisons"].read_text(encoding="utf-8")
        arguments["comparisons"].write_text(
            tests.replace("xquad-r", "<script>").replace(" > ", "<img>"), encoding="utf-8"
        )

    html = render(change)
    page = Page(html)
    assert [tag for tag, _ in page.elements if tag in {"script", "img"}] == ["script"] * 3  # the page's own
    assert "alert('x')" in page.text
    assert "alert('x')" not in "".join(re.findall("<script.*?</script>", html, re.DOTALL))


def test_the_page_says_what_centring_has_seen_and_how_small_a_benchmark_is(render):
    text = Page(render()).text
    assert "They have seen the texts of the test" in text
    assert "Each model was trained with one seed only, so the variation between seeds is unknown." in text
    assert "as a demonstration" not in text
    assert "one seed only" not in Page(render(seeds=(1, 2))).text

    def shrink(arguments):
        record = read_json(arguments["benchmarks"][0])
        record["languages"] = {tag: size | {"queries": 48} for tag, size in record["languages"].items()}
        write_json(record, arguments["benchmarks"][0])

    text = Page(render(shrink)).text
    assert (
        "The benchmark has only 48 questions per language, and each model was trained with one seed only: take the results "
        "as a demonstration, not as evidence." in text
    )


def test_translations_stand_beside_their_sources_with_scores_and_reasons(render):
    page = Page(render())
    assert "chrF++" in page.text
    assert "51.2" in page.text
    assert "untranslated: 31" in page.text
    beside = [attributes for tag, attributes in page.elements if tag == "p" and "dir" in attributes]
    assert {(a["lang"], a["dir"]) for a in beside} >= {("en", "ltr"), ("ar", "rtl"), ("zh", "ltr")}
    assert "margin 0.25, passage: split" in page.text


def test_without_translations_there_is_no_such_section(render):
    page = Page(render(lambda arguments: arguments.update(translations=[], samples=[], quality=[])))
    assert "closest to failing a filter" not in page.text
    assert not [a for tag, a in page.elements if tag == "a" and a.get("href") == "#translations"]


def test_long_texts_and_lone_surrogates_do_not_break_the_page(render):
    def change(arguments):
        example = read_json(arguments["examples"][0])
        texts = example["candidates"]["text"]
        example["candidates"]["text"] = ["x " * 50_000 + "\ud800"] * len(texts)
        for question in example["questions"]:
            question["texts"] = dict.fromkeys(question["texts"], "\ud800?")
        Path(arguments["examples"][0]).write_text(json.dumps(example), encoding="utf-8")

    html = render(change)
    assert len(html) < 1_300_000
    assert f">{'x ' * 159}x…</p>" in html  # of 100,001 characters
    assert '<bdi lang="en" dir="ltr">\\ud800?</bdi>' in html


def test_every_long_text_is_cut_with_its_length(render):
    long = "y" * 100_000

    def change(arguments):
        arguments["title"] = long
        arguments["versions"] = {"torch": long}
        for kind in ("models", "batches", "corpora", "translations", "benchmarks", "quality"):
            for path in arguments[kind]:
                write_json(read_json(path) | {"licence": long, "hardware": long}, path)
        repeats = read_json(arguments["duplicates"][0])
        examples = [
            one | {"pair_id": long, "question": {"left_out": long, "kept": long}} for one in repeats["examples"]
        ]
        write_json(repeats | {"examples": examples}, arguments["duplicates"][0])
        sample = read_json(arguments["samples"][0])
        sample["random"][0]["passage"] = {"source": long, "translation": long}
        write_json(sample, arguments["samples"][0])

    html = render(change)
    assert len(html) < 1_250_000
    assert max(map(len, re.findall("y+", html))) == 320
    assert html.count(f"<title>{'y' * 300}… (100\u202f000 characters)</title>") == 1


def board_in(html):
    """The rows of our own models in the first leaderboard."""
    start = html.index('<table class="board">')
    return html[start : html.index("</tbody>", start)]


def test_the_figures_are_those_of_the_csv_rounded(render, tmp_path):
    html = render(benchmarks={"xquad-r": ("ar", "en", "zh")})
    shown = re.findall(r"<td[^>]*>(.*?)</td>", board_in(html), re.DOTALL)
    measures = {"map": format_map, "rank_distance": format_distance}
    lines = read_scores(tmp_path / "run" / "scores.csv")
    means = [line for line in lines if line["query_language"] == line["pool"] == "mean" and line["measure"] in measures]
    assert len(means) == 5 * 4
    for line in means:
        assert any(measures[line["measure"]](float(line["value"])) in cell for cell in shown), line


def test_seeds_are_averaged_and_their_spread_is_shown(render):
    def change(arguments):
        values = {"1": 0.5004, "2": 0.6, "3": 0.61}
        change_scores(
            arguments["scores"],
            lambda line: (
                line | {"value": values[line["seed"]]}
                if (line["strategy"], line["query_language"], line["measure"]) == ("hybrid", "mean", "map")
                else line
            ),
        )

    html = render(change, seeds=(1, 2, 3))
    row = next(row for row in board_in(html).split("<tr") if "hybrid batches, α = 0.5</bdi>" in row)
    assert "mean of 3 seeds" in row
    assert "0.570</span>" in row
    assert "; seeds 0.500 to 0.610; " in row


def test_the_best_value_is_marked_by_more_than_colour(render):
    html = render(benchmarks={"xquad-r": ("ar", "en")}, models={NONE: MODELS[NONE], HYBRID: MODELS[HYBRID]})
    rows = board_in(html).split("<tr")
    assert [row.count("★") for row in rows if "base encoder" in row or "hybrid" in row] == [
        4,
        0,
    ]  # the least biased first


def test_published_rows_stand_only_under_their_benchmark(render):
    assert render(benchmarks={"xquad-r": ("ar", "en")}).count("published: arXiv:2408.10536, tables 3 and 7; ") == 3
    assert "0.593" in render(benchmarks={"xquad-r": ("ar", "en")})
    assert "arXiv:2408.10536" not in render(benchmarks={"mine": ("ar", "en")})


def test_the_page_has_bias_groups_and_what_is_published_by_language(render):
    page = Page(render())
    assert "Measures of the language bias on xquad-r" in page.text
    assert re.search(r"Own language first share of questions [^=]* 1/m = 0.091", page.text)  # of 11
    assert "Languages of the first ten results" in page.text
    assert "By language" in page.text
    assert "mlqa-r: monolingual mAP / cross-lingual mAP" in page.text
    targets = [attributes.get("href") for tag, attributes in page.elements if tag == "a"]
    assert {"#pairs", "#bias", "#methods"} <= set(targets)


def test_indexes_are_shown_where_they_are_not_exact(render):
    assert "The indexes are approximate" not in Page(render()).text
    text = Page(render(lambda arguments: arguments.update(index="hnsw"))).text
    assert "The indexes are approximate" in text
    assert "hnsw e5-small xquad-r 2 0.979 0.961 0.945 0.931" in text


def test_sentences_that_are_matched_have_no_dashes_for_settings_that_are_not_asked(tmp_path):
    arguments = write_run(Run(tmp_path, benchmarks={"tatoeba": ("af", "de", "en")}))
    for path in arguments["bias"].values():
        write_json({}, path)
    change_scores(arguments["intervals"], lambda line: line | {"low": "", "high": ""})
    models = [{"encoder": "e5"}, {"encoder": "bm25"}]
    write_figures(arguments["scores"], tatoeba({"af": (0.8, 0.6), "de": (0.9, 0.5)}), "tatoeba", models)
    write_models(arguments["scores"], arguments["identities"])
    out = tmp_path / "report.html"
    render_report(ReportInputs(**arguments), out=out)
    html = out.read_text(encoding="utf-8")
    shown = re.findall(r'<span class="figure">(?:<span.*?</span></span>)?([^<]+)</span></td>', board_in(html))
    assert shown == ["0.700", "0.850", "0.550"] * 2
    text = Page(html).text
    assert "Measures of the language bias" not in text
    assert "rank distance of" not in text


def test_hashes_are_short_but_whole_when_pointed_at(render, tmp_path):
    html = render()
    digest = read_json(next((tmp_path / "run" / "models").iterdir()))["files"]["model.safetensors"]["sha256"]
    assert f'title="{digest}">{digest[:12]}<' in html


def test_without_any_trained_model(render):
    html = render(lambda arguments: arguments.update(examples=[]), models={NONE: MODELS[NONE]})
    text = Page(html).text
    assert "No two models were compared." in text
    assert 'href="#explorer"' not in html
    assert 'href="#training"' not in html
    assert 'href="#training"' in render()


def test_without_anything(tmp_path):
    arguments = write_run(Run(tmp_path, models={}, benchmarks={}))
    for name in ("corpora", "translations", "samples", "quality", "duplicates", "overlaps", "examples"):
        arguments[name] = []
    render_report(ReportInputs(**arguments | {"versions": {}}), out=tmp_path / "report.html")
    assert "Nothing was scored" in Page((tmp_path / "report.html").read_text(encoding="utf-8")).text


def test_without_the_encoder_as_it_came(render):
    text = Page(render(models={HYBRID: MODELS[HYBRID]})).text
    assert "− base encoder" not in text
    assert "nan" not in text.lower().split()


def test_missing_values_are_dashes(render):
    def change(arguments):
        empty = iter(["", "nan", "None", "inf"] * 4000)
        change_scores(arguments["scores"], lambda line: line | {"value": next(empty)})
        for path in arguments["models"]:
            write_json(read_json(path) | {"final_loss": None, "seed": None, "parameters": {}, "files": {}}, path)
        for path in arguments["histories"].values():
            path.write_text('{"step": 1, "mode": "mono", "loss": NaN}\n', encoding="utf-8")
        change_scores(arguments["intervals"], lambda line: line | {"low": next(empty), "high": next(empty)})

    text = Page(render(change)).text
    assert "–" in text
    assert not {"nan", "None", "inf"} & set(text.split())


def test_one_language_has_no_cross_lingual_figure(render):
    assert "1 language: Arabic" in Page(render(benchmarks={"mine": ("ar",)})).text


def test_thirteen_models_on_as_many_questions_as_xquad_r_has_stay_under_two_megabytes(tmp_path):
    render_report(ReportInputs(**write_large(tmp_path)), out=tmp_path / "report.html", data=tmp_path / "report.json")
    (examples,) = read_json(tmp_path / "report.json")["examples"]
    assert len(examples["models"]) == 13
    assert len(examples["questions"]) >= 60
    assert len(examples["candidates"]["text"]) > 9000
    assert sorted(map(len, examples["candidates"]["text"]))[len(examples["candidates"]["text"]) // 2] > 60  # a sentence
    assert (tmp_path / "report.html").stat().st_size < 2_000_000


def test_sixty_languages_stay_under_two_megabytes(render):
    html = render(benchmarks={"a": list(language_table())[:60], "b": list(language_table())[:60]}, steps=5000)
    assert len(html.encode()) < 1_600_000
    assert "results/figures/language-pairs/a.pdf" in html


def test_unknown_languages_and_long_names(render):
    html = render(encoders=("e" * 120, "short"), benchmarks={"mine": ("xx-unknown", "en")})
    assert "xx-unknown" in html
    assert "e" * 38 + "…" in html


def test_overlap_is_said(render):
    def change(arguments):
        write_json(
            {"training_set": "t", "benchmarks": {"b": {"passages": 3, "questions": 0}}}, arguments["overlaps"][0]
        )

    none = "No passage or question of this run’s training sets occurs in a benchmark."
    text = Page(render(change)).text
    assert "Overlap of training and evaluation: t shares 3 passages with b." in text
    assert none not in text
    assert none in Page(render()).text


def test_a_row_that_uses_the_benchmarks_own_texts_says_so_and_the_methods_explain_it(render):
    page = render()
    marked = re.findall(r'<span class="small" title="([^"]+)">debiased with the benchmark’s own texts</span>', page)
    assert len(marked) == 2  # one row of each benchmark
    assert "statistics of the benchmark’s own queries and candidates, not their labels" in marked[0]
    assert "Models marked “debiased with the benchmark’s own texts” (“-pool” in their names)" in page
    assert "“-pool” in their names" not in render(models={("none", None, "none"): MODELS["none", None, "none"]})


def test_the_page_says_what_debiasing_is_fitted_on_and_what_that_lacks():
    text = {"fitting_text": "flores", "texts": {"en": 498, "de": 490}}
    whole = fitting_remark(text, {"x": ["en", "de"]})
    assert whole.startswith("The other debiased models (“center”, ")
    assert "of flores in place of the benchmark’s texts: 490 to 498 texts in each of 2 languages, none of" in whole
    assert "It lacks" not in whole
    assert "It lacks 2 of the 3 languages of t (Basque, Swahili)" in fitting_remark(text, {"t": ["en", "eu", "sw"]})


def test_each_first_screen_has_the_other_benchmarks_headlines(render):
    page = render()
    screens = page.split('<article class="overview"')[1:]
    assert len(screens) == 2
    said = [re.search(r'class="headline"><bdi>(.*?)</bdi>', one)[1] for one in screens]
    for number, name in enumerate(("mlqa-r", "xquad-r")):
        others = re.findall(
            r'<li><a href="#overview\?benchmark=(.*?)"><bdi>(.*?)</bdi></a>: <bdi>(.*?)</bdi></li>', screens[number]
        )
        assert others == [(name, name, said[1 - number])]
