"""Several processes of one training: torchrun starts them, and each runs this module.

``python -m torch.distributed.run … -m equilingual.training.workers job.json``
"""

import os
import subprocess
import sys
from pathlib import Path

from equilingual.devices import compute_devices
from equilingual.files import parse_json, write_json
from equilingual.training.job import TrainingJob
from equilingual.training.processes import Processes
from equilingual.training.trainer import TrainingError

_SOURCE = Path(__file__).parents[2]


def start_workers(job: TrainingJob) -> None:
    """Run ``train`` in the job's processes, on this machine, each with a GPU or its part of the processor.

    Raises:
        TrainingError: a process has ended with an error; what it said is on standard error.

    """
    count = job.settings.processes
    file = Path(job.checkpoints) / "job.json"
    own = job.model_copy(update={"threads": max(1, job.threads // count)})
    write_json(own.model_dump(), file, checksum=False)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={count}"]
    with compute_devices(count) as devices:
        paths = [str(_SOURCE), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"}
        if devices is not None:
            environment["CUDA_VISIBLE_DEVICES"] = ",".join(map(str, devices))
        done = subprocess.run([*command, "-m", __name__, str(file)], check=False, env=environment)
    file.unlink(missing_ok=True)  # a finished training takes away what is stale beside its checkpoint
    if done.returncode:
        problem = f"one of {count} training processes has ended with an error (exit {done.returncode})"
        raise TrainingError(f"{problem}: see the error above")


def main(file: str) -> None:
    """Run one process; torchrun says which in the environment."""
    import torch

    from equilingual.training.loop import train

    job = TrainingJob.model_validate(parse_json(file))
    has_gpu = torch.cuda.is_available()
    rank, local = int(os.environ["RANK"]), int(os.environ["LOCAL_RANK"])
    device = f"cuda:{local}" if has_gpu else "cpu"
    if has_gpu:
        torch.cuda.set_device(local)
    torch.set_num_threads(job.threads)
    torch.distributed.init_process_group("nccl" if has_gpu else "gloo")
    try:
        train(job, device=device, processes=Processes(rank, int(os.environ["WORLD_SIZE"])))
    finally:
        torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main(sys.argv[1])
