// The page of a study: figures with values on hover, and files to take away.
(function () {
  "use strict";

  const { $, all, unpack, drawFigure, download, csv, svgText } = window.figures;

  const actions = (data) => ({
    csv: () => download(`${data.name}.csv`, "text/csv", csv(data.means)),
    svg: () => all("#answer figure[data-chart]").forEach((figure, number) =>
      download(`${data.name}-${number + 1}.svg`, "image/svg+xml", svgText($("svg", figure)))),
    configuration: () => download("config.yaml", "text/yaml", $("#configuration").textContent),
    copy: async (button) => {
      await navigator.clipboard.writeText($("#citation").textContent);
      button.textContent = "Copied";
    },
  });

  async function start() {
    const { data, charts } = JSON.parse(await unpack("payload"));
    const known = actions(data);
    all("[data-action]").forEach((button) => {
      button.hidden = false;
      button.addEventListener("click", () => known[button.dataset.action](button));
    });
    await Promise.all(all("figure[data-chart]").map((figure) => drawFigure(figure, charts)));
  }

  addEventListener("DOMContentLoaded", () => start().catch((error) => console.error(error)));
})();
