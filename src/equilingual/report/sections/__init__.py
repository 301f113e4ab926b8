"""The sections of the page: one module and one template each, and a script where a section has one."""

from equilingual.report.sections import (
    bias,
    comparisons,
    cost,
    data,
    explorer,
    leaderboard,
    methods,
    overview,
    pairs,
    training,
)
from equilingual.report.sections.section import Section

# In the order of the page.
SECTIONS: tuple[Section, ...] = (
    overview.SECTION,
    leaderboard.SECTION,
    explorer.SECTION,
    comparisons.SECTION,
    pairs.SECTION,
    bias.SECTION,
    training.SECTION,
    data.SECTION,
    cost.SECTION,
    methods.SECTION,
)
