"use strict";
const { $, all } = page;

function save(article) {
  const { name } = page.data.benchmarks[article.dataset.benchmark];
  const { columns, data } = page.data.comparisons;
  const place = columns.indexOf("benchmark");
  const rows = data.filter((row) => row[place] === name);
  page.download(`comparisons-${name}.csv`, "text/csv", page.csv({ columns, data: rows }));
}

page.ready.then(() =>
  all(".tested").forEach((article) => {
    $(".tools", article).hidden = false;
    $('[name="csv"]', article).addEventListener("click", () => save(article));
    article.addEventListener("change", ({ target }) => page.setOption("tested", target.value));
  }),
);

// One measure at a time; each benchmark has those that it was tested by.
page.onChange(({ options }) =>
  all(".tested").forEach((article) => {
    const panels = all(".panel", article);
    const chosen = panels.find((one) => one.dataset.panel === options.tested) ?? panels[0];
    panels.forEach((one) => (one.hidden = one !== chosen));
    all('input[type="radio"]', article).forEach((one) => (one.checked = one.value === chosen.dataset.panel));
  }),
);
