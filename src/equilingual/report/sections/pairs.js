"use strict";
const { $, all } = page;
const section = $("#pairs");
const live = $(".live", section);
const form = $("form", live);
const STEPS = 11; // as in plots/maps.py, and so are the differences that begin a step
const DIFFERENCES = [0.01, 0.02, 0.05, 0.1, 0.2];
const MANY = 24; // languages: above, cells are too small for numbers
const NOTHING = "nothing"; // compared with nothing: the values themselves

// What results/bias/ has of pairs, where candidates of all languages are searched at once.
const EXPOSURE = {
  median_rank: { title: "Median rank of the first answer", better: "low" },
  share: { title: "Share of the first ten ÷ share of the pool", better: null },
};
const isExposure = (measure) => measure in EXPOSURE;
const titleOf = (measure) => (EXPOSURE[measure] ?? page.data.measure[measure]).title;
const betterOf = (measure) => (EXPOSURE[measure] ?? page.data.measure[measure]).better;

// benchmark → measure → model → "query|candidates" → { value, queries, low, high }
const tables = new Map();

function put(row, measure, query, pool, value, { queries = null, low = null, high = null } = {}) {
  if (value === null || !Number.isFinite(value)) return;
  let at = tables;
  for (const key of [row.benchmark, measure, row.model]) {
    if (!at.has(key)) at.set(key, new Map());
    at = at.get(key);
  }
  at.set(`${query}|${pool}`, { value, queries, low, high });
}

function collect() {
  for (const row of page.data.rows.scores) {
    if (row.setting === "multilingual" || row.query_language === "mean" || row.pool === "mean") continue;
    put(row, row.measure, row.query_language, row.pool, row.value, row);
  }
  // A benchmark whose pairs all share a language would have a map of one row.
  for (const [name, measures] of tables) {
    for (const [measure, models] of measures) {
      const pairs = [...models.values()].flatMap((cells) => [...cells.keys()]).map((key) => key.split("|"));
      const across = pairs.filter(([query, pool]) => query !== pool);
      const languages = new Set(across.flat());
      const inAll = [...languages].some((tag) => across.every((pair) => pair.includes(tag)));
      if (across.length < 2 || (inAll && languages.size > 2)) measures.delete(measure);
    }
    if (!measures.size) tables.delete(name);
  }
  for (const row of page.rowsOf(page.data.exposure)) {
    if (!tables.has(row.benchmark)) continue;
    put(row, "median_rank", row.query_language, row.language, row.median_rank);
    if (row.pool_share) put(row, "share", row.query_language, row.language, row.share / row.pool_share);
  }
}

// -------------------------------------------------------------------------------------------------- values in words
const short = (value) => {
  const text = Math.abs(value).toFixed(2).replace(/^0/, "");
  return `${value < 0 && text !== ".00" ? "−" : ""}${text}`;
};
const signed = (value) => (short(Math.abs(value)) === ".00" ? "0" : `${value < 0 ? "−" : "+"}${short(Math.abs(value))}`);
const rank = (value) => {
  if (value < 10) return value.toFixed(1).replace(".0", "");
  if (value < 999.5) return value.toFixed(0);
  return `${(value / 1000).toFixed(value < 9950 ? 1 : 0)}k`;
};
const times = (value) => `${value >= 9.95 ? value.toFixed(0) : value >= 0.095 || value === 0 ? value.toFixed(1) : value.toFixed(2)}×`;
const FARTHEST = 3; // doublings of a language's share at the ends of the scale
const log2 = (value) => Math.log2(Math.max(value, 2 ** -20));

// How a measure's values or differences are placed on a scale, and written: `place` is linear on the scale.
function scaleOf(measure, isDifference, values) {
  if (isDifference && isExposure(measure)) {
    const far = Math.max(0.5, Math.ceil(Math.max(0, ...values.map((one) => Math.abs(log2(one)))) * 2) / 2);
    const end = Math.min(far, 6);
    return { kind: "d", ends: [-end, end], place: log2, text: times, back: (at) => 2 ** at };
  }
  if (isDifference) {
    const place = (one) => Math.sign(one) * DIFFERENCES.filter((least) => Math.abs(one) >= least).length;
    const back = (at) => Math.sign(at) * (DIFFERENCES[Math.abs(at) - 1] ?? 0);
    return { kind: "d", ends: [-5, 5], place, text: signed, back, ticks: STEPS };
  }
  if (measure === "share") {
    return { kind: "d", ends: [-FARTHEST, FARTHEST], place: log2, text: times, back: (at) => 2 ** at };
  }
  if (measure === "median_rank") {
    const place = (one) => Math.log2(Math.max(one, 1));
    return { kind: "s", ends: [0, Math.max(1, ...values.map(place))], place, text: rank, back: (at) => 2 ** at };
  }
  const low = Math.floor(Math.min(...values) * 10 + 1e-9) / 10;
  const high = Math.max(Math.ceil(Math.max(...values) * 10 - 1e-9) / 10, low + 0.1);
  return { kind: "s", ends: [low, high], place: (one) => one, text: short, back: (at) => at };
}

