"""Reads: the names of all files in results/. Removes, where asked for, what other configurations left there."""


rule list_leftovers:
    """List what other configurations left in results/, with sizes; remove nothing."""
    log:
        "<logs>/list_leftovers/leftovers.log",
    localrule: True
    run:
        show_leftovers(log[0], removed=False)


rule remove_leftovers:
    """Remove what list_leftovers lists: models, checkpoints and all else that no name of the configuration is in."""
    log:
        "<logs>/remove_leftovers/leftovers.log",
    localrule: True
    run:
        show_leftovers(log[0], removed=True)
