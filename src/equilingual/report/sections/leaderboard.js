"use strict";
const { $, all } = page;
const SVG = "http://www.w3.org/2000/svg";
const MEAN = "mean";
// Rank distances have outliers: the test is of their logarithm.
const TESTED_AS = { rank_distance: "log_rank_distance" };
const OPTIONS = { others: "published", grouped: "grouped" };

function element(name, text = "", properties = {}) {
  return Object.assign(document.createElement(name), { textContent: text, ...properties });
}

function drawn(name, attributes) {
  const made = document.createElementNS(SVG, name);
  Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
  return made;
}

// A column's key is setting|measure, or setting|measure|query language|pool where it is no mean of all.
function columnOf(key, heading) {
  const [setting, measure, language = MEAN, pool = MEAN] = key.split("|");
  const about = page.data.measure[measure];
  const better = { low: "lower is better", high: "higher is better", near: "nearer to fair is better" }[about.better];
  const titles = heading ?? [about.title, about.settings.length > 1 ? setting : better];
  return { key, setting, measure, language, pool, titles, low: about.better === "low" };
}

class Board {
  constructor(article, number) {
    this.article = article;
    this.benchmark = page.data.benchmarks[number];
    this.table = $("table", article);
    this.first = all("[data-column]", this.table).map((th) =>
      columnOf(th.dataset.column, [th.firstChild.textContent, $("span", th).textContent]),
    );
    this.read();
    this.lines = all("tbody tr", this.table).map((tr) => this.lineOf(tr));
    this.filter = "";
    article.classList.add("drawn");
    this.makeColumns();
    this.listen();
  }

  // The values of the benchmark: by model (or "published" and its number) and column.
  read() {
    const key = (one) => {
      const ends = [one.query_language ?? MEAN, one.pool ?? MEAN];
      return [one.setting, one.measure, ...(ends.every((end) => end === MEAN) ? [] : ends)].join("|");
    };
    const own = (rows) => rows.filter((one) => one.benchmark === this.benchmark.name);
    const { scores } = page.data.rows;
    this.values = new Map(own(scores).map((one) => [`${one.model}\n${key(one)}`, { ...one }]));
    own(page.rowsOf(page.data.intervals_over_seeds)).forEach((one) => {
      const found = this.values.get(`${one.model}\n${key(one)}`);
      if (found) found.overSeeds = [one.low, one.high];
    });
    own(page.rowsOf(page.data.seeds)).forEach((one) => {
      const found = this.values.get(`${one.model}\n${key(one)}`);
      if (found) (found.seeds ??= []).push(one.value);
    });
    own(page.rowsOf(page.data.published)).forEach((one) => this.values.set(`published ${one.system}\n${key(one)}`, one));
    const shown = new Set(own(scores).map(key));
    const settings = ["monolingual", "cross-lingual", "multilingual"];
    this.all = settings.flatMap((setting) =>
      page.data.measures.map((one) => `${setting}|${one.name}`).filter((one) => shown.has(one)),
    );
  }

  lineOf(tr) {
    const model = page.data.models[tr.dataset.model] ?? null;
    const head = $("th", tr);
    const label = $(".label", head).textContent;
    const words = model ? [model.name, model.kind, model.encoder, model.training_set] : [head.textContent];
    return {
      model, head, label,
      id: model ? model.name : `published ${tr.dataset.published}`,
      kind: model ? model.kind : "other",
      colour: $(".key", head).getAttribute("color"),
      words: [label, ...words].join(" ").toLowerCase(),
    };
  }

  makeColumns() {
    const box = $(".columns > div", this.article);
    const first = this.first.map((one) => one.key);
    const labels = new Map(this.first.map((one) => [one.key, one]));
    for (const key of [...first, ...this.all.filter((one) => !first.includes(one))]) {
      const column = labels.get(key) ?? columnOf(key);
      labels.set(key, column);
      const label = box.appendChild(element("label"));
      label.append(element("input", "", { type: "checkbox", value: key }), ` ${column.titles[0]} `);
      label.append(element("span", column.titles[1], { className: "small" }));
    }
    this.known = labels;
  }

