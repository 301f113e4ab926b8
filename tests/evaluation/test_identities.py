"""``results/models.json``: what is written of a model is read again, and damage is said."""

import pytest

from equilingual.evaluation.identities import Identity, describe_models, read_identities
from equilingual.files import DamagedFileError, read_json, write_json

MODEL = {
    "name": "e__t__mono__seed-1",
    "group": "e__t__mono",
    "base": "e__t__mono__seed-1",
    "encoder": "e",
    "training_set": "t",
    "strategy": "mono",
    "alpha": 1.0,
    "seed": 1,
    "debias": "none",
    "kind": "mono",
    "short": "monolingual batches",
    "label": "monolingual batches",
    "subject": "training with monolingual batches",
    "is_lexical": False,
    "is_merged": False,
    "on_pool": False,
}


def test_a_variant_is_written_only_where_a_model_has_one(tmp_path):
    path = tmp_path / "models.json"
    describe_models(models=[MODEL | {"variant": None}, MODEL | {"variant": "small"}], seen={}, out=path)
    assert read_json(path)["models"] == [MODEL, MODEL | {"variant": "small"}]
    found = read_identities(path)
    assert found == [Identity(**MODEL), Identity(**MODEL, variant="small")]
    assert [one.row.variant for one in found] == [None, "small"]


@pytest.mark.parametrize("change", [{"mix": "pair"}, {"label": ...}])
def test_a_model_with_other_fields_is_damaged(tmp_path, change):
    model = {key: one for key, one in (MODEL | change).items() if one is not ...}
    write_json({"models": [MODEL, model], "seen": {}}, tmp_path / "models.json")
    with pytest.raises(DamagedFileError, match="it does not describe models"):
        read_identities(tmp_path / "models.json")
