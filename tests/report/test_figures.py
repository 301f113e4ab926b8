"""The files of ``results/figures/``: sections of the page, and figures for papers."""

import csv
import io
import itertools
import math
import re
import xml.etree.ElementTree as ET

import pytest
from report.sample import XQUAD, Run, write_run

from equilingual.report import ReportInputs
from equilingual.report.figure import page_figure
from equilingual.report.figures import PLOTS, figure_file, page_of, write_figures
from equilingual.report.plots.quality_bias import _HEIGHT, _LINE, _label_places
from equilingual.report.run import Run as Files
from equilingual.report.sections import SECTIONS
from equilingual.report.vega import to_svg

PAGE = """<!doctype html><html><head><style>p{}</style></head><body>
<svg width="0" class="defs"><symbol id="m"/></svg>
<header>x</header><main>
<section id="maps" aria-labelledby="h"><section class="maps">one</section>two</section>
<section id="bias">three &lt;section id=&quot;loss&quot;&gt;</section>
</main><footer>f</footer></body></html>
"""


def test_a_figure_has_its_section_with_the_pages_head_and_marks_and_nothing_else():
    assert page_of(PAGE, "maps") == (
        '<!doctype html><html><head><style>p{}</style></head><body>\n<svg width="0" class="defs"><symbol id="m"/></svg>\n'
        '<main>\n<section id="maps" aria-labelledby="h"><section class="maps">one</section>two</section>\n</main>\n'
        "</body>\n</html>\n"
    )
    assert ">three &lt;" in page_of(PAGE, "bias")
    assert "footer" not in page_of(PAGE, "bias")


def test_a_figure_that_the_page_lacks_says_so(tmp_path):
    write_figures(None, PAGE, [tmp_path / "figures/other.html", tmp_path / "figures/maps.html"])
    assert "This run has no such figure." in (tmp_path / "figures/other.html").read_text(encoding="utf-8")
    assert ">two<" in (tmp_path / "figures/maps.html").read_text(encoding="utf-8")


def test_every_figure_of_snakemakes_report_is_a_section_or_a_plot(root):
    from equilingual.plan.figures import FIGURES, FOR_PAPERS, OF_TRAINING

    assert set(FIGURES) <= {section.name for section in SECTIONS}
    assert {*FOR_PAPERS, *OF_TRAINING} == set(PLOTS)
    for name in (*FIGURES, *FOR_PAPERS, *OF_TRAINING):
        assert (root / f"workflow/report/{name}.rst").read_text(encoding="utf-8").strip()


@pytest.fixture
def files(tmp_path):
    return Files(ReportInputs(**write_run(Run(tmp_path))))


def test_a_figure_for_a_paper_has_light_colours_and_needs_no_style_sheet(files, tmp_path):
    paths = [tmp_path / f"quality-bias/xquad-r.{kind}" for kind in ("svg", "pdf", "csv")]
    write_figures(files, PAGE, paths)
    svg, pdf = paths[0].read_text(encoding="utf-8"), paths[1].read_bytes()
    assert svg.startswith("<svg")
    assert "var(" not in svg
    assert "#00785f" in svg  # --hybrid of the light theme
    about = "xquad-r · e5-small · 1 seed"
    assert ET.fromstring(svg).find("{*}title").text == about
    assert svg.count(f">{about}</text>") == 1
    (height,) = re.search(r'^<svg [^>]*viewBox="0 0 \d+ (\d+)"', svg).groups()
    (below,) = re.search(r'y="(\d+)"[^>]*>xquad-r · ', svg).groups()
    assert int(height) - 20 < int(below) < int(height)
    assert about.split(" · ")[1] not in str(
        page_figure(PLOTS["quality-bias"], 0, PLOTS["quality-bias"].rows(files, "xquad-r")).svg
    )
    assert ">hybrid batches, α = 0.5</text>" in svg
    assert svg.count('class="mark-trail') == 4  # from the base encoder to each other model
    assert pdf.startswith(b"%PDF-")
    assert paths[2].read_text(encoding="utf-8").startswith("model,label,kind,")


@pytest.mark.parametrize("kind", ["svg", "pdf", "csv"])
def test_the_same_run_gives_the_same_figure(files, kind):
    plot = PLOTS["quality-bias"]
    shown = plot.rows(files, "xquad-r")
    assert figure_file(plot, shown, kind) == figure_file(plot, shown, kind)


