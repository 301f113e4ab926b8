// What the scripts of all pages use: window.figures. Texts of data reach the page as textContent, never as HTML.
window.figures = (function () {
  "use strict";

  const $ = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  async function unpack(id) {
    const bytes = Uint8Array.from(atob($(`#${id}`).textContent), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).text();
  }

  // ------------------------------------------------------------------------------------------------ figures
  const tip = $(".tip");

  function showTip(handler, event, item, value) {
    tip.hidden = value === null || value === undefined;
    if (tip.hidden) return;
    const lines = typeof value === "object" ? Object.entries(value) : [["", value]];
    tip.replaceChildren(
      ...lines.map(([name, text]) => {
        const line = document.createElement("div");
        const term = line.appendChild(document.createElement("span"));
        term.textContent = name ? `${name} ` : "";
        line.appendChild(document.createElement("b")).textContent = text;
        return line;
      }),
    );
    const { clientWidth: width, clientHeight: height } = document.documentElement;
    tip.style.left = `${Math.max(4, Math.min(event.clientX + 14, width - tip.offsetWidth - 8))}px`;
    tip.style.top = `${Math.max(4, Math.min(event.clientY + 14, height - tip.offsetHeight - 8))}px`;
  }

  let library = null;

  function vega() {
    library ??= unpack("vega").then((text) => {
      const script = document.createElement("script");
      script.textContent = text;
      document.head.append(script);
      return window.vegaEmbed;
    });
    return library;
  }

  // Draws a specification into an element, as wide as the element, and returns Vega's view.
  async function draw(element, spec) {
    const embed = await vega();
    const fitted = { ...spec, width: "container", autosize: { type: "fit-x", contains: "padding" } };
    const options = { mode: "vega-lite", renderer: "svg", actions: false, ast: true, defaultStyle: false, tooltip: showTip };
    const { view } = await embed(element, fitted, options);
    $("svg", element).setAttribute("aria-hidden", "true"); // the element's own label says what it shows
    fitRows(view, spec);
    return view;
  }

  // A narrow figure whose names take two lines has higher rows (plots/differences.py).
  function fitRows(view, { height, usermeta }) {
    if (!usermeta?.narrow) return;
    const fit = (_, width) => view.height(width < usermeta.narrow.below ? usermeta.narrow.height : height).runAsync();
    view.addSignalListener("width", fit);
    fit("width", view.width());
  }

  // Paper has the picture that Python drew, whatever the width of the window.
  function keepForPaper(picture) {
    const printed = document.createElement("div");
    printed.className = "printed";
    printed.append($("svg", picture).cloneNode(true)); // the screen shows it too until its own is drawn
    picture.after(printed);
  }

  const views = new Map();

  // Redraws the pictures that Python drew: with values on hover, and as wide as their column.
  async function drawFigure(figure, charts) {
    const name = figure.dataset.chart;
    if (views.has(name) || figure.closest("[hidden]")) return;
    views.set(name, null);
    keepForPaper($(".picture", figure));
    views.set(name, await draw($(".picture", figure), charts[name]));
    figure.dataset.drawn = "";
    figure.dispatchEvent(new Event("drawn"));
  }

  // ------------------------------------------------------------------------------------------------ buttons
  function download(name, type, text) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  function csv(table) {
    const cell = (value) => (/[",\n]/.test(value ?? "") ? `"${String(value).replaceAll('"', '""')}"` : value ?? "");
    return [table.columns, ...table.data].map((row) => row.map(cell).join(",")).join("\n") + "\n";
  }

  const SVG = "http://www.w3.org/2000/svg";

  // Says what a figure is of, as its title and in a line below, as vega.py does in files.
  function nameFigure(svg, about) {
    const add = (name, text, attributes = {}) => {
      const made = document.createElementNS(SVG, name);
      made.textContent = text;
      Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
      return made;
    };
    const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
    const wide = Math.max(width, Math.round(about.length * 6.2) + 10);
    const size = { width: wide, height: height + 20, viewBox: `0 0 ${wide} ${height + 20}` };
    Object.entries(size).forEach(([key, value]) => svg.setAttribute(key, value));
    svg.prepend(add("title", about), add("rect", "", { width: wide, height: height + 20, fill: "#ffffff" }));
    svg.append(add("text", about, { x: 5, y: height + 10, "font-family": "sans-serif", "font-size": "11px", fill: "var(--soft)" }));
  }

  // The figure in the colours of the light theme, with its own size; `about` says what it is of.
  function svgText(svg, about = "") {
    const copy = svg.cloneNode(true);
    copy.setAttribute("xmlns", SVG);
    copy.removeAttribute("aria-hidden");
    if (about) nameFigure(copy, about);
    const light = all("style")[0].textContent.match(/:root \{([^}]*)\}/)[1];
    const colours = Object.fromEntries([...light.matchAll(/(--[\w-]+): (#[0-9a-f]{6});/g)].map((one) => [one[1], one[2]]));
    return new XMLSerializer().serializeToString(copy).replace(/var\((--[\w-]+)\)/g, (_, name) => colours[name]);
  }

  return { $, all, unpack, draw, drawFigure, views, download, csv, svgText };
})();
