"""Configurations that differ from another in one key."""

import copy


def changed(raw, path, value):
    """Return a copy with the key at a dotted path set, or removed where the value is ``...``."""
    raw = copy.deepcopy(raw)
    *parents, last = path.split(".")
    place = raw
    for key in parents:
        place = place[int(key)] if isinstance(place, list) else place[key]
    if value is ...:
        del place[last]
    elif isinstance(place, list):
        place.append(value)
    else:
        place[last] = value
    return raw
