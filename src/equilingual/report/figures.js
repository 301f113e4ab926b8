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
    return view;
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

  // The figure in the colours of the light theme, with its own size.
  function svgText(svg) {
    const copy = svg.cloneNode(true);
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    const light = all("style")[0].textContent.match(/:root \{([^}]*)\}/)[1];
    const colours = Object.fromEntries([...light.matchAll(/(--[\w-]+): (#[0-9a-f]{6});/g)].map((one) => [one[1], one[2]]));
    return new XMLSerializer().serializeToString(copy).replace(/var\((--[\w-]+)\)/g, (_, name) => colours[name]);
  }

  return { $, all, unpack, draw, drawFigure, views, download, csv, svgText };
})();