// The number in a cell: equal numbers have equal colours.
const printed = (text) => Number(text.replace("−", "-").replace("×", "").replace("k", "e3"));

function colours(scale, value, flip) {
  const [low, high] = scale.ends;
  let part = Math.min(Math.max((scale.place(printed(scale.text(value))) - low) / (high - low), 0), 1);
  if (flip) part = 1 - part;
  // Half to even, as Python rounds.
  const exact = part * (STEPS - 1);
  const step = Math.abs(exact % 1) === 0.5 ? 2 * Math.round(exact / 2) : Math.round(exact);
  const isFar = scale.kind === "s" ? step >= 6 : Math.abs(step - 5) >= 4;
  return { fill: `var(--${scale.kind}${step})`, ink: `var(--on-${isFar ? "high" : "low"})` };
}

// -------------------------------------------------------------------------------------------------- what is chosen
const benchmark = () => page.data.benchmarks[page.chosen.benchmark];
const modelOf = (name) => page.data.models.find((one) => one.name === name);

function options(select, entries, value) {
  select.replaceChildren(
    ...entries.map(([name, text]) => {
      const option = document.createElement("option");
      option.value = name;
      option.textContent = text;
      return option;
    }),
  );
  select.value = value;
}

function defaults(measures) {
  const measure = [...measures.keys()][0];
  const models = [...measures.get(measure).keys()];
  const of = $(`#pairs .multiples[data-benchmark="${page.chosen.benchmark}"]`)?.dataset.model;
  const model = models.includes(of) ? of : models[models.length - 1];
  const bar = page.data.models[page.chosen.reference ?? page.defaultReference()]?.name;
  return { model, against: models.includes(bar) && bar !== model ? bar : NOTHING, measure, order: "given" };
}

function wanted(measures) {
  const first = defaults(measures);
  const read = (name, known) => {
    const value = page.chosen.options[`pairs.${name}`] ?? null;
    return value !== null && known(value) ? value : first[name];
  };
  const measure = read("measure", (name) => measures.has(name));
  const models = measures.get(measure);
  const model = read("model", (name) => models.has(name));
  const against = read("against", (name) => name === NOTHING || models.has(name));
  const order = read("order", (name) => $(`option[value="${CSS.escape(name)}"]`, form.elements.order));
  return { measure, model, against: against === model ? NOTHING : against, order, first };
}

// -------------------------------------------------------------------------------------------------- the map
function cellsOf(measures, { measure, model, against }) {
  const [own, other] = [measures.get(measure).get(model) ?? new Map(), measures.get(measure).get(against)];
  const isDifference = Boolean(other);
  const found = [];
  for (const [key, one] of own) {
    const [q, c] = key.split("|");
    const { value } = one;
    const against = other?.get(key) ?? null;
    const before = against?.value ?? null;
    if (isDifference && before === null) continue;
    const shown = !isDifference ? value : isExposure(measure) ? (before ? value / before : null) : value - before;
    if (shown !== null) found.push({ q, c, shown, before, against, ...one });
  }
  const all = isDifference
    ? found.map((one) => one.shown)
    : [...measures.get(measure).values()].flatMap((cells) => [...cells.values()].map((one) => one.value));
  return { found, scale: scaleOf(measure, isDifference, all), isDifference };
}

function sorted(tags, order, found, scale) {
  if (order === "given") return tags.map((one) => one.tag);
  let key;
  if (order === "value") {
    const sums = new Map(tags.map(({ tag }) => [tag, [0, 0]]));
    for (const one of found) for (const tag of [one.q, one.c]) {
      const sum = sums.get(tag);
      if (sum) (sum[0] += (scale.ticks ? one.shown : scale.place(one.shown))), (sum[1] += 1);
    }
    key = ({ tag }) => -(sums.get(tag)[1] ? sums.get(tag)[0] / sums.get(tag)[1] : -Infinity);
  } else {
    const fixed = order === "resource" ? ["high", "mid", "low"] : [];
    const groups = [...fixed, ...new Set(tags.map((one) => one[order] ?? "").filter(Boolean)), ""];
    key = (one) => groups.indexOf(one[order] ?? "");
  }
  return [...tags].sort((a, b) => key(a) - key(b)).map((one) => one.tag);
}

