"""A trained model for others to use: with its whole card, as ONNX, as CTranslate2 int8."""

from equilingual.exports.cards import write_card
from equilingual.exports.reading import ExportedEncoder
from equilingual.exports.recipe import ExportError
from equilingual.exports.stage import export_encoder

__all__ = ["ExportError", "ExportedEncoder", "export_encoder", "write_card"]
