"""The sections of the page: one module and one template each, and a script where a section has one."""

from equilingual.report.sections import (
    about,
    bias,
    comparisons,
    data,
    explorer,
    groups,
    loss,
    maps,
    overview,
    searches,
    software,
    strategies,
    translations,
)
from equilingual.report.sections.section import Section

# In the order of the page.
SECTIONS: tuple[Section, ...] = (
    overview.SECTION,
    strategies.SECTION,
    explorer.SECTION,
    comparisons.SECTION,
    maps.SECTION,
    groups.SECTION,
    bias.SECTION,
    loss.SECTION,
    translations.SECTION,
    data.SECTION,
    searches.SECTION,
    about.SECTION,
    software.SECTION,
)
