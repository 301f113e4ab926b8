"""Jobs of a workflow that start in a moment: forks of one process that has imported what most of them import.

A job of a tiny run takes a second, and the imports before it five: torch, transformers, scikit-learn, PyArrow. Snakemake
is given a command in place of Python that sends the script to that process, whose fork runs it and gives its exit code.
The run that most tests share starts its jobs as users do, and so do those that `faults/run.py kills` kills.

    warm.py serve SOCKET             the process that is forked
    warm.py run SOCKET SCRIPT …      the command: a script of a job, and everything else as Python runs it
"""

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import runpy
import shlex
import signal
import socket
import subprocess
import sys
import threading
import traceback
from pathlib import Path

_THREADS = "OMP_NUM_THREADS"
_MODULES = (
    *("snakemake.script", "snakemake.io", "numpy", "scipy.stats", "pyarrow.parquet", "pyarrow.csv", "pydantic", "yaml"),
    *("jinja2", "torch", "transformers", "sentence_transformers", "safetensors.torch", "ctranslate2", "faiss"),
    *(
        "threadpoolctl",
        "transformers.models.xlm_roberta.modeling_xlm_roberta",
        "transformers.models.bert.modeling_bert",
    ),
)
# Of the environment, what some of these read when they are imported. A job with another value starts as users' do.
_READ_ONCE = ("HF_", "HUGGINGFACE", "TRANSFORMERS_", "TORCH", "PYTORCH", "CUDA", "CT2_", "TOKENIZERS_")
_NO = b"n"
_SNAKEMAKE = "import runpy, sys; sys.executable = sys.argv.pop(1); runpy.run_module('snakemake', run_name='__main__', alter_sys=True)"


@contextlib.contextmanager
def warm_python(folder, environment):
    """Start the process that is forked; give the words that start Snakemake with it, and go before its arguments.

    The folder has a short path: that of a socket has at most a hundred characters.
    """
    place, command = Path(folder, "socket"), Path(folder, "python")
    words = [sys.executable, "-I", "-S", __file__, "run", place]
    command.write_text(f'#!/bin/sh\nexec {shlex.join(map(str, words))} "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    variables = {**environment, _THREADS: "1", "OPENBLAS_NUM_THREADS": "1"}
    with subprocess.Popen(
        [sys.executable, __file__, "serve", str(place)], env=variables, stdout=subprocess.PIPE
    ) as server:
        assert server.stdout.read(1) == b"\n", "the process that is forked has not started"
        try:
            yield [sys.executable, "-c", _SNAKEMAKE, str(command)]
        finally:
            server.kill()


def serve(place):
    """Import, then fork for each script that comes, until killed."""
    sys.argv = [".snakemake/scripts/any.py"]  # the packages that jobs do not find are not found here
    for name in (*_MODULES, *_of_the_package()):
        importlib.import_module(name)
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # forks that end leave nothing to be waited for
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(place)
        listening.listen()
        os.write(1, b"\n")
        own = dict(os.environ)
        while True:
            connection, _ = listening.accept()
            if not os.fork():
                listening.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                return _answer(connection, own)
            connection.close()


def _of_the_package():
    import equilingual

    found = pkgutil.walk_packages(equilingual.__path__, "equilingual.")
    return [one.name for one in found if not one.name.endswith("__main__")]


def _answer(connection, own):
    """Run the script that is asked for, in a process group of its own, and send its exit code."""
    message, descriptors, _, _ = socket.recv_fds(connection, 1 << 20, 3)
    asked = json.loads(message)
    if _of_imports(own) != _of_imports(asked["environment"]):
        connection.sendall(_NO)
        return 0
    os.setpgid(0, 0)
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    before = own.get("PYTHONPATH", "").split(os.pathsep)
    paths = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path not in before]
    sys.argv = asked["arguments"]
    sys.path[0:1] = [str(Path(sys.argv[0]).parent), *paths]
    threading.Thread(target=_end_with, args=[connection], daemon=True).start()
    code = _run(sys.argv[0])
    sys.stdout.flush()
    sys.stderr.flush()
    connection.sendall(bytes([code & 0xFF]))
    return 0


def _of_imports(environment):
    return {name: value for name, value in environment.items() if name.startswith(_READ_ONCE)}


def _end_with(connection):
    """End this process and its children when the command that asked for it has ended."""
    connection.recv(1)
    os.killpg(0, signal.SIGKILL)


def _run(script):
    """Return the exit code of a script."""
    import threadpoolctl

    threadpoolctl.threadpool_limits(int(os.environ.get(_THREADS, "1")))
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as end:
        if isinstance(end.code, str):
            sys.stderr.write(f"{end.code}\n")
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # as Python itself does
        traceback.print_exc()
        return 1
    return 0


def run(place, *arguments):
    """Have a script run, and return its exit code; anything else but a job's script is left to Python."""
    if arguments and Path(arguments[0]).parent.match(".snakemake/scripts"):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(place)
            asked = {"arguments": arguments, "folder": os.getcwd(), "environment": dict(os.environ)}
            socket.send_fds(connection, [json.dumps(asked).encode()], [0, 1, 2])
            answer = connection.recv(1)
            if answer != _NO:
                connection.recv(1)  # until the process has ended
                return answer[0] if answer else 128 + signal.SIGKILL
    os.execv(sys.executable, [sys.executable, *arguments])


if __name__ == "__main__":
    sys.exit({"serve": serve, "run": run}[sys.argv[1]](*sys.argv[2:]))
