"""What a process gives up before it touches a file. Started by its path, it then becomes the program that it is given.

Writing to any file is given up by all: what is made leaves through a pipe.
"""

import os
import resource
import sys

FFMPEG_MEMORY_BYTES = 4 * 1024**3
FFMPEG_CPU_SECONDS = 1800


def give_up(*, memory_bytes: int, cpu_seconds: int) -> None:
    for what, limit in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (limit, limit))


def main() -> None:
    give_up(memory_bytes=FFMPEG_MEMORY_BYTES, cpu_seconds=FFMPEG_CPU_SECONDS)
    os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606  # a program that `ffmpeg.py` found, without a shell


if __name__ == "__main__":
    main()
