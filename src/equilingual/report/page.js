// What every section's script uses: window.report, on top of figures.js.
// Texts of data reach the page as textContent, never as HTML.
window.report = (function () {
  "use strict";

  const { $, all, unpack, draw, drawFigure, views, download, csv, svgText } = window.figures;

  // {columns, data} to a list of objects.
  const rowsOf = (table) => table.data.map((row) => Object.fromEntries(table.columns.map((name, i) => [name, row[i]])));

  // A table as CSV. That of tests, which name two models, has no columns that are empty in all rows.
  function csvOf({ columns, data }) {
    const isOfTests = columns.includes("model_a") && data.length > 0;
    const kept = columns.map((_, place) => !isOfTests || data.some((row) => (row[place] ?? "") !== ""));
    const keep = (row) => row.filter((_, place) => kept[place]);
    return csv({ columns: keep(columns), data: data.map(keep) });
  }

  // The form of results/report.json, back from that of packing.py.
  function unpacked(given) {
    for (const one of Object.values(given)) {
      if (one?.columns && one.data) one.data = (one.data[0] ?? []).map((_, row) => one.data.map((column) => column[row]));
    }
    for (const { answers, models } of given.examples) {
      const list = (text, pool) => Array.from(text, (letter) => pool[letter.charCodeAt(0) - 35]);
      for (const model of Object.values(models)) {
        model.hits = model.hits.map((texts, question) => texts.map((text, place) => list(text, answers[question][place])));
      }
    }
    given.examples.forEach((entry) => delete entry.answers);
    return given;
  }

  let data = null;
  let charts = {};
  const ready = unpack("payload").then((text) => {
    ({ data, charts } = JSON.parse(text));
    data = unpacked(data);
    data.rows = { scores: rowsOf(data.scores), comparisons: rowsOf(data.comparisons) };
    data.measure = Object.fromEntries(data.measures.map((one) => [one.name, one]));
    return data;
  });

  // The address after # is a section, then what is chosen: #overview?benchmark=xquad-r&reference=e5-small
  // Options are what sections keep there besides: texts by names of their own.
  const listeners = [];
  const chosen = { benchmark: 0, reference: null, options: {} };

  function address() {
    const [section, query] = location.hash.slice(1).split("?");
    return { section: decodeURIComponent(section), choice: new URLSearchParams(query || "") };
  }

  async function readAddress() {
    const { section, choice } = address();
    const benchmark = data.benchmarks.findIndex((one) => one.name === choice.get("benchmark"));
    chosen.benchmark = Math.max(0, benchmark);
    const reference = data.models.findIndex((one) => one.name === choice.get("reference"));
    chosen.reference = reference < 0 ? null : reference;
    chosen.options = Object.fromEntries([...choice].filter(([name]) => !(name in chosen)));
    await changed(); // what is drawn above a section moves it
    if (section) $(`#${CSS.escape(section)}`)?.scrollIntoView();
  }

  function writeAddress() {
    const choice = new URLSearchParams();
    if (chosen.benchmark) choice.set("benchmark", data.benchmarks[chosen.benchmark].name);
    if (chosen.reference !== null) choice.set("reference", data.models[chosen.reference].name);
    Object.entries(chosen.options).forEach(([name, value]) => choice.set(name, value));
    const { section } = address();
    history.replaceState(null, "", `#${section || ""}${choice.size ? `?${choice}` : ""}`);
  }

  function choose(change) {
    Object.assign(chosen, change);
    writeAddress();
    changed();
  }

  // Sets an option of a section; null or an empty text takes it away.
  function setOption(name, value) {
    const { [name]: _, ...others } = chosen.options;
    choose({ options: value ? { ...others, [name]: value } : others });
  }

  // Shows what is chosen; the promise is kept when all figures are drawn.
  function changed() {
    all("[data-benchmark]").forEach((one) => (one.hidden = Number(one.dataset.benchmark) !== chosen.benchmark));
    const switches = $(".switches");
    switches.elements.benchmark.value = chosen.benchmark;
    switches.elements.reference.value = chosen.reference ?? defaultReference();
    return Promise.all(listeners.map((listener) => listener(chosen)));
  }

  // What the benchmark's cards compare with at first.
  function defaultReference() {
    const base = $(`[data-benchmark="${chosen.benchmark}"] [data-reference]`)?.dataset.reference;
    return Math.max(0, data.models.findIndex((one) => one.name === base));
  }

  // ------------------------------------------------------------------------------------------------ numbers in words
  const THIN = "\u202f";

  function count(value) {
    return Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, THIN).replace("-", "−");
  }

  function format(measure, value) {
    if (value === null || value === undefined || !Number.isFinite(value)) return "–";
    const decimals = data.measure[measure].decimals;
    if (decimals === null) return Math.round(value * 10) / 10 < 100 ? value.toFixed(1) : count(value);
    return value.toFixed(decimals).replace("-", "−");
  }

  // A difference in the way of its measure, with its sign unless it is shown as 0: plots/differences.py.
  function signed(measure, value) {
    const text = format(measure, Math.abs(value));
    return `${/[1-9]/.test(text) ? (value < 0 ? "−" : "+") : ""}${text}`;
  }

  // A measure's title inside a sentence.
  const words = (measure) => data.measure[measure].title.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());

  const pText = (p) => (p < 0.001 ? "p < .001" : `p = ${p.toFixed(3).replace("0.", ".")}`);

  // What the paired test says of a model against another one; null where they were not compared.
  function compare(benchmark, setting, measure, model, reference) {
    const found = data.rows.comparisons.find(
      (one) =>
        one.benchmark === benchmark && one.setting === setting && one.measure === measure &&
        ((one.model_a === model && one.model_b === reference) || (one.model_a === reference && one.model_b === model)),
    );
    if (!found) return null;
    const [after, before] = found.model_a === model ? [found.value_a, found.value_b] : [found.value_b, found.value_a];
    const reversed = found.model_a === model ? {} : { better: "worse", worse: "better" };
    const verdict = reversed[found.outcome] ?? found.outcome;
    const p = verdict === "equivalent" ? found.p_equivalent_corrected : found.p_corrected;
    return { ...found, before, after, verdict, p };
  }

  const score = (benchmark, setting, measure, model, language = "mean", pool = "mean") =>
    data.rows.scores.find(
      (one) =>
        one.model === model && one.benchmark === benchmark && one.setting === setting && one.measure === measure &&
        one.query_language === language && one.pool === pool,
    )?.value ?? null;

  const drawFigures = () => Promise.all(all("figure[data-chart]").map((figure) => drawFigure(figure, charts)));

  // The first figure of the benchmark that is chosen, and can be seen: not all have that of the overview.
  const firstFigure = () => all("[data-benchmark] figure[data-chart]").find((one) => !one.closest("[hidden]") && $("svg", one));

  function offerFigure() {
    const [button, figure] = [$('[data-action="svg"]'), firstFigure()];
    button.disabled = !figure;
    button.title = figure ? ($("figcaption", figure)?.textContent ?? "").trim() : "This benchmark has no figure";
  }

  // ------------------------------------------------------------------------------------------------ buttons
  // Of one query language each: the mean over the other languages, the language itself, or all languages together.
  const isByLanguage = (one) => one.query_language !== "mean" && (one.setting !== "cross-lingual" || one.pool === "mean");

  const actions = {
    scores: () => download("scores.csv", "text/csv", csv(data.scores)),
    languages: () => {
      const kept = data.scores.data.filter((_, row) => isByLanguage(data.rows.scores[row]));
      download("scores-by-language.csv", "text/csv", csv({ ...data.scores, data: kept }));
    },
    seeds: () => download("scores-by-seed.csv", "text/csv", csv(data.seeds)),
    comparisons: () => download("comparisons.csv", "text/csv", csvOf(data.comparisons)),
    svg: () => {
      const figure = firstFigure();
      const name = figure.dataset.chart.replace(/(-\d+)+$/, "");
      const { name: benchmark, about } = data.benchmarks[chosen.benchmark];
      download(`${name}-${benchmark}.svg`, "image/svg+xml", svgText($("svg", figure), about));
    },
    configuration: () => download("config.yaml", "text/yaml", $("#configuration").textContent),
    copy: async (button) => {
      await navigator.clipboard.writeText($("#citation").textContent);
      button.textContent = "Copied";
    },
  };

  // An open menu is seen whole; it closes with Escape, with a click elsewhere, and when another one opens.
  function closeMenus() {
    const menus = all("details.menu");
    menus.forEach((one) => one.addEventListener("toggle", () => one.open && $("div", one).scrollIntoView({ block: "nearest" })));
    document.addEventListener("keydown", ({ key }) => {
      const open = menus.find((one) => one.open);
      if (key !== "Escape" || !open) return;
      open.open = false;
      $("summary", open).focus();
    });
    document.addEventListener("click", ({ target }) =>
      menus.forEach((one) => {
        if (!one.contains(target)) one.open = false;
      }),
    );
  }

  // The bar marks the section in view: the last that begins above the middle of the window; at the page's end the last.
  function followSections() {
    const links = all("nav.bar a");
    const mark = () => {
      const begun = all("main > section").filter((one) => one.getBoundingClientRect().top < innerHeight / 2);
      const { scrollHeight } = document.documentElement;
      const last = scrollY + innerHeight >= scrollHeight - 2 ? all("main > section").pop() : begun.pop();
      const current = last && `#${last.id}`;
      for (const link of links) {
        if (link.getAttribute("href") === current) link.setAttribute("aria-current", "location");
        else link.removeAttribute("aria-current");
      }
    };
    let asked = 0;
    const soon = () => (asked ||= requestAnimationFrame(() => { asked = 0; mark(); }));
    ["scroll", "resize"].forEach((name) => addEventListener(name, soon, { passive: true }));
    mark();
  }

  // A box may be narrower than the name that is chosen, and a table than its columns.
  function helpReading() {
    document.addEventListener("pointerover", ({ target }) => {
      if (target.matches?.("select")) target.title = target.selectedOptions[0]?.text ?? "";
    });
    const sizes = new ResizeObserver((found) =>
      found.forEach(({ target }) => target.classList.toggle("wider", target.scrollWidth > target.clientWidth + 1)),
    );
    all(".scroll").forEach((one) => sizes.observe(one));
  }

  async function start() {
    await ready;
    closeMenus();
    helpReading();
    $(".tables").hidden = false;
    $(".by-seed").hidden = !data.seeds.data.length;
    all("[data-action]").forEach((button) => {
      button.hidden = false;
      button.addEventListener("click", () => actions[button.dataset.action](button));
    });
    all(".others").forEach((one) => (one.hidden = false)); // without scripts all benchmarks are shown
    const switches = $(".switches");
    switches.hidden = false;
    switches.addEventListener("change", ({ target }) => choose({ [target.name]: Number(target.value) }));
    window.addEventListener("hashchange", readAddress);
    listeners.push(drawFigures, offerFigure);
    followSections();
    // A link within the page keeps what else is chosen.
    all("nav.bar a, a.within").forEach((link) =>
      link.addEventListener("click", () => setTimeout(writeAddress)),
    );
    await readAddress();
  }

  // Sections' scripts run after this one, and before the data are there.
  addEventListener("DOMContentLoaded", () => start().catch((error) => console.error(error)));

  return {
    ready, chosen, choose, setOption, onChange: (listener) => listeners.push(listener), $, all, rowsOf, format, signed, count, words, pText,
    compare, score, draw, views, download, csv: csvOf, get data() { return data; }, get charts() { return charts; }, defaultReference,
  };
})();