  listen() {
    const { article } = this;
    all(".tools, .scripted", article.parentElement).forEach((one) => (one.hidden = false));
    $('[name="filter"]', article).addEventListener("input", ({ target }) => {
      this.filter = target.value.trim().toLowerCase();
      this.show();
    });
    $(".columns > div", article).addEventListener("change", () => {
      const chosen = all(".columns input:checked", article).map((one) => one.value);
      const changed = chosen.join() !== this.first.map((one) => one.key).join();
      page.setOption("columns", changed ? chosen.join(",") : null);
    });
    for (const [name, option] of Object.entries(OPTIONS)) {
      $(`[name="${name}"]`, article)?.addEventListener("change", ({ target }) =>
        page.setOption(option, target.checked ? "1" : null),
      );
    }
    $('[name="csv"]', article).addEventListener("click", () => this.save());
    this.table.addEventListener("click", (event) => {
      const sort = event.target.closest("[data-sort]");
      if (sort) return this.sortBy(sort.dataset.sort);
      const row = event.target.closest("tr[data-model]");
      if (row) this.compareWith(row.dataset.model);
    });
  }

  // The reference is that of the whole page, “Compared with”; chosen once more, it is none.
  compareWith(name) {
    const place = page.data.models.findIndex((one) => one.name === name);
    page.choose({ reference: place === page.chosen.reference ? null : place });
  }

  // ---------------------------------------------------------------------------------------------- what is shown
  state() {
    const { columns, sort, published, grouped } = page.chosen.options;
    const reference = page.data.models[page.chosen.reference ?? -1];
    const asked = (columns ?? "").split(",").filter((key) => this.known.has(key));
    const shown = asked.length ? asked.map((key) => this.known.get(key)) : this.first;
    const down = (sort ?? "").startsWith("-");
    const key = (sort ?? "").replace(/^-/, "");
    const sorted = key === "label" || this.known.has(key);
    const usual = this.article.dataset.sorted;
    return {
      columns: shown,
      sort: sorted ? { key, down } : usual ? { key: usual, down: !this.known.get(usual).low } : { key: "label", down: false },
      reference: this.lines.find((one) => one.model && one.model === reference) ?? null,
      published: Boolean(published),
      grouped: Boolean(grouped),
    };
  }

  sortBy(key) {
    const { sort } = this.state();
    const down = sort.key === key ? !sort.down : key !== "label" && !this.known.get(key).low;
    page.setOption("sort", `${down ? "-" : ""}${key}`);
  }

  shownLines({ sort, published }) {
    const value = (one) => (sort.key === "label" ? one.label : this.value(one, this.known.get(sort.key))?.value);
    const order = (a, b) => {
      const [x, y] = [value(a), value(b)];
      if (x === undefined || y === undefined) return (x === undefined) - (y === undefined);
      return (sort.key === "label" ? x.localeCompare(y) : x - y) * (sort.down ? -1 : 1);
    };
    return this.lines.filter((one) => (one.model || published) && one.words.includes(this.filter)).sort(order);
  }

  value(line, column) {
    return this.values.get(`${line.id}\n${column.key}`);
  }

  // A line against the chosen one: what the means differ by, and what the paired test says.
  difference(line, reference, column) {
    const [after, before] = [line, reference].map((one) => this.value(one, column)?.value);
    if (after === undefined || before === undefined) return null;
    const result = { measure: column.measure, value: after - before, test: null };
    if (!line.model || column.language !== MEAN || column.pool !== MEAN) return result;
    const tested = TESTED_AS[column.measure] ?? column.measure;
    const test = page.compare(this.benchmark.name, column.setting, tested, line.model.name, reference.model.name);
    if (!test) return result;
    const sign = test.model_a === line.model.name ? 1 : -1;
    const ends = [sign * test.low, sign * test.high].sort((a, b) => a - b);
    // Few questions with very large distances can move their mean against what the test is of.
    if (test.difference !== 0 && sign * test.difference * result.value <= 0) Object.assign(result, { measure: tested, value: sign * test.difference });
    if (result.measure === tested) [result.low, result.high] = ends;
    return { ...result, test, tested };
  }

  cellsOf(lines, { columns, reference }) {
    return columns.map((column) =>
      lines.map((line) => {
        const own = this.value(line, column);
        const isDifference = reference && line !== reference;
        return { own, difference: isDifference ? this.difference(line, reference, column) : null, isDifference };
      }),
    );
  }

  // ---------------------------------------------------------------------------------------------- drawing
  show() {
    const focused = this.table.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
    const state = this.state();
    const lines = this.shownLines(state);
    const cells = this.cellsOf(lines, state);
    this.table.replaceChildren($("caption", this.table), this.headOf(state), ...this.bodies(lines, cells, state));
    if (focused) all("[data-focus]", this.table).find((one) => one.dataset.focus === focused)?.focus();
    this.showChoices(state);
  }

