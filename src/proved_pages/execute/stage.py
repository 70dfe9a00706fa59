"""Run all cells that must run, before Sphinx reads the first page.

Sphinx would run a page's cells while it reads the page, in whichever of its processes
has its turn. Here it is a stage of its own: the pages whose outputs are not there, the
longest first, wait in one queue, and as many kernels as there are processes (``-j``)
work at it. A page's result is kept when its checks have passed (`results`); what is
wrong is told with all that Sphinx finds later (`problems`).

Sphinx then only reads (`reader`), and a kernel is never waited for.
"""

import asyncio
import threading
from collections import deque
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from proved_pages import problems
from proved_pages.execute import forks
from proved_pages.execute.checks import problems_of
from proved_pages.execute.freshness import modules_of, page_key
from proved_pages.execute.page_keys import page_keys
from proved_pages.execute.reader import reader_settings
from proved_pages.execute.results import CPU, TIMES, Results
from proved_pages.execute.run_page import Outcome, PageRun
from proved_pages.execute.schedule import (
    estimate,
    expected,
    longest_first,
    parse_share,
    share,
)
from proved_pages.execute.sockets import kernels_at_once
from proved_pages.execute.sources import Source, find_sources
from proved_pages.settings import executed_folder, packages_of
from proved_pages.state import state
from proved_pages.terminal import say


def run_stale(app: Sphinx) -> None:
    """Run the pages that have no result for what they depend on now."""
    results = Results(executed_folder(app))
    settings = reader_settings(app.config)
    sources = {}
    state(app).sources = find_sources(app, results.folder, settings)
    for source in state(app).sources:
        if source.error:
            message = f"the page cannot be read: {source.error}"
            problems.note(app, source.page, 1, message)
        else:
            sources[source.page] = source
    shared = settings["shared"]
    keys = page_keys(sources.values(), packages_of(app), shared, results.folder)
    stale = {page for page in sources if not results.has(page, keys[page])}
    if stale:
        _run(app, results, sources, stale)
    results.tidy(sources)


def _run(
    app: Sphinx, results: Results, sources: dict[str, Source], stale: set[str]
) -> None:
    """Run the `stale` pages, or this machine's share of them."""
    config = app.config
    estimates = {
        page: estimate(source.text, config.proved_slow_calls)
        for page, source in sources.items()
    }
    if config.proved_share:
        # A share of all pages: what is stale may differ from machine to machine.
        stale = stale & set(share(estimates, *parse_share(config.proved_share)))
        if not stale:
            return
    times, cpu = results.seconds(TIMES), results.seconds(CPU)
    order = longest_first(expected(estimates, times))
    queue = [sources[page] for page in order if page in stale]
    say(f"running the cells of {len(queue)} of {len(sources)} pages")
    forks.start(app)
    try:
        Stage(app, results, times, cpu).run(queue)
    finally:
        for name, seconds in ((TIMES, times), (CPU, cpu)):
            there = {page: n for page, n in seconds.items() if page in sources}
            results.keep_seconds(name, there)


def key_of(app: Sphinx, source: Source) -> str:
    """Return what the outputs of a page depend on, as it is at this moment."""
    shared = reader_settings(app.config)["shared"]
    packages = packages_of(app)
    return page_key(source.cells, modules_of(source.cells, packages), packages, shared)


class Stage:
    """The run of a queue of pages."""

    def __init__(
        self,
        app: Sphinx,
        results: Results,
        times: dict[str, float],
        cpu: dict[str, float],
    ) -> None:
        """Put what passes into `results`.

        Note in `times` how long it took, and in `cpu` how much of a processor.
        """
        self.app = app
        self.results = results
        self.times = times
        self.cpu = cpu
        self.running: set[PageRun] = set()
        self.over = False
        self.task: asyncio.Task[None] | None = None

    def run(self, queue: list[Source]) -> None:
        """Run all pages of `queue`; come back when the last one is done.

        The loop has a thread of its own: in the main thread, each of nbclient's clients
        would take Ctrl-C for itself. Here it stops the stage, and with it the build.
        """
        failures: list[BaseException] = []
        # Not Thread.join: up to Python 3.12, one that Ctrl-C interrupts takes the
        # thread for ended (bpo-45274), and the next one does not wait. Then nbclient
        # would clean up at exit what the thread cleans up now, and wait for ever.
        ended = threading.Event()

        def work() -> None:
            try:
                asyncio.run(self._work(deque(queue)))
            except (Exception, asyncio.CancelledError) as error:
                failures.append(error)
            finally:
                ended.set()

        threading.Thread(target=work, name="cells", daemon=True).start()
        try:
            ended.wait()
        except BaseException:
            self._give_up()
            ended.wait(timeout=60)
            raise
        for failure in failures:  # the first of the group's: the others were cancelled
            if isinstance(failure, BaseExceptionGroup):
                raise failure.exceptions[0]
            raise failure

    async def _work(self, queue: deque[Source]) -> None:
        self.task = asyncio.current_task()
        workers = min(kernels_at_once(self.app.parallel), len(queue))
        if workers > 1:
            # While a kernel starts or ends, or a result is written, a core would wait.
            workers += 1
        async with asyncio.TaskGroup() as group:
            for _ in range(workers):
                group.create_task(self._worker(queue))

    async def _worker(self, queue: deque[Source]) -> None:
        while queue and not self.over:
            await self._page(queue.popleft())

    async def _page(self, source: Source) -> None:
        config = self.app.config
        folder = None if config.nb_execution_in_temp else Path(source.path).parent
        run = PageRun(source.cells, folder, config.nb_execution_timeout)
        key = key_of(self.app, source)
        say(f"  running  {source.page} ({len(source.cells)} cells)")
        self.running.add(run)
        outcome = await run.outcome()
        self.running.discard(run)
        if not self.over:
            self._keep(source, key, outcome)
            say(f"  done     {source.page} in {outcome.seconds:.1f} s")

    def _keep(self, source: Source, key: str, outcome: Outcome) -> None:
        """Keep what passes its checks, and note what does not.

        `key` is from before the run. Where an example was saved meanwhile, nobody knows
        which one the cells saw, and nothing is kept.
        """
        page, now = source.page, state(self.app)
        now.ran[page] = len(source.cells)
        found = problems_of(self.app, source.cells, outcome)
        if found:
            now.failed[page] = outcome.notebook
            for line, message, cure in found:
                problems.note(self.app, page, line, message, cure)
        elif key == key_of(self.app, source):
            self.results.store(page, key, outcome.notebook)
            self.times[page] = round(outcome.seconds, 1)
            if outcome.cpu:
                self.cpu[page] = round(outcome.cpu, 1)

    def _give_up(self) -> None:
        """Kill the kernels that run, and start no more."""
        self.over = True
        for run in self.running:
            run.give_up()
        if self.task is not None:  # else it has not begun, and finds that it is over
            self.task.get_loop().call_soon_threadsafe(self.task.cancel)


def pages_to_read(
    app: Sphinx,
    env: BuildEnvironment,
    added: set[str],
    changed: set[str],
    removed: set[str],
) -> list[str]:
    """Let Sphinx read the pages again whose cells ran in this build."""
    return sorted(state(app).ran)