const full = (measure, value) => (measure === "median_rank" ? rank(value) : measure === "share" ? times(value) : page.format(measure, value));

const withEnds = (measure, one) =>
  full(measure, one.value) +
  (Number.isFinite(one.low) ? ` (95% interval ${full(measure, one.low)} to ${full(measure, one.high)})` : "");

function hover(one, names, choice, isDifference) {
  const { measure, model, against } = choice;
  const shown = { "query in": names(one.q), "candidates in": names(one.c) };
  if (isDifference) {
    shown[modelOf(model).label] = withEnds(measure, one);
    shown[modelOf(against).label] = withEnds(measure, one.against);
    shown.difference = isExposure(measure) ? times(one.shown) : `${one.shown < 0 ? "−" : "+"}${page.format(measure, Math.abs(one.shown))}`;
  } else shown[titleOf(measure)] = withEnds(measure, one);
  if (one.queries) shown.questions = page.count(one.queries);
  return shown;
}

function specOf(found, order, names, choice, scale, isDifference) {
  const flip = isDifference && betterOf(choice.measure) === "low";
  const spec = structuredClone(page.charts["language-pairs"]);
  const wide = $(".picture", live).clientWidth > 560;
  const label = (tag) => (wide ? names(tag) : tag);
  spec.data.values = found.map((one) => ({
    q: one.q, c: one.c, row: label(one.q), text: scale.text(one.shown), ...colours(scale, one.shown, flip),
    hover: hover(one, names, choice, isDifference),
  }));
  const many = order.length > MANY;
  spec.encoding.x.scale.domain = order;
  spec.encoding.x.axis.labelAngle = many ? -90 : 0;
  spec.encoding.y.field = "row";
  spec.encoding.y.scale.domain = order.map(label);
  spec.height = order.length * (many ? 17 : 30);
  for (const axis of [spec.encoding.x.axis, spec.encoding.y.axis]) axis.labelFontSize = many ? 9 : 12;
  return spec;
}

function showScale(scale, choice, isDifference) {
  const flip = isDifference && betterOf(choice.measure) === "low";
  $(".swatches", live).replaceChildren(
    ...Array.from({ length: STEPS }, (_, number) => {
      const swatch = document.createElement("i");
      swatch.style.background = `var(--${scale.kind}${number})`;
      return swatch;
    }),
  );
  const [low, high] = scale.ends;
  const ticks = scale.ticks ?? 3;
  const places = Array.from({ length: ticks }, (_, number) => low + ((high - low) * number) / (ticks - 1));
  if (flip) places.reverse();
  $(".scale", live).classList.toggle("stepped", ticks === STEPS);
  $(".ends", live).replaceChildren(
    ...places.map((place) => {
      const span = document.createElement("span");
      span.textContent = scale.text(scale.back(place));
      return span;
    }),
  );
  const among = isExposure(choice.measure) ? "the candidates of all languages; the cell is about those in the column’s" : "candidates in the column’s";
  $("#pairs .lead-in").textContent = `In each cell, queries in the row’s language are searched among ${among} language. Outlined cells are monolingual.`;
  const words = {
    share: "Orange: a smaller share than in the pool. Blue: a larger share.",
    median_rank: "Lower is better: the answer is nearer to the top of the list.",
  };
  $(".scale-words", live).textContent = isDifference
    ? betterOf(choice.measure) === null ? "Orange: a smaller share than with the other model. Blue: a larger share." : isExposure(choice.measure) ? "Orange: worse. Blue: better." : "Orange: worse. Blue: better. Each colour begins at the number below it; the steps are narrow near 0, and the same for all models."
    : words[choice.measure] ?? "One scale for all models.";
}

function mean(found) {
  return found.reduce((sum, one) => sum + one.shown, 0) / found.length;
}

function showExtremes(found, names, scale, measure, isDifference) {
  const box = $(".extremes", live);
  const write = (value) => (isDifference ? scale.text(value) : full(measure, value));
  const lines = [];
  if (!isExposure(measure)) {
    for (const [words, kept] of [["Mean, monolingual", found.filter((one) => one.q === one.c)], ["Mean, cross-lingual", found.filter((one) => one.q !== one.c)]]) {
      if (kept.length) lines.push([words, write(mean(kept))]);
    }
  }
  const inOrder = [...found].sort((a, b) => b.shown - a.shown);
  const pair = (one) => [`${names(one.q)} → ${names(one.c)}`, write(one.shown)];
  const list = document.createElement("dl");
  const add = ([term, text], heading) => {
    const line = list.appendChild(document.createElement("div"));
    if (heading) line.className = "heading";
    line.appendChild(document.createElement("dt")).textContent = term;
    line.appendChild(document.createElement("dd")).textContent = text;
  };
  lines.forEach((line) => add(line));
  const few = Math.min(3, Math.floor(inOrder.length / 2));
  if (few) {
    add(["Highest", ""], true);
    inOrder.slice(0, few).forEach((one) => add(pair(one)));
    add(["Lowest", ""], true);
    inOrder.slice(-few).reverse().forEach((one) => add(pair(one)));
  }
  box.replaceChildren(list);
}

