"""No signature, password or token is printed, recorded or left behind by a run."""

import http.server
import json
import threading

import pytest
import yaml

ROWS = "".join(
    json.dumps({"pair_id": f"p{n}", "question": f"Where is {n}?", "passage": f"It is at {n}."}) + "\n" for n in range(3)
)


class Signed(http.server.BaseHTTPRequestHandler):
    """Gives a file to whoever has the signature."""

    def do_GET(self):
        if self.path != "/x.jsonl?X-Amz-Signature=5ecret":
            self.send_error(403)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(ROWS)))
        self.end_headers()
        self.wfile.write(ROWS.encode())

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Signed) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def asked(root, tmp_path, lexical, run_in):
    """Return a function that reads a corpus by URLs in a new folder, and gives (code, output, all that was written)."""

    def run(url, targets=("results/corpora/x/en.parquet",), **others):
        folder = tmp_path / "run"
        folder.mkdir()
        config = tmp_path / "my.yaml"
        config.write_text(
            yaml.safe_dump(lexical | {"corpora": {"x": {"files": {"en": url}}}} | others), encoding="utf-8"
        )
        what = [
            *targets,
            "--snakefile",
            root / "Snakefile",
            "--configfile",
            config,
            "--retries",
            "0",
            "--printshellcmds",
        ]
        variables = {"HF_TOKEN": "hf_5ecret", "HF_HUB_OFFLINE": "0"}
        code, output = run_in(folder, *what, "--verbose", **variables)
        written = {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        return code, output, written

    return run


def leaks(output, written):
    return [line for line in output.splitlines() if "5ecret" in line] + [
        path for path, content in written.items() if b"5ecret" in content or "5ecret" in path
    ]


def test_a_signed_url_is_read_and_its_signature_is_nowhere(asked, server):
    code, output, written = asked(f"{server}/x.jsonl?X-Amz-Signature=5ecret")
    assert code == 0, output[-3000:]
    counts = next(content for path, content in written.items() if path.endswith("run/results/corpora/x/en.counts.json"))
    assert json.loads(counts)["languages"]["en"]["fetched"][0]["source"] == f"{server}/x.jsonl"
    assert leaks(output, written) == []


def test_a_signed_url_that_fails_is_one_error_without_its_signature(asked, server):
    code, output, written = asked(f"{server}/x.jsonl?X-Amz-Signature=5ecret-of-yesterday")
    assert code != 0
    assert f"{server}/x.jsonl cannot be fetched (HTTP 403 Forbidden)" in output
    assert "a signed URL may have expired" in output
    assert leaks(output, written) == []


def test_a_password_in_a_mirror_is_refused_in_one_line(asked, server):
    mirror = {"mirror": server.replace("://", "://me:5ecret@") + "/m"}
    code, output, written = asked({"known": "xquad-r/en.json"}, data=mirror)
    assert code != 0
    said = [line for line in output.splitlines() if "data.mirror" in line]
    assert said
    assert all(f"a URL must not hold a user or a password: write '{server}/m'" in line for line in said)
    assert 'File "' not in output.partition("ConfigurationError:\n")[2].partition("Full Traceback")[0]
    assert leaks(output, written) == []


def test_a_whole_run_has_no_secret_in_its_manifest_report_scores_or_logs(asked, server):
    """The configuration's text is in the run's manifest and in the page: it has the signed URL."""
    targets = ("results/corpora/x/en.parquet", "results/report.html", "results/run.json")
    code, output, written = asked(f"{server}/x.jsonl?X-Amz-Signature=5ecret", targets)
    assert code == 0, output[-3000:]
    assert leaks(output, written) == []
    ends = {path.rpartition("/run/")[2]: content for path, content in written.items()}
    assert f"{server}/x.jsonl".encode() in ends["results/run.json"]  # it is said where the corpus is from
    assert f"{server}/x.jsonl".encode() in ends["results/report.html"]
    assert any(path.startswith("results/logs/") for path in ends)
