"""Before the configuration: where this workflow is, how jobs find its package, and what reruns a rule.

Another Snakefile may take this workflow as a module or include it. ``workflow.basedir`` is then the other's folder.
"""

import os
import re
import shlex
import sys
from pathlib import Path
from time import monotonic

import snakemake.workflow
from snakemake.dag import DAG
from snakemake.exceptions import WorkflowError
from snakemake.io import _IOFile
from snakemake.jobs import Job
from snakemake.logging import logger
from snakemake.scheduling.job_scheduler import JobScheduler
from snakemake.settings.types import RerunTrigger


class ConfigurationError(WorkflowError):
    """A problem that the user fixes in the configuration: Snakemake adds no line of the workflow to it."""

    # Snakemake looks here for the lines of a Snakefile that an error came from.
    __traceback__ = None


RULES = Path(workflow.current_basedir.get_path_or_uri(secret_free=False))
ROOT = RULES.parents[1]
PACKAGE = ROOT / "src/equilingual"

if re.search("[{}]", str(ROOT)):
    raise ConfigurationError(
        f"{ROOT}: Snakemake takes the braces in this path for a pattern; give the folder another name"
    )
if not PACKAGE.is_dir():
    raise ConfigurationError(f"{ROOT} has no src/equilingual: take the workflow from a clone on this machine")

# The package works from the checkout, here and in the jobs: nothing needs to be installed but its dependencies, and a
# copy that is installed is not taken in its place.
if sys.path[0] != str(PACKAGE.parent):
    sys.path.insert(0, str(PACKAGE.parent))

import equilingual

if Path(equilingual.__file__).resolve().parent != PACKAGE.resolve():
    raise ConfigurationError(
        f"the package equilingual was imported from {Path(equilingual.__file__).parent} before, not from {PACKAGE}: "
        "import nothing of it before this workflow"
    )

CONDA = "conda" in [str(method).lower() for method in workflow.deployment_settings.deployment_method]
_paths = [] if CONDA else os.environ.get("PYTHONPATH", "").split(os.pathsep)
_paths = [str(PACKAGE.parent), *(path for path in _paths if path and path != str(PACKAGE.parent))]
os.environ.update(PYTHONPATH=os.pathsep.join(_paths))
if CONDA:
    # Snakemake hides PYTHONPATH from the environments of rules; here it names the package alone.
    workflow.deployment_settings.conda_not_block_search_path_envvars = True
    # Nor is anything to come from the user's own site-packages.
    os.environ.update(PYTHONNOUSERSITE="1")

# Snakemake 9.27 runs scripts by this path in a shell and does not quote it: a checkout in "my folder/" would fail.
if Path(sys.executable).exists():
    sys.executable = shlex.quote(sys.executable)


def trust_digests(outputs_older_than_script):
    """Return Snakemake's search for outputs that are older than their script, for the rules of others only.

    Snakemake reruns a rule whose script has a newer timestamp, after a comment, a ``touch`` or a fresh clone. A rule of
    this workflow has the digest of its code among its parameters, and that reruns it after a real change.
    """

    async def outputs_older(job):
        is_ours = str(job.rule.basedir and job.rule.basedir.get_path_or_uri(secret_free=False)) == str(RULES)
        if not (is_ours and RerunTrigger.PARAMS in job.dag.workflow.rerun_triggers):
            async for path in outputs_older_than_script(job):
                yield path

    return outputs_older


Job.outputs_older_than_script_or_notebook = trust_digests(Job.outputs_older_than_script_or_notebook)


class JudgedJobs(DAG):
    """Snakemake's jobs, of which those behind an `ancient` file are judged on their own.

    Snakemake 9.27 takes every job that comes after one that is due to be due, too, and asks nothing more about it. If
    only an `ancient` file, which exists, lies between the two, it then decides that the later one is not due, although
    its output may be missing or its parameters may have changed: after a check alone was killed, or the version of both
    has changed, the run would end early, with success. Here the search for what comes after a job stops at such a file.
    """

    _judging = False

    async def update_needrun(self, *args, **kwargs):
        self._judging = True
        try:
            await super().update_needrun(*args, **kwargs)
        finally:
            self._judging = False

    def bfs(self, direction, *jobs, **kwargs):
        if self._judging and direction is self.depending:
            direction = _WithoutAncient(direction)
        return super().bfs(direction, *jobs, **kwargs)


class _WithoutAncient:
    """For each job, the jobs that need one of its files and not only `ancient` ones."""

    def __init__(self, depending):
        self._depending = depending

    def __getitem__(self, job):
        needed = self._depending[job].items()
        return {other: files for other, files in needed if not all(file.is_ancient for file in files)}


snakemake.workflow.DAG = JudgedJobs


def retrieve_folders_whole(retrieve):
    """Return Snakemake's retrieval of a file from object storage, which gets all files of a folder.

    Snakemake 9.27 takes a folder for retrieved where its local copy exists. A job that needs a folder and a file of it,
    as the manifest, would then have the file alone.
    """

    async def retrieve_whole(file):
        local = file.storage_object.local_path()
        if file.should_not_be_retrieved_from_storage or local.is_file():
            await retrieve(file)
        else:
            logger.info(f"Retrieving from storage: {file.storage_object.print_query}")
            await file.storage_object.managed_retrieve()

    return retrieve_whole


_IOFile.retrieve_from_storage = retrieve_folders_whole(_IOFile.retrieve_from_storage)


def wake_once(start_timer):
    """Return the start of Snakemake's timer that wakes its scheduler, which does nothing while one is running.

    Snakemake 9.27 starts such a timer whenever its scheduler has looked for jobs, because it starts no more than 100 jobs
    a second. A timer wakes the scheduler, which starts the next one. So each job that ends adds one for good: after some
    hundred jobs, a core does nothing but look for jobs.
    """

    def start_unless_running(scheduler, delay):
        now = monotonic()
        if now >= getattr(scheduler, "wakes_at", now):
            scheduler.wakes_at = now + delay
            start_timer(scheduler, delay)

    return start_unless_running


JobScheduler._schedule_reevalutation = wake_once(JobScheduler._schedule_reevalutation)

from equilingual.config import ConfigError, check_file
from equilingual.console import condense
from equilingual.messages import for_terminal

# Of a run of this workflow alone, unless more or less is asked for: another one's output is its own matter.
_output = workflow.output_settings
if (
    workflow.is_main_process
    and workflow.basedir == str(ROOT)
    and not (_output.dryrun or _output.quiet or _output.verbose or _output.printshellcmds or _output.debug_dag)
):
    condense(logger)


def check_config_file(path):
    """Refuse a configuration file that YAML would read in another way than it is meant."""
    try:
        check_file(path)
    except ConfigError as error:
        raise ConfigurationError(for_terminal(error)) from None