  showChoices({ columns, reference, published, grouped }) {
    const { article } = this;
    const keys = columns.map((one) => one.key);
    all(".columns input", article).forEach((box) => (box.checked = keys.includes(box.value)));
    for (const [name, on] of Object.entries({ others: published, grouped })) {
      const box = $(`[name="${name}"]`, article);
      if (box) box.checked = on;
    }
    const notes = $(".published-notes", article);
    if (notes) notes.hidden = !published && this.lines.some((one) => !one.model);
    const words = $(".differences", article);
    words.replaceChildren();
    const button = (text, chosen) => {
      const made = element("button", text, { type: "button" });
      made.addEventListener("click", () => page.choose({ reference: chosen }));
      return made;
    };
    if (!reference) {
      const base = page.defaultReference();
      const line = this.lines.find((one) => one.model && one.model === page.data.models[base]);
      if (line) words.append(button(`Show differences to ${line.label}`, base));
      return;
    }
    const back = button("Show values", null);
    words.append("Differences to ", element("b", reference.label), ", p corrected for all tests of the run; – is not tested. ", back);
  }

  headOf({ columns, sort }) {
    const head = element("thead");
    const row = head.appendChild(element("tr"));
    for (const column of [{ key: "label", titles: ["Model", ""] }, ...columns]) {
      const th = row.appendChild(element("th", "", { scope: "col", className: column.key === "label" ? "" : "num" }));
      if (column.key === sort.key) th.setAttribute("aria-sort", sort.down ? "descending" : "ascending");
      const button = th.appendChild(element("button", column.titles[0], { type: "button" }));
      Object.assign(button.dataset, { sort: column.key, focus: `sort ${column.key}` });
      if (column.titles[1]) button.append(element("br"), element("span", column.titles[1]));
    }
    return head;
  }

  bodies(lines, cells, state) {
    const tops = cells.map((column, place) => this.topOf(lines, column, state.columns[place]));
    const scales = cells.map((column, place) => this.scaleOf(column, state.columns[place]));
    const row = (line) => this.rowOf(line, cells.map((column) => column[lines.indexOf(line)]), { tops, scales, ...state });
    const body = (rows) => {
      const made = element("tbody");
      made.append(...rows);
      return made;
    };
    if (!lines.length) {
      const nothing = element("tr");
      nothing.append(element("td", "No model has this in its name.", { colSpan: cells.length + 1 }));
      return [body([nothing])];
    }
    if (!state.grouped) return [body(lines.map(row))];
    const of = (line) => (line.model ? line.model.encoder : "Published, not run here");
    return [...new Set(lines.map(of))].map((group) => {
      const head = element("tr", "", { className: "group" });
      head.append(element("th", group, { scope: "rowgroup", colSpan: cells.length + 1 }));
      return body([head, ...lines.filter((line) => of(line) === group).map(row)]);
    });
  }

  // The best value as it is shown, of our own lines; none among differences.
  topOf(lines, column, { measure }) {
    const better = page.data.measure[measure].better;
    const values = column.filter((one, n) => lines[n].model && one.own && !one.isDifference).map((one) => one.own.value);
    if (values.length < 2 || better === "near" || column.some((one) => one.isDifference)) return null;
    return page.format(measure, better === "low" ? Math.min(...values) : Math.max(...values));
  }

  // Bars keep their length when lines are filtered, or published ones are shown.
  scaleOf(column, { key }) {
    const ends = (one) => (one ? [one.value, one.low, one.high].filter((end) => Number.isFinite(end)) : []);
    if (column.some((one) => one.isDifference)) {
      const most = Math.max(0, ...column.flatMap((one) => ends(one.difference).map(Math.abs)));
      return [-most, most];
    }
    const values = this.lines.flatMap((line) => ends(this.value(line, { key })));
    return [Math.min(0, ...values), Math.max(0, ...values)];
  }

  rowOf(line, cells, state) {
    const row = element("tr", "", { className: line.model ? "" : "theirs" });
    const head = row.appendChild(line.head.cloneNode(true));
    if (line.model) {
      row.dataset.model = line.model.name;
      const chosen = line === state.reference;
      row.classList.toggle("chosen", chosen);
      const label = $(".label", head);
      const button = element("button", "", { type: "button", className: "pick", title: "Compare all models with this one" });
      button.setAttribute("aria-pressed", chosen);
      button.dataset.focus = `row ${line.id}`;
      label.replaceWith(button);
      button.append(label);
      const seen = $(".seen", head);
      if (seen) button.append("\u2060", seen); // beside the last word of a long label
    }
    cells.forEach((cell, place) => {
      const [column, scale] = [state.columns[place], state.scales[place]];
      const top = line.model ? state.tops[place] : null;
      row.append(cell.isDifference ? this.changeCell(cell, line, scale) : this.valueCell(cell, line, column, scale, { top, state }));
    });
    return row;
  }

