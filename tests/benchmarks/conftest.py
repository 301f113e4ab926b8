"""The benchmarks are files of their own, outside the package."""

import importlib.util
import sys

import pytest


@pytest.fixture(scope="session")
def load_benchmark(root):
    """Return a function that loads a file of ``benchmarks/`` as a module."""

    def load(name):
        # They import one another, by names that folders of tests have, too.
        names = [path.stem for path in (root / "benchmarks").glob("*.py")]
        before = {one: sys.modules.pop(one) for one in names if one in sys.modules}
        sys.path.insert(0, str(root / "benchmarks"))
        try:
            spec = importlib.util.spec_from_file_location(f"benchmarks_{name}", root / f"benchmarks/{name}.py")
            module = importlib.util.module_from_spec(spec)
            sys.modules[spec.name] = module  # where its classes are looked up
            spec.loader.exec_module(module)
        finally:
            sys.path.remove(str(root / "benchmarks"))
            for one in names:
                sys.modules.pop(one, None)
            sys.modules.update(before)
        return module

    return load
