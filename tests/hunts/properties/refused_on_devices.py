"""What fit refuses on several devices: XLA, and a first batch that does not split."""

from tests.hunts.property import over
from tests.hunts.zoo import each

from . import several_devices as several


@over(each("styles, networks, optimizers and batch sizes", several.COMPILED))
def jit_compile_fails_on_two_devices(case):
    """Fit with XLA on two devices, with XLA on one, and without XLA on two."""
    failed, *runs = several.found("compiled")[several.key(*case)]
    assert failed.startswith("InvalidArgumentError"), failed
    assert "Trying to access resource" in failed, failed
    assert "located in device" in failed, failed
    assert runs == [""] * len(runs), runs


@over(each("devices, styles, networks, batch sizes and rows", several.BATCHES))
def the_first_batch_must_split_evenly(case):
    """Fit with a first batch that does not split, and with one that does."""
    failed, *works = several.found("first_batches", case[0])[several.key(*case)]
    assert "Inputs to operation AddN" in failed, failed
    assert "must have the same size and shape" in failed, failed
    assert works == [""] * len(works), works
