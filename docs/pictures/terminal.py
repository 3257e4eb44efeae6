"""Draw the picture of the terminal in the README: `uv run python docs/pictures/terminal.py`.

Runs `zwm demo --once` twice on a terminal of its own, in a fresh data directory, and renders what
it printed, colours included, as an SVG beside this file.
"""

import os
import pty
import re
import select
import subprocess
import sys
import tempfile
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

COLUMNS = 128
HERE = Path(__file__).parent


def main() -> None:
    console = Console(record=True, width=COLUMNS, file=open(os.devnull, "w"))  # noqa: PTH123, SIM115
    with tempfile.TemporaryDirectory(dir="/tmp") as home:
        Path(home).chmod(0o755)
        for _ in range(2):
            console.print(Text("$ uv run zwm demo --once", style="bold"))
            console.print(Text.from_ansi(_run("demo", "--once", home=f"{home}/zwm")))
    # Without the web font that rich's template loads.
    template = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    console.save_svg(str(HERE / "demo.svg"), title="zwm", code_format=template)


def _run(*arguments: str, home: str) -> str:
    """What the command leaves on a terminal: bars are shown as they were at the end."""
    master, slave = pty.openpty()
    environment = os.environ | {
        "ZWM_HOME": home,
        "COLUMNS": str(COLUMNS),
        "TERM": "xterm-256color",
        "ZWM_LOG_FORMAT": "console",
    }
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "workflow_mirror", *arguments],
        stdout=slave,
        stderr=slave,
        env=environment,
    )
    os.close(slave)
    output = _read_all(master)
    process.wait()
    return _last_frame(output.decode())


def _read_all(master: int) -> bytes:
    chunks = []
    while select.select([master], [], [], 60)[0]:
        try:
            chunk = os.read(master, 65536)
        except OSError:  # the other end is closed
            break
        if not chunk:
            break
        chunks.append(chunk)
    return b"".join(chunks)


def _last_frame(output: str) -> str:
    """Drop log lines, and the frames of the bar that a later one was drawn over."""
    lines: list[str] = []
    for line in output.replace("\r\n", "\n").split("\n"):
        frame = line.split("\r")[-1]
        ups = line.count("\x1b[1A")
        del lines[max(0, len(lines) - ups) :]
        text = re.sub(r"\x1b\[(\?25[lh]|2K|1A)", "", frame)
        if "[info" not in text:
            lines.append(text)
    return "\n".join(lines).strip("\n") + "\n"


if __name__ == "__main__":
    main()
