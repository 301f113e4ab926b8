"""Reads: the names of all files in results/. Removes, where asked for, what other configurations left there."""

from snakemake.io import regex_from_filepattern, strip_wildcard_constraints, update_wildcard_constraints


def written_paths():
    """Return every path that a rule writes, and the folders that are a rule's own: with a manifest, or in a parameter."""
    for rule in workflow.rules:
        for path in map(str, [*rule.output, *rule.log, *([rule.benchmark] if rule.benchmark else [])]):
            yield written_path(path)
            if path.endswith("/manifest.json"):
                yield written_path(path.removesuffix("/manifest.json"), is_folder=True)
        for _, value in rule.params.items():
            if isinstance(value, str) and value.startswith(f"{placed('results')}/") and "{" in value:
                constraints = workflow.modifier.wildcard_constraints
                yield written_path(
                    update_wildcard_constraints(value, rule.wildcard_constraints, constraints), is_folder=True
                )


def written_path(pattern, is_folder=False):
    """Return a pattern as the package takes it: without its constraints, and as a regular expression with them."""
    return Written(strip_wildcard_constraints(pattern), re.compile(regex_from_filepattern(pattern)), is_folder)


def show_leftovers(*, removed):
    """Print what other configurations left in the results, having removed it where that is asked for."""
    root = placed("results")
    found = find_leftovers(root, written_paths())
    if removed:
        remove(found)
    print(*map(for_terminal, listing(root, found, removed=removed)), sep="\n")


rule list_leftovers:
    """List what other configurations left in results/, with sizes; remove nothing."""
    localrule: True
    run:
        show_leftovers(removed=False)


rule remove_leftovers:
    """Remove what list_leftovers lists: models, checkpoints and all else that no name of the configuration is in."""
    localrule: True
    run:
        show_leftovers(removed=True)
