"""Examples arrive from every source to the letter, and every problem with a source is told in one sentence."""

from __future__ import annotations

import csv
import hashlib
import subprocess
import sys
import threading
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fixtures.toxicchat import DatasetError, hub, load_examples

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

NASTY = [
    "",
    " ",
    "NA",
    "null",
    "nan",
    "None",
    "a,b",
    'say "hi"',
    "two\nlines",
    "dos\r\nlines",
    "\ttab ",
    "<|end|>",
    "é🙂",
]
ROOT = Path(__file__).parent.parent

texts = st.one_of(st.sampled_from(NASTY), st.text(st.characters(codec="utf-8"), max_size=30))


def write_csv(path: Path, columns: Mapping[str, Sequence[Any]]) -> str:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return str(path)


def write_parquet(path: Path, columns: Mapping[str, Sequence[Any]]) -> str:
    pq.write_table(pa.table(columns), path)
    return str(path)


def failure(source: object, **arguments: str) -> str:
    with pytest.raises(DatasetError) as caught:
        load_examples(str(source), **arguments)
    return str(caught.value)


def test_import_and_bundled_load_need_no_heavy_package() -> None:
    program = (
        "import sys, fixtures.toxicchat as room\n"
        "assert 'pyarrow' not in sys.modules\n"
        "assert len(room.load_examples('bundled').examples) == 2000\n"
        "print(*({'pandas', 'datasets', 'torch', 'transformers', 'huggingface_hub'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_bundled_examples_carry_every_column_and_their_position() -> None:
    dataset = load_examples("bundled", split="train")
    assert (dataset.name, dataset.revision) == ("bundled/train", None)
    assert [row.example_id for row in dataset.examples[:2]] == ["toxicchat-0000", "toxicchat-0001"]
    assert dataset.examples[-1].example_id == "toxicchat-1999"
    assert any(row.jailbreaking and row.human_annotation and row.model_output for row in dataset.examples)
    assert load_examples("bundled").name == "bundled/test"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(texts, texts, st.sampled_from([0, 1])), min_size=1, max_size=8))
@pytest.mark.parametrize(("name", "write"), [("rows.csv", write_csv), ("rows.parquet", write_parquet)])
def test_texts_survive_a_file_to_the_letter(
    tmp_path: Path, name: str, write: Callable[..., str], rows: list[Any]
) -> None:
    columns: dict[str, list[Any]] = {
        "conv_id": [f"c{index}" for index in range(len(rows))],
        "user_input": [text for text, _, _ in rows],
        "model_output": [reply for _, reply, _ in rows],
        "toxicity": [toxic for _, _, toxic in rows],
    }
    loaded = load_examples(write(tmp_path / name, columns)).examples
    assert [(row.user_input, row.model_output, row.toxicity) for row in loaded] == rows


def test_only_text_and_toxicity_are_required(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "rows.csv", {"toxicity": ["1"], "user_input": ["hi"], "extra": ["x"]})
    row = load_examples(source).examples[0]
    assert (row.user_input, row.toxicity, row.jailbreaking, row.human_annotation) == ("hi", 1, 0, False)
    assert (row.model_output, row.openai_moderation) == ("", "[]")


def test_derived_ids_follow_the_text_and_tell_repeated_texts_apart(tmp_path: Path) -> None:
    def ids(texts: list[str]) -> list[str]:
        columns: dict[str, list[Any]] = {"user_input": texts, "toxicity": [0] * len(texts)}
        return [row.conv_id for row in load_examples(write_csv(tmp_path / "rows.csv", columns)).examples]

    first = ids(["a", "b", "a"])
    assert len(set(first)) == 3
    assert first[0] == hashlib.sha256(b"0:a").hexdigest()
    assert ids(["b", "new", "a"]) == [first[1], ids(["new"])[0], first[0]]


