"use strict";
const { $ } = page;
const figure = $("#training figure");
const controls = $("#training form");

if (figure)
  figure.addEventListener("drawn", () => {
    const view = page.views.get(figure.dataset.chart);
    view.signal("pointing", true).runAsync();
    controls.hidden = false;
    controls.addEventListener("change", ({ target }) => {
      view.signal(target.name, target.value).runAsync();
      const losses = controls.elements.measure.value === "loss";
      controls.elements.batches.disabled = !losses; // other measures are of no single batch
    });
  });
