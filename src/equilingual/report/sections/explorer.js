"use strict";
const { $, all, count } = page;
const ENGLISH = "en";
const NO_ENGLISH = "(no English version)";
const OTHERWISE_SPLIT = "(in English, part of other sentences)"; // explorer.py

// An element with attributes and children; texts of data come as children, which are text and never HTML.
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / (values.length || 1);

class Explorer {
  constructor(article, entry) {
    this.article = article;
    this.entry = entry;
    this.form = $(".choices", article);
    const pair = article.dataset.pair.split(" ").map((number) => Object.keys(entry.models)[number]);
    this.first = { question: Number(article.dataset.question), left: pair[0], right: pair.at(-1) };
    this.relevant = entry.questions.map((one) => new Set(one.relevant));
    this.hasGlosses = entry.candidates.english.some((english) => english !== null);
    this.fill();
  }

  get fields() {
    return this.form.elements;
  }

  // ---------------------------------------------------------------------------------------------- what is chosen
  // From the address, and what it does not say from the page as it was written.
  read({ options, reference }) {
    const { entry, first } = this;
    const has = (model) => Object.hasOwn(entry.models, model);
    const compared = reference === null ? null : page.data.models[reference].name;
    this.right = has(options.right) ? options.right : first.right;
    const wanted = [options.left, compared, first.left, ...Object.keys(entry.models)];
    this.left = wanted.find((model) => has(model) && model !== this.right) ?? this.right; // another one, where there is one
    const asked = entry.questions.findIndex((one) => one.id === options.question);
    this.question = asked >= 0 ? asked : first.question; // other models answer the same question
    const texts = entry.questions[this.question].texts;
    this.row = Object.hasOwn(texts, options.asked) ? options.asked : this.firstRow();
    this.show();
  }

  choose(change) {
    const { entry } = this;
    const now = { question: this.question, left: this.left, right: this.right, row: null, ...change };
    const options = {
      ...page.chosen.options, question: entry.questions[now.question].id, left: now.left, right: now.right, asked: now.row,
    };
    if (now.row === null) delete options.asked;
    history.replaceState(null, "", `#explorer${location.hash.match(/\?.*/)?.[0] ?? ""}`);
    page.choose({ options });
  }

  // ---------------------------------------------------------------------------------------------- gains
  correct(model, question) {
    const hits = this.entry.models[model].hits[question];
    return hits.map((list) => list.filter((number) => this.relevant[question].has(number)).length);
  }

  gain(question) {
    return mean(this.correct(this.right, question)) - mean(this.correct(this.left, question));
  }

  // Of all questions where the file says so: for a model and its base encoder. Otherwise of those that are shown.
  extreme(kind) {
    const about = this.entry.models[this.right];
    if (about.base === this.left && Number.isInteger(about[kind])) return about[kind];
    const gains = this.entry.questions.map((_, question) => this.gain(question));
    const order = gains.map((_, question) => question).sort((a, b) => gains[a] - gains[b] || a - b);
    if (kind === "gain") return gains.indexOf(Math.max(...gains));
    return kind === "loss" ? order[0] : order[(order.length - 1) >> 1];
  }

  // English if it gains, else the language that gains most; of a question that loses, loses: first_row of explorer.py.
  firstRow() {
    const tags = Object.keys(this.entry.questions[this.question].texts);
    const [before, after] = [this.left, this.right].map((model) => this.correct(model, this.question));
    const sign = this.gain(this.question) < 0 ? -1 : 1;
    const gains = tags.map((_, place) => sign * (after[place] - before[place]));
    return gains[tags.indexOf(ENGLISH)] > 0 ? ENGLISH : tags[gains.indexOf(Math.max(...gains))];
  }

  // On how many questions the right model has more correct answers, fewer, and as many: totals_of of explorer.py.
  totals() {
    const { entry, left, right } = this;
    const gains = entry.questions.map((_, question) => this.gain(question));
    const known = [entry.models[right].wins[left], entry.models[left].wins[right]];
    const isKnown = known.every(Number.isInteger);
    const of = isKnown ? entry.of : gains.length;
    const [more, fewer] = isKnown ? known : [1, -1].map((sign) => gains.filter((gain) => sign * gain > 0).length);
    const among = isKnown ? `all ${count(of)} questions` : `the ${count(of)} questions shown here`;
    return `Of ${among}, the right-hand model has more correct answers than the left-hand one for ${count(more)}, ` +
      `fewer for ${count(fewer)}, and the same number for ${count(of - more - fewer)}.`;
  }

