"""The sections of the page: one module and one template each, and a script where a section has one."""

from equilingual.report.sections import (
    about,
    bias,
    comparisons,
    data,
    examples,
    loss,
    overview,
    pairs,
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
    comparisons.SECTION,
    pairs.SECTION,
    bias.SECTION,
    loss.SECTION,
    examples.SECTION,
    translations.SECTION,
    data.SECTION,
    searches.SECTION,
    about.SECTION,
    software.SECTION,
)
