"use strict";
const { $, all } = page;
// The figure shows rank distance; the test is of its logarithm.
const TESTED_AS = { rank_distance: "log_rank_distance" };
const OWN_FIRST = "language_preference"; // overview.py

// The difference that was tested, with its interval and p, and of which measure if another one is shown.
function testText({ a_is_model, difference, low, high, low_over_seeds, high_over_seeds, p }, tested, shown) {
  const ends = low_over_seeds === null ? [low, high] : [low_over_seeds, high_over_seeds];
  const sign = a_is_model ? 1 : -1;
  const [from, to] = ends.map((value) => sign * value).sort((a, b) => a - b);
  const [at, lower, upper] = [sign * difference, from, to].map((value) => page.signed(tested, value));
  return `${tested === shown ? "" : `${page.words(tested)} `}${at} [${lower}, ${upper}], ${page.pText(p)}`;
}

function showCards(article, benchmark, reference) {
  const list = $(".cards ul", article);
  if (!list) return;
  const model = list.dataset.model;
  const ends = [reference.name, model];
  $(".reference", article).textContent = reference.label;
  for (const losses of all(".losses", article)) losses.hidden = losses.dataset.against !== reference.name;
  for (const card of all(".card", list)) {
    const { setting, measure } = card.dataset;
    let [before, after] = ends.map((name) => page.score(benchmark, setting, measure, name));
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
    $(".test", card).textContent = found ? testText({ ...found, a_is_model: found.model_a === model }, tested, shown) + means : "";
    const also = $(".also span", card);
    if (also) also.textContent = ends.map((name) => page.format(OWN_FIRST, page.score(benchmark, setting, OWN_FIRST, name))).join(" → ");
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
