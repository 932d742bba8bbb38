"""A model is fetched from the Hub whole, once, and every way in which that fails is told with a remedy.

The real huggingface_hub fetches from a scripted Hub on loopback, in a process of its own: it reads the Hub's address
when it is imported.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fixtures.miniature import CHECKPOINT
from fixtures.servers.launched import free_port
from tests.backends.scripted_hub import COMMIT, ScriptedHub
from tests.places import ROOT

pytestmark = pytest.mark.slow

#: Finds the checkpoint; with an argument more, on a disk of that many bytes, or on one that is full.
PROGRAM = """
import errno, sys
from pathlib import Path
from backends.checkpoints import hub
from backends.errors import BackendUnavailable
from backends.checkpoints.spec import LocalSpec

model, revision, disk = sys.argv[1:]
if disk == "full":
    real = Path.open
    def refuse(self, *more, **named):
        if self.suffix == ".incomplete":
            raise OSError(errno.ENOSPC, "No space left on device", str(self))
        return real(self, *more, **named)
    Path.open = refuse
elif disk:
    hub.free_disk_bytes = lambda folder: int(disk)
try:
    found = hub.find_checkpoint(LocalSpec(model=model, revision=revision))
    found.require_whole()
    print(found.folder, found.commit)
except BackendUnavailable as error:
    print("UNAVAILABLE", error)