let current = null; // what is shown, for the table and the download

function fillTable() {
  const details = $(".beside-map details", live);
  if (!details.open || !current) return;
  const { found, order, names, scale } = current;
  const at = new Map(found.map((one) => [`${one.q}|${one.c}`, one]));
  const table = $("table", details);
  table.replaceChildren(table.caption);
  table.caption.textContent = current.title;
  const head = table.createTHead().insertRow();
  const headed = (row, text, scope) => {
    const cell = row.appendChild(document.createElement("th"));
    cell.scope = scope;
    cell.textContent = text;
  };
  headed(head, "Query", "col");
  order.forEach((tag) => headed(head, tag, "col"));
  const body = table.createTBody();
  for (const q of order) {
    const row = body.insertRow();
    headed(row, names(q), "row");
    order.forEach((c) => {
      const one = at.get(`${q}|${c}`);
      const cell = row.insertCell();
      cell.className = "num";
      cell.textContent = one ? scale.text(one.shown) : "–";
    });
  }
}

function saveCsv() {
  const columns = ["benchmark", "measure", "model", "compared_with", "query_language", "candidate_language", "value", "low", "high", "other", "other_low", "other_high", "shown"];
  const { measure, model, against } = current.choice;
  const data = current.found.map((one) => [benchmark().name, measure, model, against, one.q, one.c, one.value, one.low, one.high, one.before, one.against?.low, one.against?.high, one.shown]);
  page.download(`language-pairs-${benchmark().name}.csv`, "text/csv", page.csv({ columns, data }));
}

let drawing = Promise.resolve();
let view = null;

function redraw() {
  const measures = tables.get(benchmark().name);
  live.hidden = !measures;
  $(".none", section).hidden = Boolean(measures);
  if (!measures) return;
  const choice = wanted(measures);
  const names = (tag) => {
    const found = benchmark().languages.find((one) => one.tag === tag);
    return found && found.name !== tag ? `${found.name} (${tag})` : tag;
  };
  const models = [...measures.get(choice.measure).keys()].map((name) => [name, modelOf(name).label]);
  options(form.elements.model, models, choice.model);
  options(form.elements.against, [[NOTHING, "nothing: show values"], ...models.filter(([name]) => name !== choice.model)], choice.against);
  options(form.elements.measure, [...measures.keys()].map((name) => [name, titleOf(name)]), choice.measure);
  form.elements.order.value = choice.order;
  const { found, scale, isDifference } = cellsOf(measures, choice);
  const present = new Set(found.flatMap((one) => [one.q, one.c]));
  const order = sorted(benchmark().languages.filter((one) => present.has(one.tag)), choice.order, found, scale);
  const place = new Map(order.map((tag, number) => [tag, number]));
  found.sort((a, b) => place.get(a.q) - place.get(b.q) || place.get(a.c) - place.get(b.c));
  const title = `${titleOf(choice.measure)}: ${modelOf(choice.model).label}${isDifference ? ` compared with ${modelOf(choice.against).label}` : ""}`;
  current = { found, order, names, scale, choice, title };
  $("figcaption", live).textContent = title;
  const picture = $(".picture", live);
  picture.setAttribute("aria-label", `Map of ${title}. The table beside it has its values.`);
  live.classList.toggle("many", order.length > MANY);
  showScale(scale, choice, isDifference);
  showExtremes(found, names, scale, choice.measure, isDifference);
  fillTable();
  drawing = drawing.then(async () => {
    if (current.choice !== choice) return; // another one was chosen meanwhile
    view?.finalize();
    view = await page.draw(picture, specOf(found, order, names, choice, scale, isDifference));
    live.dataset.drawn = JSON.stringify([choice.measure, choice.model, choice.against, choice.order]);
  });
  drawing.catch((error) => console.error(error));
}

form.addEventListener("change", ({ target }) => {
  page.setOption(`pairs.${target.name}`, target.value); // which draws the map again
});
form.addEventListener("submit", (event) => event.preventDefault());
$(".beside-map details", live).addEventListener("toggle", fillTable);
$("button[name=csv]", live).addEventListener("click", saveCsv);

page.ready.then(() => {
  collect();
  section.classList.add("mapped");
});
page.onChange(() => redraw());