@pytest.mark.parametrize(
    ("written", "toxic"), [("0", False), ("1", True), ("True", True), ("False", False), ("1.0", True)]
)
def test_toxicity_is_read_from_text(tmp_path: Path, written: str, toxic: bool) -> None:  # noqa: FBT001 - a table of cases
    source = write_csv(tmp_path / "rows.CSV", {"user_input": ["x"], "toxicity": [written], "jailbreaking": [""]})
    assert load_examples(source).examples[0].toxic is toxic


@pytest.mark.parametrize("flags", [[0, 1], [False, True], [0.0, 1.0], ["0", "1"], ["false", "true"]])
def test_toxicity_is_read_from_any_parquet_type(tmp_path: Path, flags: list[Any]) -> None:
    source = write_parquet(tmp_path / "rows.parquet", {"user_input": ["x", "y"], "toxicity": flags})
    assert [row.toxicity for row in load_examples(source).examples] == [0, 1]


def test_byte_order_mark_and_blank_lines_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes("\ufeffuser_input,toxicity\n\nhello,0\n\nworld,1\n".encode())
    assert [row.user_input for row in load_examples(str(path)).examples] == ["hello", "world"]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "rows.csv is empty"),
        ("user_input,toxicity\n", "rows.csv has no rows"),
        ("text,label\nx,1\n", r"no column user_input and no column toxicity (found: text, label)"),
        ("user_input,user_input,toxicity\nx,y,1\n", "more than one column user_input"),
        ("user_input,toxicity\nx,2\n", "rows.csv, line 2: toxicity is '2': write 0 or 1"),
        ('user_input,toxicity\n"x\ny",0\nz,\n', "rows.csv, line 4: toxicity is empty"),
        ('user_input,toxicity\na,0\n"x\ny",5\n', "line 3: toxicity is '5'"),
        ("user_input,toxicity\nx,y,1\n", "line 2: 3 values for 2 columns"),
        ('user_input,toxicity\n"x"y,1\n', "line 2: broken CSV"),
        ('user_input,toxicity\n"x,1\n', "broken CSV"),
        ("conv_id,user_input,toxicity\na,x,1\nb,y,0\na,z,1\n", "line 4: conv_id 'a' already stands in line 2"),
        ("conv_id,user_input,toxicity\n ,x,1\n", "line 2: conv_id is empty"),
        ("user_input,toxicity,jailbreaking\nx,1,maybe\n", "line 2: jailbreaking is 'maybe'"),
        ("user_input,toxicity\n\xff\xfe,1\n", "not UTF-8"),
    ],
)
def test_bad_csv_is_told_with_its_line(tmp_path: Path, content: str, complaint: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(content.encode("latin-1"))
    assert complaint in failure(path)


def test_bad_parquet_is_told(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    path.write_text("user_input,toxicity\nx,1\n")
    assert "not a readable parquet file" in failure(path)
    assert "row 2: user_input is empty" in failure(write_parquet(path, {"user_input": ["a", None], "toxicity": [0, 1]}))
    assert "row 1: user_input is 5, not text" in failure(write_parquet(path, {"user_input": [5], "toxicity": [0]}))
    assert "row 1: toxicity is 0.5" in failure(write_parquet(path, {"user_input": ["a"], "toxicity": [0.5]}))
    assert "found: a" in failure(write_parquet(path, {"a": [1]}))


def test_unusable_paths_are_told(tmp_path: Path) -> None:
    assert "does not exist: give bundled, hub" in failure(tmp_path / "none.csv")
    assert "is a directory" in failure(tmp_path)
    (tmp_path / "rows.xlsx").touch()
    assert "neither .csv nor .parquet" in failure(tmp_path / "rows.xlsx")
    assert "split is 'dev'" in failure("bundled", split="dev")
    assert "hub@ names no revision" in failure("hub@")


def test_file_that_may_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "rows.csv").touch()
    monkeypatch.setattr(Path, "open", refuse)
    assert "rows.csv cannot be read: Permission denied" in failure(tmp_path / "rows.csv")


class FakeHub:
    """Stands for `datasets` and the hub's answer to the probe, and remembers what was asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.rows: list[dict[str, Any]] | Exception = [{"conv_id": "c", "user_input": "NA", "toxicity": 1}]
        self.probe: Any = lambda **_: None
        module = types.ModuleType("datasets")
        module.load_dataset = self.load_dataset  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "datasets", module)
        monkeypatch.setattr("huggingface_hub.HfApi.dataset_info", lambda _api, _name, **options: self.probe(**options))

    def load_dataset(self, *names: str, **options: Any) -> Any:  # noqa: ANN401 - stands for another library
        self.asked.append((*names, options))
        if isinstance(self.rows, Exception):
            raise self.rows
        table = FakeTable(self.rows)
        table.column_names = list(self.rows[0])
        return table


class FakeTable(list[dict[str, Any]]):
    """The little of a `datasets.Dataset` that the loader uses."""

    column_names: list[str]


@pytest.fixture
def fake_hub(monkeypatch: pytest.MonkeyPatch) -> FakeHub:
    return FakeHub(monkeypatch)


def test_hub_is_asked_for_the_pinned_commit_or_the_named_one(fake_hub: FakeHub) -> None:
    dataset = load_examples("hub", split="train")
    assert (dataset.name, dataset.revision) == ("lmsys/toxic-chat/toxicchat0124/train", hub.REVISION)
    assert load_examples("hub@main").revision == "main"
    assert len(hub.REVISION) == 40
    options = {"split": "train", "revision": hub.REVISION, "na_filter": False}
    assert fake_hub.asked[0] == ("lmsys/toxic-chat", "toxicchat0124", options)
    assert fake_hub.asked[1][2]["revision"] == "main"


def test_hub_text_that_reads_na_stays_text(fake_hub: FakeHub) -> None:
    assert load_examples("hub").examples[0].user_input == "NA"
    assert fake_hub.asked[0][2]["na_filter"] is False


def test_unreachable_hub_is_told_without_asking_datasets(fake_hub: FakeHub) -> None:
    def refuse(**_: object) -> None:
        raise OSError("name not known\nand a long story")

    fake_hub.probe = refuse
    message = failure("hub")
    assert "cannot be fetched: OSError: name not known; use --dataset bundled or a local file" in message
    assert "long story" not in message
    assert not fake_hub.asked


def test_silent_hub_is_given_up(fake_hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()
    monkeypatch.setattr(hub, "PROBE_SECONDS", 0.05)
    fake_hub.probe = lambda **_: answered.wait(30)
    assert "no answer within" in failure("hub")
    answered.set()


def test_offline_mode_leaves_the_answer_to_the_cache(fake_hub: FakeHub) -> None:
    from huggingface_hub.errors import OfflineModeIsEnabled  # noqa: PLC0415 - slow to import

    def refuse(**_: object) -> None:
        raise OfflineModeIsEnabled("offline")

    fake_hub.probe = refuse
    assert load_examples("hub").examples[0].conv_id == "c"


def test_any_failure_of_datasets_is_a_dataset_error(fake_hub: FakeHub) -> None:
    fake_hub.rows = KeyError("no such split")
    with pytest.raises(DatasetError, match="cannot be fetched: KeyError") as caught:
        load_examples("hub")
    assert caught.value.__suppress_context__


def test_missing_datasets_package_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    assert "datasets is not installed: pip install datasets" in failure("hub")


def test_real_csv_reader_of_datasets_keeps_na_and_line_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    write_csv(tmp_path / "test.csv", {"conv_id": list("abc"), "user_input": ["NA", "", "x\r\n"]})
    program = (
        "import datasets\n"
        "rows = datasets.load_dataset('csv', data_files='test.csv', split='train', na_filter=False)\n"
        "print([row['user_input'] for row in rows] == ['NA', '', 'x\\r\\n'])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"
