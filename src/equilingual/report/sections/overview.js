"use strict";
const { $, all } = page;
// The figure shows rank distance; the test is of its logarithm.
const TESTED_AS = { rank_distance: "log_rank_distance" };

function showCards(article, benchmark, reference) {
  const list = $(".cards ul", article);
  if (!list) return;
  const model = list.dataset.model;
  $(".reference", article).textContent = reference.label;
  // What is said of single languages is against the base encoder.
  const losses = $(".losses", article);
  if (losses) losses.hidden = reference.name !== list.dataset.reference;
  for (const card of all(".card", list)) {
    const { setting, measure } = card.dataset;
    let [before, after] = [reference.name, model].map((name) => page.score(benchmark, setting, measure, name));
    let shown = measure;
    let means = "";
    const tested = TESTED_AS[measure] ?? measure;
    const found = page.compare(benchmark, setting, tested, model, reference.name);
    // Few questions with very large distances can move their mean against what the test is of.
    if (found && found.after !== found.before && (found.after - found.before) * (after - before) <= 0) {
      ({ before, after } = found);
      shown = tested;
      if (tested === measure) means = " (means over questions)";
    }
    $(".values", card).textContent = `${page.format(shown, before)} → ${page.format(shown, after)}`;
    $(".unit", card).textContent = page.words(shown);
    $(".verdict", card).textContent = found ? found.verdict : "not tested";
    const other = tested === shown ? means : ` (${page.words(tested)})`;
    $(".p", card).textContent = found ? page.pText(found.p) + other : "";
    card.dataset.verdict = found ? found.verdict.replaceAll(" ", "-") : "";
  }
}

const shown = new Map(); // what Python wrote for each benchmark: against the base encoder of the headline's model

page.onChange(({ benchmark, reference }) => {
  const article = $(`.overview[data-benchmark="${benchmark}"]`);
  if (!article) return;
  const list = $(".cards", article);
  if (list && !shown.has(article)) shown.set(article, list.cloneNode(true));
  // A model is not compared with itself.
  const other = reference === null ? null : page.data.models[reference];
  if (list && other && other.name !== $("ul", list).dataset.model) showCards(article, page.data.benchmarks[benchmark].name, other);
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
