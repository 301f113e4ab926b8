"""The figures that are drawn with Vega-Lite: one module each."""
