import pytest
from studies.made_up import write_study


@pytest.fixture(scope="session")
def made_up(tmp_path_factory):
    """The ``study.json`` of the made-up study, with its ranks; nothing changes it."""
    return write_study(tmp_path_factory.mktemp("study"))
