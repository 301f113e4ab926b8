"""The sections of the page: one module and one template each, and a script where a section has one."""

from equilingual.report.sections import (
    bias,
    comparisons,
    cost,
    data,
    explorer,
    groups,
    leaderboard,
    maps,
    methods,
    overview,
    training,
)
from equilingual.report.sections.section import Section

# In the order of the page.
SECTIONS: tuple[Section, ...] = (
    overview.SECTION,
    leaderboard.SECTION,
    explorer.SECTION,
    comparisons.SECTION,
    maps.SECTION,
    groups.SECTION,
    bias.SECTION,
    training.SECTION,
    data.SECTION,
    cost.SECTION,
    methods.SECTION,
)
