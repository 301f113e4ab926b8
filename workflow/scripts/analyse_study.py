"""Adapter of the rule analyse_study."""

from equilingual.config.study_settings import StudySettings
from equilingual.logs import log_to
from equilingual.studies import Draws, analyse_study

i, p, out = snakemake.input, snakemake.params, snakemake.output.record
given = {"study": StudySettings.model_validate(p.study), "draws": Draws(**p.draws), **p.asked}
with log_to(snakemake.log[0]):
    ranks = dict(zip(map(tuple, p.ranked), i.ranks, strict=True))
    analyse_study(ranks=ranks, identities=i.identities, out=out, **given)
