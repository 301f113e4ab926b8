"""The figures of the page as pages of their own."""

from equilingual.report.figures import page_of, write_figures

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
    write_figures(PAGE, [tmp_path / "figures/loss.html", tmp_path / "figures/maps.html"])
    assert "This run has no such figure." in (tmp_path / "figures/loss.html").read_text(encoding="utf-8")
    assert ">two<" in (tmp_path / "figures/maps.html").read_text(encoding="utf-8")


def test_every_figure_of_snakemakes_report_is_a_section_of_the_page(root):
    from equilingual.plan.figures import FIGURES

    template = (root / "src/equilingual/report/template.html.j2").read_text(encoding="utf-8")
    for name in FIGURES:
        assert f'<section id="{name}"' in template
        assert (root / f"workflow/report/{name}.rst").read_text(encoding="utf-8").strip()
