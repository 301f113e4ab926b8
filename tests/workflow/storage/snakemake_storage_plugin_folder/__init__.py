"""Object storage for tests: a folder of this machine, whose files Snakemake copies to and from its own folder.

As in S3, a folder is what its files are: it exists where a file is below it. Python finds this plugin where its parent
is in ``PYTHONPATH``: ``--default-storage-provider folder --default-storage-prefix folder:///path/of/the/bucket``.
"""

import shutil
from pathlib import Path

from snakemake_interface_storage_plugins.storage_object import StorageObjectRead, StorageObjectWrite
from snakemake_interface_storage_plugins.storage_provider import StorageProviderBase, StorageQueryValidationResult

SCHEME = "folder://"


class StorageProvider(StorageProviderBase):
    def __post_init__(self):
        pass

    @classmethod
    def example_queries(cls):
        return []

    @classmethod
    def is_valid_query(cls, query):
        return StorageQueryValidationResult(query, valid=query.startswith(SCHEME), reason=f"no {SCHEME}")

    def use_rate_limiter(self):
        return False

    def default_max_requests_per_second(self):
        return 1000

    def rate_limiter_key(self, query, operation):
        return None


class StorageObject(StorageObjectRead, StorageObjectWrite):
    def __post_init__(self):
        self.place = Path(self.query.removeprefix(SCHEME))

    async def inventory(self, cache):
        pass

    def get_inventory_parent(self):
        return None

    def local_suffix(self):
        return str(self.place).lstrip("/")

    def cleanup(self):
        pass

    def _files(self):
        return [path for path in self.place.rglob("*") if path.is_file()] if self.place.is_dir() else [self.place]

    def exists(self):
        return any(path.is_file() for path in self._files())

    def mtime(self):
        return max(path.stat().st_mtime for path in self._files())

    def size(self):
        return sum(path.stat().st_size for path in self._files())

    def retrieve_object(self):
        self._copy(self.place, self.local_path())

    def store_object(self):
        self._copy(self.local_path(), self.place)

    def _copy(self, source, target):
        if source.is_dir():
            shutil.copytree(source, target, copy_function=shutil.copyfile, dirs_exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)

    def remove(self):
        if self.place.is_dir():
            shutil.rmtree(self.place)
        else:
            self.place.unlink()