  jump(kind) {
    this.fields.search.value = "";
    const { length } = this.entry.questions;
    const step = 1 + Math.floor(Math.random() * (length - 1)); // another one than this
    this.choose({ question: kind === "random" ? (this.question + step) % length : this.extreme(kind) });
  }

  // ---------------------------------------------------------------------------------------------- controls
  fill() {
    const { entry, fields, form } = this;
    const labels = Object.fromEntries(page.data.models.map((one) => [one.name, one.label]));
    for (const name of ["left", "right"]) {
      fields[name].replaceChildren(...Object.keys(entry.models).map((model) => make("option", { value: model }, labels[model])));
    }
    this.labels = labels;
    form.hidden = false;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("change", ({ target }) => {
      if (target.name === "question") this.choose({ question: Number(target.value) });
      else if (target.name !== "search") this.choose({ [target.name]: target.value });
    });
    fields.search.addEventListener("input", () => this.search());
    all("[data-jump]", form).forEach((button) => button.addEventListener("click", () => this.jump(button.dataset.jump)));
    all(".places", this.article).forEach((table, side) => {
      table.addEventListener("click", ({ target }) => {
        const row = target.closest("tr[data-row]");
        if (row) this.point(row.dataset.row, side, Number(target.closest("td")?.dataset.rank));
      });
      table.addEventListener("keydown", (event) => this.move(event));
    });
  }

  // The questions that hold the words in any of their languages; the first of them is shown.
  search() {
    const words = this.fields.search.value.trim().toLowerCase();
    const found = this.matching(words);
    this.list(found);
    $(".found", this.article).textContent = words ? `${found.length} found. ` : "";
    if (found.length && !found.includes(this.question)) this.choose({ question: found[0] });
  }

  matching(words) {
    const has = (one) => Object.values(one.texts).some((text) => text.toLowerCase().includes(words));
    return this.entry.questions.flatMap((one, question) => (has(one) ? [question] : []));
  }

  list(questions) {
    const text = ({ texts }) => texts[ENGLISH] ?? Object.values(texts)[0];
    const option = (question) => make("option", { value: question, dir: "auto" }, text(this.entry.questions[question]));
    this.fields.question.replaceChildren(...questions.map(option));
    this.fields.question.value = this.question;
  }

  // Shows the texts of a row, and marks the answer of a cell.
  point(row, side, rank) {
    this.choose({ row });
    $(`.side:nth-child(${side + 1}) tr[data-row="${CSS.escape(row)}"] button`, this.article)?.focus({ preventScroll: true });
    const answer = all(".answers", this.article)[side].children[rank - 1];
    answer?.classList.add("at");
    answer?.scrollIntoView({ block: "nearest" });
  }

  move(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const table = event.target.closest(".places");
    const buttons = all("button", table);
    const next = buttons[buttons.indexOf(event.target) + step];
    if (!step || !next) return;
    event.preventDefault();
    this.point(next.closest("tr").dataset.row, all(".places", this.article).indexOf(table), NaN);
  }

  // ---------------------------------------------------------------------------------------------- what is shown
  show() {
    const { entry, fields, article } = this;
    this.list(this.matching(fields.search.value.trim().toLowerCase()));
    fields.left.value = this.left;
    fields.right.value = this.right;
    if (this.left !== this.right) {
      for (const option of fields.left.options) option.disabled = option.value === this.right;
      for (const option of fields.right.options) option.disabled = option.value === this.left;
      $(".totals", article).textContent = this.totals();
    }
    const { texts } = entry.questions[this.question];
    const tag = ENGLISH in texts ? ENGLISH : this.row;
    $(".asked", article).replaceChildren(this.text("bdi", texts[tag], tag));
    const models = all(".side", article).length === 1 ? [this.right] : [this.left, this.right];
    all(".side", article).forEach((side, place) => this.showSide(side, models[place]));
  }