  valueCell({ own }, line, { measure }, scale, { top, state }) {
    const td = element("td", "", { className: "num" });
    const text = page.format(measure, own?.value);
    if (own && !state.reference) td.append(this.bar(own, line.colour, scale));
    const figure = td.appendChild(element("span", "", { className: "figure" }));
    if (text === top) {
      td.classList.add("best");
      const star = figure.appendChild(element("span", "★", { className: "star", title: "best of the column" }));
      star.append(element("span", " best ", { className: "hidden" }));
    }
    figure.append(text);
    const words = (low, high) => `${page.format(measure, low)} to ${page.format(measure, high)}`;
    td.title = [
      Number.isFinite(own?.low) ? `95% interval ${words(own.low, own.high)}` : "",
      own?.overSeeds ? `over questions and seeds ${words(...own.overSeeds)}` : "",
      own?.seeds ? `seeds ${words(Math.min(...own.seeds), Math.max(...own.seeds))}` : "",
      own?.queries ? `${page.count(own.queries)} queries` : "",
    ].filter(Boolean).join("; ");
    return td;
  }

  changeCell({ difference }, line, scale) {
    const td = element("td", "", { className: "num change" });
    if (!difference) return Object.assign(td, { textContent: "–" });
    const { measure, value, low, high, test, tested } = difference;
    td.append(this.bar(difference, line.colour, scale));
    const figure = td.appendChild(element("span", page.signed(measure, value), { className: "figure" }));
    if (test) td.dataset.verdict = test.verdict.replaceAll(" ", "-");
    if (test && measure === "log_rank_distance") figure.prepend(element("span", "log ", { className: "small" }));
    const of = test && tested !== measure ? ` (${page.words(tested)})` : "";
    td.append(element("span", test ? page.pText(test.p) + of : "–", { className: "small p" }));
    td.title = test ? test.verdict + (low === undefined ? "" : `; 95% interval ${page.signed(measure, low)} to ${page.signed(measure, high)}`) : "not tested";
    return td;
  }

  bar({ value, low, high }, color, [from, to]) {
    const svg = drawn("svg", { class: "bar-of", color, "aria-hidden": "true" });
    if (to <= from) return svg;
    const place = (one) => ((one - from) / (to - from)) * 100;
    const [start, end] = [place(0), place(value)].sort((a, b) => a - b);
    svg.append(drawn("rect", { x: `${start}%`, width: `${end - start}%`, y: "15%", height: "70%" }));
    if (Number.isFinite(low) && Number.isFinite(high)) {
      svg.append(drawn("line", { x1: `${place(low)}%`, x2: `${place(high)}%`, y1: "50%", y2: "50%" }));
    }
    return svg;
  }

  // ---------------------------------------------------------------------------------------------- CSV
  save() {
    const state = this.state();
    const lines = this.shownLines(state);
    const cells = this.cellsOf(lines, state);
    const parts = state.reference ? ["", " difference", " difference low", " difference high", " p corrected"] : ["", " low", " high", " queries"];
    const names = state.columns.flatMap(({ key }) => parts.map((part) => key.replaceAll("|", " ") + part));
    const data = lines.map((line, n) => [
      line.model ? line.model.name : "", line.label, line.kind, line.model ? "" : $(".small", line.head)?.textContent,
      ...cells.flatMap((column) => {
        const { own, difference } = column[n];
        if (!state.reference) return [own?.value, own?.low, own?.high, own?.queries];
        // Of another measure where the test is of another: that difference is not this column's.
        const same = difference && state.columns[cells.indexOf(column)].measure === difference.measure;
        return [own?.value, ...(same ? [difference.value, difference.low, difference.high] : ["", "", ""]), difference?.test?.p_corrected];
      }),
    ]);
    const columns = ["model", "label", "kind", "source", ...names];
    page.download(`leaderboard-${this.benchmark.name}.csv`, "text/csv", page.csv({ columns, data }));
  }
}

const boards = new Map();

page.onChange(({ benchmark }) => {
  const article = $(`.leaderboard[data-benchmark="${benchmark}"]`);
  if (!article) return;
  if (!boards.has(article)) boards.set(article, new Board(article, benchmark));
  boards.get(article).show();
});
