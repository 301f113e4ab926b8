"use strict";
const { $, all } = page;
// The figure shows rank distance; the test is of its logarithm.
const TESTED_AS = { rank_distance: "log_rank_distance" };

function showCards(article, benchmark, reference) {
  const list = $(".cards ul", article);
  if (!list) return;
  const model = list.dataset.model;
  $(".reference", article).textContent = reference.label;
  for (const card of all(".card", list)) {
    const { setting, measure } = card.dataset;
    const [before, after] = [reference.name, model].map((name) => page.score(benchmark, setting, measure, name));
    const found = page.compare(benchmark, setting, TESTED_AS[measure] ?? measure, model, reference.name);
    $(".values", card).textContent = `${page.format(measure, before)} → ${page.format(measure, after)}`;
    $(".verdict", card).textContent = found ? found.verdict : "not tested";
    $(".p", card).textContent = found ? page.pText(found.p_corrected) : "";
    card.dataset.verdict = found ? found.verdict.replaceAll(" ", "-") : "";
  }
}

const shown = new Map(); // what Python wrote for each benchmark: against the base encoder of the headline's model

page.onChange(({ benchmark, reference }) => {
  const article = $(`.overview[data-benchmark="${benchmark}"]`);
  if (!article) return;
  const list = $(".cards", article);
  if (list && !shown.has(article)) shown.set(article, list.cloneNode(true));
  if (reference !== null) showCards(article, page.data.benchmarks[benchmark].name, page.data.models[reference]);
  else if (list) list.replaceWith(shown.get(article).cloneNode(true));
});

page.ready.then(() =>
  all(".overview figure").forEach((figure) => {
    const box = $('input[name="published"]', figure);
    if (!box) return;
    figure.addEventListener("drawn", () => (box.parentElement.hidden = false));
    box.addEventListener("change", () =>
      page.views.get(figure.dataset.chart).signal("published", box.checked).runAsync(),
    );
  }),
);