@pytest.mark.parametrize("kind", ["svg", "pdf", "csv"])
def test_a_benchmark_without_the_figure_has_a_file_that_says_so(kind):
    content = figure_file(PLOTS["quality-bias"], [], kind)
    assert content.startswith({"svg": b"<svg", "pdf": b"%PDF-", "csv": b"\n"}[kind])
    assert kind != "svg" or b"This run has no such figure." in content


def test_quality_against_bias_has_every_model_with_its_intervals_its_encoder_and_what_is_published(files):
    rows = list(
        csv.DictReader(
            io.StringIO(
                figure_file(PLOTS["quality-bias"], PLOTS["quality-bias"].rows(files, "xquad-r"), "csv").decode()
            )
        )
    )
    own = {row["model"]: row for row in rows if row["published"] == "False"}
    assert len(own) == 5
    hybrid, base = own["e5-small__squad-11__hybrid-0.5"], own["e5-small"]
    assert (hybrid["base"], base["base"]) == ("e5-small", "")
    assert (hybrid["base_quality"], hybrid["base_bias"]) == (base["quality"], base["bias"])
    assert float(hybrid["quality_low"]) < float(hybrid["quality"]) < float(hybrid["quality_high"])
    assert {row["perfect"] for row in rows} == {str(len(XQUAD) - 1)}
    published = {row["label"]: row["source"] for row in rows if row["published"] == "True"}
    assert published["XLM-R base, hybrid"].startswith("arXiv:2408.10536")
    assert {row["source"] for row in own.values()} == {""}


DEBIASED = ("none", "center-pool", "lir-pool")


def test_the_axis_says_less_bias_where_its_low_values_are(files):
    plot = PLOTS["quality-bias"]
    svg = figure_file(plot, plot.rows(files, "xquad-r"), "svg").decode()
    ticks = {int(text): float(y) for y, text in re.findall(r"translate\(-?[\d.]+,([\d.]+)\)[^>]*>(\d+)</text>", svg)}
    assert len(ticks) > 2
    assert sorted(ticks, key=ticks.get) == sorted(ticks)  # the low values are at the top
    title = re.search(r"rotate\(-90\)[^>]*>([^<]*rank distance[^<]*)<", svg)[1]  # read upwards
    assert title.index("more bias") < title.index("less bias")


def _texts(files, **biases):
    """Return the texts of the figure, with their heights, of models that have these rank distances."""
    plot = PLOTS["quality-bias"]
    base = plot.rows(files, "xquad-r")[0] | {"bias_low": None, "bias_high": None, "published": False, "perfect": 10}
    rows = [
        base | {"model": name, "label": f"{name} ({name}-pool)", "debias": f"{name}-pool", "bias": bias}
        for name, bias in biases.items()
    ]
    svg = to_svg(plot.spec(rows), width=plot.width)
    return {text: float(y) for y, text in re.findall(r"translate\(-?[\d.]+,(-?[\d.]+)\)[^>]*>([^<]+)</text>", svg)}


def test_models_far_from_a_perfect_ranking_have_the_axis_to_themselves(files):
    near, far = _texts(files, lir=30, centred=400), _texts(files, lir=300, centred=400)
    assert "lowest possible: 10" in near
    assert "↑ lowest possible: 10, beyond the axis" in far
    assert far["↑ lowest possible: 10, beyond the axis"] < far["lir"]
    # The axis is from 300 / 1.12 to 400 × 1.12.
    between = math.log(400 / 300) / math.log(400 / 300 * 1.12**2) * _HEIGHT
    assert far["400"] - far["300"] == pytest.approx(between, abs=0.01)


def test_names_in_the_figure_leave_out_the_method_unless_two_would_be_alike(files):
    plot = PLOTS["quality-bias"]
    assert {"lir", "centred"} <= _texts(files, lir=300, centred=400).keys()
    base = plot.rows(files, "xquad-r")[0] | {"published": False}
    rows = [
        base | {"model": debias, "label": f"LIR ({debias})", "debias": debias, "bias": bias}
        for debias, bias in (("lir-pool-1", 300), ("lir-pool-5", 400))
    ]
    svg = to_svg(plot.spec(rows), width=plot.width)
    assert all(f">LIR ({debias})<" in svg for debias in ("lir-pool-1", "lir-pool-5"))


