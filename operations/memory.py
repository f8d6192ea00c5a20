"""What a seized process leaves in memory: as little as the C library can be told to leave.

Python gives memory back to the C library, which keeps its contents: freed keys, names and tokens
lie there until something else is written over them. Asked for, the C library writes over what is
freed; that costs time, so a setting says for which processes.
"""

import ctypes
import os
import resource

_NOT_DUMPABLE = 0
_PR_SET_DUMPABLE = 4


def wiped() -> dict[str, str]:
    """The environment in which a process writes over the memory that it frees (glibc).

    Objects of every size go to the C library, which fills what is freed; its caches by thread would
    keep some as they are.
    """
    return {
        "PYTHONMALLOC": "malloc",
        "MALLOC_PERTURB_": "165",
        "GLIBC_TUNABLES": "glibc.malloc.tcache_count=0",
    }


def close_to_others() -> None:
    """No core dump of this process, and no look into its memory by others of the same account."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if os.uname().sysname == "Linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, _NOT_DUMPABLE, 0, 0, 0)
