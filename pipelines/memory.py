"""What the allocator of the process keeps of freed memory."""

import ctypes
from contextlib import suppress

_MMAP_THRESHOLD = -3


def give_back_freed_memory() -> None:
    """Lets glibc return arrays of a megabyte and more to the system when they are freed: it keeps
    those under a size that grows to 32 MB otherwise (mallopt(3), M_MMAP_THRESHOLD). Documents of
    the sample peak a quarter lower. Not for training, whose steps it makes twice as long."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").mallopt(_MMAP_THRESHOLD, 1 << 20)