  text(element, text, tag, more = {}) {
    return make(element, { lang: tag, dir: this.entry.languages[tag].direction, ...more }, text);
  }

  showSide(side, model) {
    const { entry, question, row } = this;
    const { texts } = entry.questions[question];
    const tags = Object.keys(texts);
    const lists = entry.models[model].hits[question];
    const spoken = (list) => new Set(list.map((number) => entry.candidates.language[number])).size;
    const average = lists.length > 1 ? ", on average" : "";
    for (const name of ["h4", ".whose"]) $(name, side).textContent = this.labels[model];
    $(".summary", side).textContent =
      `${mean(lists.map(spoken)).toFixed(1)} languages and ${mean(this.correct(model, question)).toFixed(1)} correct answers ` +
      `among the first ${entry.depth}${average}`;
    $("caption bdi", side).textContent = this.labels[model];
    const longest = Math.max(...lists.map((list) => list.length));
    $("thead tr", side).replaceChildren(
      make("td"), ...Array.from({ length: longest }, (_, rank) => make("th", { scope: "col" }, String(rank + 1))),
    );
    $("tbody", side).replaceChildren(...tags.map((tag, place) => this.line(tag, lists[place])));
    const said = $(".said", side);
    $("bdi", said).textContent = entry.languages[row].name;
    said.lastElementChild.replaceWith(this.text("bdi", texts[row], row));
    $(".answers", side).replaceChildren(...lists[tags.indexOf(row)].map((number, rank) => this.answer(number, rank + 1)));
  }

  line(tag, list) {
    const { entry, relevant, question, row } = this;
    const { name, colour } = entry.languages[tag];
    const button = make("button", { type: "button", "aria-pressed": String(tag === row), "aria-label": `${tag}, ${name}: show the texts` }, tag);
    const cells = list.map((number, place) => {
      const own = entry.languages[entry.candidates.language[number]];
      const correct = relevant[question].has(number);
      const text = entry.candidates.text[entry.candidates.english[number] ?? number];
      const cell = make("td", { class: `l${own.colour}${correct ? " correct" : ""}`, title: `${place + 1}. ${own.name}: ${text}`, "data-rank": place + 1 });
      cell.append(entry.candidates.language[number], ...(correct ? [make("span", { class: "hidden" }, " correct")] : []));
      return cell;
    });
    const head = make("th", { scope: "row", class: `l${colour}`, title: name }, button);
    return make("tr", { "data-row": tag, class: tag === row ? "chosen" : null }, head, ...cells);
  }

  // The English version of an answer, or that it has none; null for an English one, and where no answer has one.
  gloss(number) {
    const { english, language, text } = this.entry.candidates;
    if (english[number] !== null) {
      const relevant = this.relevant[this.question];
      return relevant.has(english[number]) === relevant.has(number) ? text[english[number]] : OTHERWISE_SPLIT;
    }
    return this.hasGlosses && language[number] !== ENGLISH ? NO_ENGLISH : null;
  }

  answer(number, rank) {
    const { entry, relevant, question } = this;
    const tag = entry.candidates.language[number];
    const { name, colour } = entry.languages[tag];
    const gloss = this.gloss(number);
    const correct = relevant[question].has(number);
    const parts = [this.text("p", entry.candidates.text[number], tag)];
    if (gloss !== null) parts.push(make("p", { class: "gloss", lang: ENGLISH, dir: "ltr" }, gloss));
    if (correct) parts.unshift(make("span", { class: "tick-mark" }, "✓ correct"));
    const chip = make("abbr", { class: `l${colour}`, title: name }, tag);
    return make("li", { class: correct ? "correct" : null, title: entry.candidates.id[number] },
      make("span", { class: "rank" }, String(rank)), chip, make("div", {}, ...parts));
  }
}

const made = new Map();

page.onChange((chosen) => {
  const article = $(`.explorer[data-benchmark="${chosen.benchmark}"]`);
  if (!article) return;
  const { name } = page.data.benchmarks[chosen.benchmark];
  if (!made.has(article)) made.set(article, new Explorer(article, page.data.examples.find((one) => one.benchmark === name)));
  made.get(article).read(chosen);
});
