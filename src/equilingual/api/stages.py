"""The workflow's stages, run one after the other in this process, for one model and one benchmark."""

import os
from functools import cached_property
from pathlib import Path
from typing import Any

from equilingual.api.request import Request
from equilingual.api.store import Store
from equilingual.config.encoder_settings import EncoderSettings
from equilingual.config.encoding import EncodingSettings
from equilingual.encoders import encode_texts, prepare_encoder
from equilingual.evaluation import (
    build_benchmark,
    collect_comparisons,
    collect_examples,
    compare_models,
    files_by_role,
    mine_bitext,
    rank_candidates,
    score_model,
)
from equilingual.evaluation.identities import describe_models
from equilingual.fetch import fetch_file, fetch_wheel
from equilingual.files import sha256_of
from equilingual.plan.wildcards import named
from equilingual.retrieval.debias import build_fitting_text, debias_embeddings
from equilingual.retrieval.systems import SystemSpec, VectorFiles

_DOWNLOADS = "results/downloads/"


def _threads(most: int) -> int:
    """Return the threads of a stage that takes ``most`` in the workflow."""
    return min(most, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


class Stages:
    """The results of a request's stages, each made at its first use.

    The parameters are those of the workflow's rules, in ``workflow/rules/``, and a test compares the values.
    """

    def __init__(self, request: Request, store: Store) -> None:
        self.request = request
        self.store = store
        self.plan = request.plan
        self.config = request.config

    @property
    def models(self) -> list[str]:
        """The names of the models that are scored: the model itself, then debiased."""
        return list(self.plan.evaluation.models)

    @cached_property
    def benchmark(self) -> Path:
        """The folder of the benchmark's tables."""
        name = self.request.benchmark
        source = self.plan.evaluation.benchmarks[name]
        files = [self._file(path) for path in self.plan.evaluation.benchmark_files(named(benchmark=name))]
        about: dict[str, Any] = {"name": name, "kind": source.kind, "licence": source.licence}
        about |= {"expected": source.expected, **source.options}
        given = about | {"layout": source.layout, "files": [sha256_of(path) for path in files]}

        def write(out: Path) -> None:
            build_benchmark(**about, files=files_by_role(files, source.layout), out=out)

        return self.store.make(build_benchmark, given, write)

    @cached_property
    def encoder(self) -> Path:
        """The folder of the prepared encoder."""
        name = self.request.model
        wildcards = named(encoder=name)
        entry = self.plan.encoders.prepared[name]
        files = self.plan.encoders.inputs(wildcards)
        settings = self.plan.encoders.settings(wildcards)
        given: dict[str, Any] = {"name": name, "members": self.plan.encoders.members}
        # A folder is known by its files, and a model on the Hub by its commit.
        given |= {"files": [[Path(file).name, sha256_of(file)] for file in files] if entry.source == "folder" else []}
        given["settings"] = settings | {"path": entry.path if entry.source == "hub" else None}

        def write(out: Path) -> None:
            wheels = [self._wheel(Path(file).stem) for file in files] if entry.source == "packaged" else []
            members = [(member, sha256) for member, sha256 in self.plan.encoders.members]
            asked = EncoderSettings.model_validate(settings)
            prepare_encoder(encoder=name, settings=asked, wheels=wheels, members=members, folder=out)

        return self.store.make(prepare_encoder, given, write)

    @cached_property
    def fitting(self) -> Path:
        """The folder of the text that debiasing is fitted on."""
        [(name, text)] = self.plan.evaluation.fitting.items()
        files = [self._file(path) for path in self.plan.evaluation.fitting_inputs(named(fitting=name))]
        settings: dict[str, Any] = {
            "name": name,
            "file_format": text.file_format,
            "sources": text.sources,
            "languages": text.languages,
            "left_out": text.left_out,
            "texts": self.config.evaluation.calibration_texts,
            "seed": self.config.seeds[0],
        }
        given = settings | {"files": [sha256_of(path) for path in files]}
        return self.store.make(
            build_fitting_text, given, lambda out: build_fitting_text(files=files, out=out, **settings)
        )

    @cached_property
    def vectors(self) -> Path:
        """The folder of the model's vectors of the benchmark."""
        return self._encoded(self.encoder, self.benchmark)  # a model that cannot be loaded is said first

    @cached_property
    def fitting_vectors(self) -> Path:
        """The folder of the model's vectors of the text that debiasing is fitted on."""
        return self._encoded(self.encoder, self.fitting)

    def _encoded(self, encoder: Path, texts: Path) -> Path:
        wildcards = named(model=self.request.model)
        encoding = self.plan.evaluation.encoding(wildcards)

        given = {"encoding": encoding, "encoder": encoder, "texts": texts}

        def write(out: Path) -> None:
            with self.store.working(encode_texts, given) as work:
                encode_texts(
                    model=encoder,
                    benchmark=texts,
                    threads=_threads(8),
                    work=work,
                    queries_out=out / "queries.npy",
                    candidates_out=out / "candidates.npy",
                    counts_out=out / "counts.json",
                    encoding=EncodingSettings.model_validate(encoding),
                )

        return self.store.make(encode_texts, given, write)

    def vectors_of(self, model: str) -> Path:
        """Return the folder of the vectors of the model itself, or of the debiased model that is named."""
        label = self.plan.evaluation.models[model].debias
        if label == "none":
            return self.vectors
        entry = self.plan.evaluation.debiasing[label]
        given: dict[str, Any] = {
            "method": entry.method,
            "rank": entry.rank,
            "source": self.plan.evaluation.shift_source(named(debias=label)),
            "missing": self.config.evaluation.calibration_missing,
        }
        fitting = (self.fitting, self.fitting_vectors) if entry.is_fitted else None
        vectors, benchmark = self.vectors, self.benchmark

        def write(out: Path) -> None:
            debias_embeddings(
                queries=vectors / "queries.npy",
                candidates=vectors / "candidates.npy",
                counts=vectors / "counts.json",
                benchmark=benchmark,
                fitting=fitting,
                out_queries=out / "queries.npy",
                out_candidates=out / "candidates.npy",
                **given,
            )

        depends = given | {"vectors": vectors, "benchmark": benchmark, "fitting": fitting}
        return self.store.make(debias_embeddings, depends, write)

    def ranks_of(self, model: str) -> Path:
        """Return the folder of a model's ranks (``ranks.parquet``) and run files (``runs/``)."""
        scored = self.plan.evaluation.models[model]
        vectors = self.vectors_of(model) if scored.is_dense else None
        evaluation = self.config.evaluation
        settings: dict[str, Any] = {"model": model, "depth": evaluation.search_depth, "runs": evaluation.runs}
        settings["gpu"] = evaluation.gpu
        files = VectorFiles(vectors / "queries.npy", vectors / "candidates.npy") if vectors else None
        system = SystemSpec(files, scored.lexical)
        benchmark = self.benchmark

        def write(out: Path) -> None:
            rank_candidates(
                benchmark=benchmark,
                system=system,
                threads=_threads(2),
                out=out / "ranks.parquet",
                out_runs=out / "runs",
                **settings,
            )

        depends = settings | {"benchmark": benchmark, "vectors": vectors, "lexical": scored.lexical}
        return self.store.make(rank_candidates, depends, write)

    def scores_of(self, model: str) -> Path:
        """Return the folder of a model's scores: ``scores.parquet``, ``intervals.json`` and ``bias.json``."""
        about: dict[str, Any] = {"name": self.request.benchmark}
        about["model"] = self.plan.evaluation.models[model].description
        if self.plan.evaluation.benchmarks[self.request.benchmark].is_mined:
            return self._mined(self.vectors_of(model), about)
        about |= {"resamples": self.config.evaluation.bootstrap_resamples, "seed": self.config.seeds[0]}
        ranks, benchmark = self.ranks_of(model), self.benchmark

        def write(out: Path) -> None:
            score_model(
                ranks=ranks / "ranks.parquet",
                runs=ranks / "runs",
                benchmark=benchmark,
                out=out / "scores.parquet",
                intervals=out / "intervals.json",
                bias=out / "bias.json",
                **about,
            )

        return self.store.make(score_model, about | {"ranks": ranks, "benchmark": benchmark}, write)

    def _mined(self, vectors: Path, about: dict[str, Any]) -> Path:
        benchmark = self.benchmark

        def write(out: Path) -> None:
            mine_bitext(
                queries=vectors / "queries.npy",
                benchmark=benchmark,
                mined=out / "mined.parquet",
                out=out / "scores.parquet",
                intervals=out / "intervals.json",
                bias=out / "bias.json",
                **about,
            )

        return self.store.make(mine_bitext, about | {"vectors": vectors, "benchmark": benchmark}, write)

    @cached_property
    def examples(self) -> Path:
        """Questions with the first hits of every model."""
        settings: dict[str, Any] = {
            "name": self.request.benchmark,
            "bases": self.plan.evaluation.bases,
            "questions": self.config.evaluation.examples,
            "seed": self.config.seeds[0],
        }
        benchmark, ranks = self.benchmark, {model: self.ranks_of(model) for model in self.plan.evaluation.shown}

        def write(out: Path) -> None:
            runs = {model: folder / "runs" for model, folder in ranks.items()}
            collect_examples(runs=runs, benchmark=benchmark, out=out / "examples.json", **settings)

        folder = self.store.make(collect_examples, settings | {"ranks": ranks, "benchmark": benchmark}, write)
        return folder / "examples.json"

    @cached_property
    def identities(self) -> Path:
        """What the models are: their names, kinds and labels."""
        settings: dict[str, Any] = {"models": self.plan.evaluation.described, "seen": self.plan.evaluation.seen}

        def write(out: Path) -> None:
            describe_models(out=out / "models.json", **settings)

        return self.store.make(describe_models, settings, write) / "models.json"

    @cached_property
    def comparisons(self) -> Path:
        """The table of the tests between the model and the model debiased."""
        family, asked = self.plan.evaluation.family, self.config.evaluation.comparisons
        settings: dict[str, Any] = {
            "benchmark": self.request.benchmark,
            "pairs": family.pairs,
            "members": family.members,
            "seeds": family.seeds,
            **asked.model_dump(include={"measures", "permutations"}),
            "resamples": self.config.evaluation.bootstrap_resamples,
            "seed": self.config.seeds[0],
        }
        judged: dict[str, Any] = {"alpha": asked.alpha, "margins": asked.margins}
        is_ranked = self.request.benchmark in self.plan.evaluation.ranked
        ranks = {model: self.ranks_of(model) for model in self.plan.evaluation.compared if is_ranked}
        identities = self.identities

        def write(out: Path) -> None:
            table = out / "comparisons.parquet"
            if ranks:
                compare_models(
                    ranks={model: path / "ranks.parquet" for model, path in ranks.items()}, out=table, **settings
                )
            tables = [table] if ranks else []
            collect_comparisons(comparisons=tables, models=identities, out=out / "comparisons.csv", **judged)

        given = settings | judged | {"models": identities, "ranks": ranks}
        return self.store.make(collect_comparisons, given, write) / "comparisons.csv"

    def _file(self, path: str) -> Path:
        """Return a file of the plan: one of the user's own, or a download, downloaded if it is missing or damaged."""
        if not path.startswith(_DOWNLOADS):
            return Path(path)
        wildcards = named(path=path.removeprefix(_DOWNLOADS))
        sha256 = self.plan.fetch.downloads[wildcards.path].sha256
        out = self.store.folder / "downloads" / wildcards.path
        if not out.exists() or (sha256 is not None and sha256_of(out) != sha256):
            url, mirror = self.plan.fetch.url(wildcards).value, self.plan.fetch.mirror(wildcards).value or None
            out.parent.mkdir(parents=True, exist_ok=True)
            fetch_file(path=wildcards.path, url=url, sha256=sha256, mirror=mirror, out=out)
        return out

    def _wheel(self, name: str) -> Path:
        wildcards = named(wheel=name)
        out = self.store.folder / "downloads/wheels" / f"{name}.whl"
        if not out.exists():
            out.parent.mkdir(parents=True, exist_ok=True)
            member, wheels = self.plan.fetch.wheel_member(wildcards), self.plan.fetch.wheels_folder or None
            fetch_wheel(requirement=name, member=member, wheels=wheels, out=out)
        return out
