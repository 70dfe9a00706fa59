"""Run the cells of one page in a kernel of its own, with nbclient."""

import tempfile
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from nbformat import NotebookNode, v4

from proved_pages.execute.cpu_time import cpu_seconds
from proved_pages.execute.page_cells import Cell
from proved_pages.execute.warning_places import shortened, shortened_logs

TIMED_OUT, DIED = "timed out", "died"


@dataclass
class Outcome:
    """What came of the cells of a page.

    `notebook` holds the code cells and their outputs, up to the first one that raised
    what it had not declared. `trouble` is `TIMED_OUT`, `DIED` or empty, and `details`
    is what was said about it. `cpu` are the CPU seconds of the kernel; 0.0: unknown.
    """

    notebook: nbformat.NotebookNode
    seconds: float = 0.0
    cpu: float = 0.0
    trouble: str = ""
    details: str = ""


class PageRun:
    """The run of one page, which may be given up."""

    def __init__(
        self, cells: Sequence[Cell], folder: Path | None, timeout: int
    ) -> None:
        """Prepare to run `cells` in `folder`, or in an empty one that goes afterwards.

        A cell may take `timeout` seconds.
        """
        self.folder = folder
        self.client = NotebookClient(
            _notebook(cells),
            timeout=timeout,
            record_timing=False,
            on_cell_executed=self._note_cpu,
        )
        self.cpu = 0.0

    async def outcome(self) -> Outcome:
        """Run the cells."""
        outcome = Outcome(self.client.nb)
        place: AbstractContextManager[object]
        place = (
            nullcontext(self.folder) if self.folder else tempfile.TemporaryDirectory()
        )
        started = time.monotonic()
        with place as folder:
            self.client.resources = {"metadata": {"path": str(folder)}}
            try:
                await self.client.async_execute()
            except CellExecutionError:
                pass  # the error is among the outputs
            except CellTimeoutError as error:
                outcome.trouble, outcome.details = TIMED_OUT, str(error)
            except RuntimeError as error:  # DeadKernelError is one; so a failed start
                if "kernel" not in str(error).lower():
                    raise
                outcome.trouble, outcome.details = DIED, str(error)
        outcome.seconds = time.monotonic() - started
        _shorten_places(outcome.notebook)
        outcome.cpu = self.cpu
        return outcome

    def _note_cpu(self, **cell: object) -> None:
        """Note how much the kernel has worked: after the last cell, it ends."""
        manager = self.client.km
        process = manager and getattr(manager.provisioner, "pid", None)
        self.cpu = cpu_seconds(process) if process else 0.0

    def give_up(self) -> None:
        """Let the kernel be killed, not asked to end, when the run is cancelled."""
        self.client.shutdown_kernel = "immediate"


def _shorten_places(notebook: nbformat.NotebookNode) -> None:
    """Let warnings name no file of this machine: results are the same everywhere."""
    shorten = {"stderr": shortened, "stdout": shortened_logs}
    for cell in notebook.cells:
        for output in cell.outputs:
            if output.output_type == "stream":
                output.text = shorten[output.name](output.text)


def _notebook(cells: Sequence[Cell]) -> nbformat.NotebookNode:
    """Return the cells as a notebook: the same bytes for the same cells."""
    made = [
        v4.new_code_cell(
            cell.source, id=f"cell-{n}", metadata={"tags": list(cell.tags)}
        )
        for n, cell in enumerate(cells)
    ]
    kernel = {"name": "python3", "display_name": "Python 3"}
    notebook: NotebookNode = v4.new_notebook(
        cells=made, metadata={"kernelspec": kernel}
    )
    return notebook
