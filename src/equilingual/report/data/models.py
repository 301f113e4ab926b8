"""The models that were scored, each with its seeds put together."""

from typing import Any

from equilingual.report.board import Board, Row


def model_entries(board: Board) -> list[dict[str, Any]]:
    """Return what each model is, in the order of the page: by encoder, untrained before trained."""
    return [_entry(board, row) for row in board.rows]


def _entry(board: Board, row: Row) -> dict[str, Any]:
    base = board.baseline(row)
    return {
        "name": row.group,
        "label": row.label,
        "short": row.short,
        "kind": row.kind,
        "encoder": row.encoder,
        "training_set": row.training_set or None,
        "strategy": row.strategy,
        "alpha": row.alpha,
        **({"variant": row.variant} if row.variant else {}),
        "seeds": [int(seed) for seed in board.seeds[row]],
        "debias": row.debias,
        "base": base.group if base else None,
        "trained": row.trained,
        "lexical": row.is_lexical,
        "merged": row.is_merged,
        "on_pool": row.on_pool,
        "seen": {name: list(data) for name, data in board.seen.get(row.encoder, {}).items()},
    }
