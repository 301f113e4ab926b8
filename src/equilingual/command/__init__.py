"""The command ``equilingual``: write a configuration, check one, estimate its hours, score a model."""

import argparse
import os
import sys
from collections.abc import Sequence

import equilingual
from equilingual.catalogues.rates import CPU, DEVICES
from equilingual.logs import warnings_to_terminal
from equilingual.messages import for_terminal

_DESCRIPTION = (
    "Score multilingual retrievers for quality and language bias, and prepare the configuration of a training run."
)
_EPILOG = """examples:
  equilingual init data/                          write my.yaml for the QA pairs in a folder
  equilingual check my.yaml                       list all its errors
  equilingual estimate my.yaml                    hours and memory, from measured rates
  equilingual evaluate packaged                   score the multilingual E5-small on XQuAD-R
  equilingual evaluate models/mine --benchmark data/benchmark --debias center-pool --report report.html

To train, run the workflow: snakemake --cores all --configfile my.yaml
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status: 0, 1 where something is wrong, 2 for wrong arguments."""
    asked = _parser().parse_args(arguments)
    try:
        with warnings_to_terminal():
            return int(asked.run(asked))
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return 130
    except (ValueError, RuntimeError, OSError) as error:
        # The package's own errors say what is wrong; any other is a fault of ours, whose traceback is wanted.
        if not (isinstance(error, OSError) or type(error).__module__.startswith("equilingual.")):
            raise
        sys.stderr.write(f"equilingual: {for_terminal(error)}\n")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="equilingual",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"equilingual {equilingual.__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_init(commands)
    _add_check(commands)
    _add_estimate(commands)
    _add_evaluate(commands)
    return parser


