"""Which of several rows of one kind a row is: the shade of its mark."""

from equilingual.report.board import Board, Row


def row_variants(board: Board) -> dict[Row, int]:
    """Return, for each row, how many rows of its kind stand before it beside the same encoder, as lexical ones do."""
    variants: dict[Row, int] = {}
    seen: dict[tuple[str, str], int] = {}
    encoders = {row.encoder for row in board.rows}
    for row in board.rows:
        beside = encoders if row.is_lexical else {row.encoder}
        variants[row] = max((seen.get((encoder, row.kind), 0) for encoder in beside), default=0)
        for encoder in beside:
            seen[encoder, row.kind] = variants[row] + 1
    return variants
