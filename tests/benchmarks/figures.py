"""Where the benchmarks put their figures; `./erp test benchmarks` prints them."""

from __future__ import annotations

import json
import os
from pathlib import Path

from hosts import HOST


def figure(name: str, value: float, unit: str) -> None:
    """Keep one figure of this host for the list that is printed at the end."""
    decimals = 0 if value >= 1000 or value == int(value) else 1 if value >= 10 else 2
    shown = f"{value:,.{decimals}f}"
    print(f"{name} [{HOST}]: {shown} {unit}")
    if target := os.environ.get("ERP_FIGURES"):
        with Path(target).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"name": name, "host": HOST, "value": shown, "unit": unit}) + "\n")