def test_with_many_models_the_debiased_forms_of_trained_ones_have_marks_without_names(files):
    plot = PLOTS["quality-bias"]
    base = plot.rows(files, "xquad-r")[0] | {"kind": "none", "debias": "none", "published": False}
    kinds = [("none", "none"), ("centred", "center-pool"), *itertools.product(("mono", "cross", "hybrid"), DEBIASED)]

    def spec(count):
        rows = [
            base
            | {"model": f"m{number}", "label": f"model {number}", "kind": kind, "debias": debias, "bias": 500 - number}
            for number, (kind, debias) in enumerate(kinds[:count])
        ]
        return plot.spec(rows)

    names = [set(re.findall(r">(model \d+)<", to_svg(spec(count), width=plot.width))) for count in (10, 11)]
    assert names[0] == {f"model {number}" for number in range(10)}
    # The base encoder, centred, three trained models, and the three least biased ones of all.
    assert names[1] == {f"model {number}" for number in (0, 1, 2, 5, 8, 9, 10)}
    notes = [spec(count)["title"]["text"] for count in (10, 11)]
    assert "Without a name: other debiased forms of trained models." in notes[1]
    assert not any(line.startswith("Without a name") for line in notes[0])


def test_the_dots_that_lead_to_names_look_unlike_intervals(files):
    plot = PLOTS["quality-bias"]
    svg = figure_file(plot, plot.rows(files, "xquad-r"), "svg").decode()
    leaders = re.findall(r'<line [^>]*stroke-dasharray="1,3"[^>]*>', svg)
    assert len(leaders) == 5
    assert all('stroke="#545d69"' in one for one in leaders)  # --soft: no model's colour


@pytest.mark.parametrize(("seeds", "is_said"), [((1,), False), ((1, 2), True)])
def test_the_figure_says_what_its_bars_are(tmp_path, seeds, is_said):
    run = Files(ReportInputs(**write_run(Run(tmp_path, seeds=seeds))))
    rows = PLOTS["quality-bias"].rows(run, "xquad-r")
    lines = PLOTS["quality-bias"].spec(rows)["title"]["text"]
    text = (
        "Bars: 95% intervals over questions; with several seeds, from the lowest to the highest end of their intervals."
    )
    assert (text in " ".join(lines)) == is_said
    assert "Bars: 95% intervals" in lines[0]
    assert max(map(len, lines)) < 60  # a phone has no room for more
    (hybrid,) = (one for one in rows if one["kind"] == "hybrid")
    own = [run.board.intervals[key] for key in run.board.intervals
           if (key[0].kind, *key[1:]) == ("hybrid", "xquad-r", "monolingual", "mean", "mean", "map")]  # fmt: skip
    ends = [(low, high) for found in own for low, high in found]
    assert len(ends) == len(seeds)
    assert (hybrid["quality_low"], hybrid["quality_high"]) == (
        min(low for low, _ in ends),
        max(high for _, high in ends),
    )


def test_labels_do_not_meet_and_stay_near_their_points():
    def pixels(value):
        return math.log(value / 10) / math.log(1000 / 10) * _HEIGHT

    places = [pixels(place) for place in _label_places([100, 101, 102, 500, 990, 999], 10, 1000)]
    ordered = sorted(places)
    assert min(b - a for a, b in itertools.pairwise(ordered)) > _LINE - 0.1
    assert ordered[0] > -0.1
    assert ordered[-1] < _HEIGHT + 0.1
    assert abs(places[3] - pixels(500)) < 0.1  # alone: where its point is
    assert abs(sum(places[:3]) / 3 - pixels(101)) < 0.5


def test_the_pages_picture_has_the_files_marks_and_texts_in_fewer_letters(files):
    plot = PLOTS["quality-bias"]
    shown = plot.rows(files, "xquad-r")
    whole, short = to_svg(plot.spec(shown), width=plot.width), str(page_figure(plot, 0, shown).svg)
    assert len(short) < 0.8 * len(whole)
    # What nobody sees is left out: frames without a size, and the discs that the pointer meets.
    whole = re.sub(r'<path [^>]*d="(M0,0h0v0h0Z)?"[^>]*/>|<path [^>]* opacity="0"[^>]*/>', "", whole)
    assert 'opacity="0"' not in short
    for part in (r">([^<>]+)<", r"<(\w+)", r'fill="([^"]+)"'):
        assert re.findall(part, short) == re.findall(part, whole)
    numbers = [[float(one) for one in re.findall(r"-?\d+\.?\d*", " ".join(re.findall(r' (?:d|transform)="([^"]*)"', svg)))]
               for svg in (short, whole)]  # fmt: skip
    assert numbers[0] == pytest.approx(numbers[1], abs=0.0051)
    assert not re.search(r' (style|font-family|role)="', short)
    assert short.count('font-size="12px"') == 1
    assert re.findall(r'font-size="((?!12px)[^"]+)"', short) == re.findall(r'font-size="((?!12px)[^"]+)"', whole)