def _add_init(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    help_line = "write a configuration for your own files"
    parser = commands.add_parser("init", help=help_line, description=_INIT)
    parser.add_argument("paths", nargs="*", default=["."], metavar="FOLDER_OR_FILE", help="default: this folder")
    parser.add_argument("-o", "--out", default="my.yaml", metavar="FILE", help="the configuration (default: my.yaml)")
    parser.add_argument("--question", metavar="COLUMN", help="the column of the questions, if it cannot be told")
    parser.add_argument("--passage", metavar="COLUMN", help="the column of the passages, if it cannot be told")
    parser.add_argument("--force", action="store_true", help="replace the configuration if it exists")
    parser.set_defaults(run=_init)


_INIT = (
    "Write a short configuration for QA pairs in JSONL, JSON, CSV, TSV or Parquet. The format, the columns and the ids "
    "are read from the files. A language is read from the file's name (faq.en.jsonl, de/train.csv), or else identified "
    "from the questions. A folder with a corpus.jsonl and a queries.jsonl per language becomes a benchmark."
)


def _add_check(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    help_line = "list all errors of a configuration"
    description = (
        "Check a configuration and all that it names on this machine: keys and values, files and folders, what "
        "encoders declare, translation engines. The exit status is 1 if something is wrong."
    )
    parser = commands.add_parser("check", help=help_line, description=description)
    parser.add_argument("config", metavar="CONFIG", help="a YAML or JSON file")
    parser.add_argument(
        "--root", metavar="FOLDER", help="the Snakefile's folder, which the configuration's paths are relative to"
    )
    parser.set_defaults(run=_check)


def _add_estimate(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    help_line = "estimate the hours and the memory of a run"
    description = (
        "Estimate what a run would take: the work of each stage (pairs to train on, texts to translate and to encode, "
        "candidates to rank) and the hours at measured rates. What no rate was measured for is listed and not counted. "
        "Nothing is downloaded or run."
    )
    parser = commands.add_parser("estimate", help=help_line, description=description)
    parser.add_argument("configs", nargs="+", metavar="CONFIG", help="a YAML or JSON file")
    parser.add_argument("--device", choices=DEVICES, default=CPU, help="default: cpu")
    parser.add_argument("--markdown", action="store_true", help="print one table with a row for each configuration")
    parser.set_defaults(run=_estimate)


def _add_evaluate(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    help_line = "score a model on a benchmark"
    description = (
        "Score a model: every query language against every pool of candidates, and the language bias. Downloads, the "
        "prepared encoder and its vectors are kept in a cache, so a second call is fast."
    )
    parser = commands.add_parser("evaluate", help=help_line, description=description)
    parser.add_argument(
        "model",
        metavar="MODEL",
        help="a folder, owner/name on the Hugging Face Hub, packaged (the multilingual E5-small), bm25 or tfidf",
    )
    parser.add_argument(
        "--benchmark",
        default="xquad-r",
        metavar="NAME_OR_FOLDER",
        help="a known benchmark, or a folder in BEIR's format with a sub-folder per language (default: xquad-r)",
    )
    parser.add_argument("--languages", type=_names, metavar="TAG,TAG", help="default: the benchmark's usual languages")
    parser.add_argument(
        "--debias",
        type=_names,
        default=[],
        metavar="METHOD,METHOD",
        help="center, lir, lsar, csls, center-pool, …",
    )
    parser.add_argument("--report", metavar="FILE", help="write the report, one HTML file")
    parser.add_argument("--csv", metavar="FILE", help="write all scores as CSV")
    parser.add_argument("--mirror", metavar="PLACE", help="a folder or URL that has the benchmarks' files")
    parser.add_argument("--cache", metavar="FOLDER", help="default: $EQUILINGUAL_CACHE, else ~/.cache/equilingual")
    use = parser.add_argument_group("how the model is used")
    use.add_argument("--query-prompt", metavar="TEXT", help="put before every query; default: the model's own")
    use.add_argument("--passage-prompt", metavar="TEXT", help="put before every passage; default: the model's own")
    use.add_argument("--revision", metavar="COMMIT", help="of a model on the Hub; default: its newest")
    use.add_argument("--query-length", type=int, metavar="TOKENS", help="longest query, prompt included (default: 96)")
    use.add_argument("--passage-length", type=int, metavar="TOKENS", help="longest passage (default: 256)")
    use.add_argument("--precision", choices=["auto", "float32", "bfloat16", "int8"], help="default: float32")
    parser.set_defaults(run=_evaluate)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _init(asked: argparse.Namespace) -> int:
    from equilingual.command.init import write_configuration

    columns = {"question": asked.question, "passage": asked.passage}
    said = write_configuration(
        asked.paths, asked.out, columns={key: name for key, name in columns.items() if name}, replace=asked.force
    )
    sys.stdout.write(f"{said}\n")
    return 0


def _check(asked: argparse.Namespace) -> int:
    from equilingual.command.check import check_configuration

    is_right, lines = check_configuration(asked.config, asked.root)
    sys.stdout.write("".join(f"{for_terminal(line)}\n" for line in lines))
    return 0 if is_right else 1


def _estimate(asked: argparse.Namespace) -> int:
    from equilingual.command.estimate import estimate, in_lines, in_markdown

    found = [estimate(path, asked.device) for path in asked.configs]
    lines = in_markdown(found) if asked.markdown else [line for one in found for line in in_lines(one)]
    sys.stdout.write("".join(f"{for_terminal(line)}\n" for line in lines))
    return 0


def _evaluate(asked: argparse.Namespace) -> int:
    # The stages warn in their own words, as in the workflow.
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    encoder = ("query_prompt", "passage_prompt", "revision", "query_length", "passage_length")
    scores = equilingual.evaluate(
        asked.model,
        asked.benchmark,
        languages=asked.languages,
        debias=asked.debias,
        encoder={key: value for key in encoder if (value := getattr(asked, key)) is not None},
        encoding={"precision": asked.precision} if asked.precision else None,
        mirror=asked.mirror,
        cache=asked.cache,
    )
    sys.stdout.write(f"{scores}\n")
    for path, write in ((asked.csv, scores.to_csv), (asked.report, scores.report)):
        if path is not None:
            write(path)
            sys.stdout.write(f"wrote {path}\n")
    return 0