"""


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a model, larger ones made shorter: nothing is loaded here."""
    folder = tmp_path_factory.mktemp("repository")
    for name in ("config.json", "generation_config.json", "tokenizer_config.json", "chat_template.jinja"):
        (folder / name).write_bytes((CHECKPOINT / name).read_bytes())
    header = json.dumps({"weight": {"dtype": "U8", "shape": [300_000], "data_offsets": [0, 300_000]}}).encode()
    weights = len(header).to_bytes(8, "little") + header + bytes(range(256)) * 1171 + bytes(224)
    (folder / "model.safetensors").write_bytes(weights)
    (folder / "README.md").write_text("not fetched", encoding="utf-8")
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def find(
    url: str,
    home: Path,
    *,
    model: str = "someone/tiny",
    revision: str = "main",
    disk: str = "",
    program: str = PROGRAM,
    **more: str,
) -> str:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUGGING"))}
    environment = inherited | {"HF_ENDPOINT": url, "HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1"} | more
    done = subprocess.run(
        [sys.executable, "-c", program, model, revision, disk],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


def test_model_is_fetched_once_and_its_commit_is_known(repository: Path, home: Path) -> None:
    hub = ScriptedHub(repository)
    with hub as url:
        folder, commit = find(url, home).split()
        fetched = [path for method, path, _ in hub.requests if method == "GET" and "/resolve/" in path]
        again = find(url, home).split()
        fetched_again = [path for method, path, _ in hub.requests if method == "GET" and "/resolve/" in path]

    assert commit == COMMIT
    assert again == [folder, commit]
    assert fetched_again == fetched
    names = {file.name for file in Path(folder).iterdir()}
    assert names == {file.name for file in repository.iterdir()} - {"README.md"}
    assert (Path(folder) / "model.safetensors").read_bytes() == (repository / "model.safetensors").read_bytes()


def test_model_in_the_cache_needs_no_network(repository: Path, home: Path) -> None:
    with ScriptedHub(repository) as url:
        first = find(url, home)

    assert find(f"http://127.0.0.1:{free_port()}", home) == first
    assert find("http://127.0.0.1:9", home, HF_HUB_OFFLINE="1") == first


def test_interrupted_fetch_says_that_what_has_arrived_is_kept_and_so_it_is(repository: Path, home: Path) -> None:
    hub = ScriptedHub(repository, cut={"model.safetensors": 100_000})
    with hub as url:
        told = find(url, home)
        assert told.startswith("UNAVAILABLE The fetch of someone/tiny was interrupted: "), told
        assert told.endswith("Run again: the files that have arrived are kept.")

        hub.cut.clear()
        hub.requests.clear()
        folder = find(url, home).split()[0]

    assert (Path(folder) / "model.safetensors").read_bytes() == (repository / "model.safetensors").read_bytes()
    fetched = [path.rpartition("/")[2] for method, path, _ in hub.requests if method == "GET" and "/resolve/" in path]
    assert fetched == ["model.safetensors"]


def test_interrupted_fetch_without_a_network_is_told(repository: Path, home: Path) -> None:
    with ScriptedHub(repository, cut={"model.safetensors": 100_000}) as url:
        find(url, home)

    told = find(f"http://127.0.0.1:{free_port()}", home)

    assert told.startswith("UNAVAILABLE "), told
    assert "connect" in told


@pytest.mark.parametrize(
    ("refusal", "token", "sentence"),
    [
        (
            (403, "GatedRepo"),
            "hf_" + "x" * 30,
            "is gated: accept its terms at https://huggingface.co/someone/tiny with",
        ),
        ((401, "GatedRepo"), "", "is gated: accept its terms at https://huggingface.co/someone/tiny and set the"),
        ((404, "RepoNotFound"), "hf_" + "x" * 30, "that this HF_TOKEN may see: was it renamed, is it private, or is"),
        ((401, "RepoNotFound"), "", "that anybody may see without an HF_TOKEN: was it renamed"),
        ((401, ""), "hf_" + "x" * 30, "HF_TOKEN"),
        ((503, ""), "", "Run again"),
    ],
)
def test_refusal_is_told_with_its_remedy(
    repository: Path, home: Path, refusal: tuple[int, str], token: str, sentence: str
) -> None:
    with ScriptedHub(repository, refusal=refusal) as url:
        told = find(url, home, HF_TOKEN=token)

    assert told.startswith("UNAVAILABLE "), told
    assert sentence in told
    assert "hf_x" not in told


def test_gated_repository_whose_description_is_public_is_told_too(repository: Path, home: Path) -> None:
    with ScriptedHub(repository, refusal=(403, "GatedRepo"), files_only=True) as url:
        told = find(url, home)

    assert told.startswith("UNAVAILABLE someone/tiny is gated: accept its terms"), told


def test_unknown_or_renamed_repository_is_told(repository: Path, home: Path) -> None:
    with ScriptedHub(repository) as url:
        told = find(url, home, model="someone/other")

    assert told.startswith("UNAVAILABLE The Hub has no model someone/other that anybody may see"), told


def test_wrong_revision_is_told(repository: Path, home: Path) -> None:
    with ScriptedHub(repository) as url:
        told = find(url, home, revision="v9")

    assert told == (
        "UNAVAILABLE someone/tiny has no revision 'v9': give a branch, a tag or a commit of it as "
        "someone/tiny@REVISION, or none for the newest."
    )


def test_hub_that_cannot_be_reached_is_told(home: Path) -> None:
    told = find(f"http://127.0.0.1:{free_port()}", home)

    assert told.startswith("UNAVAILABLE someone/tiny is not complete in the local cache, and the Hub cannot be reached")


def test_offline_mode_is_told(home: Path) -> None:
    told = find("http://127.0.0.1:9", home, HF_HUB_OFFLINE="1")

    assert "HF_HUB_OFFLINE forbids to ask the Hub: unset HF_HUB_OFFLINE" in told


def test_disk_that_is_too_small_is_told_before_the_weights_are_fetched(repository: Path, home: Path) -> None:
    hub = ScriptedHub(repository)
    with hub as url:
        told = find(url, home, disk="1000")

    assert told.startswith("UNAVAILABLE someone/tiny takes another 0.0 GB of disk, and ")
    assert "HF_HOME" in told
    assert not [path for _, path, _ in hub.requests if path.endswith("model.safetensors")]


def test_disk_that_fills_up_while_fetching_is_told(repository: Path, home: Path) -> None:
    with ScriptedHub(repository) as url:
        told = find(url, home, disk="full")

    assert told.startswith("UNAVAILABLE The disk is full, so someone/tiny could not be fetched: make room"), told


#: Answers one prompt with the repository's model, and tells how it was made.
ANSWERING = """
import json, sys
from backends import InferenceBackend, InferenceSettings, get_model_response

settings = InferenceSettings(max_new_tokens=3, dtype="float32", device="cpu")
answer = get_model_response(sys.argv[1], ["hi"], settings=settings, backend=InferenceBackend.LOCAL)[0]
print(json.loads(answer.raw)["made"] if answer.raw else f"UNAVAILABLE {answer.message}")
"""


@pytest.mark.embedded
def test_model_of_the_hub_answers_and_tells_its_commit(home: Path) -> None:
    with ScriptedHub(CHECKPOINT) as url:
        told = find(url, home, program=ANSWERING)
        refused = find(url, home, model="someone/tiny@v9", program=ANSWERING)

    assert f"'commit': '{COMMIT}'" in told
    assert "'dtype': 'float32'" in told
    assert refused.startswith("UNAVAILABLE someone/tiny has no revision 'v9'")
