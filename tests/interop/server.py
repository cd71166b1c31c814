"""The built server as a process, and its messages in ffmpeg's log, for players that are not the project's own."""

import logging
import os
import subprocess

BINARY = os.environ["TELESTAGE_BIN"]
SIZE = (640, 360)
# Options of the server are variables of this name too: tests decide them alone.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("TELESTAGE_")}


class Server:
    """`telestage serve` with a stage, or with the test pattern; ends with the block."""

    def __init__(self, *options, stage=None):
        self.options = options
        self.what = [stage] if stage else ["--source", "pattern"]

    def __enter__(self):
        size = f"{SIZE[0]}x{SIZE[1]}"
        command = [BINARY, "serve", *self.what, "--size", size, "--fps", "30", "--no-announce", "--port", "0"]
        self.process = subprocess.Popen(
            [*command, "--log", "error", *self.options], env=ENVIRONMENT, stdout=subprocess.PIPE, text=True
        )
        line = self.process.stdout.readline()
        if not line.startswith("telestage ready: "):
            self.process.kill()
            raise SystemExit(f"the server is not ready: it said {line!r}")
        self.url = line.split(": ", 1)[1].strip()
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=30)

    def watch(self, *options):
        """Runs `telestage watch` to its end."""
        subprocess.run([BINARY, "watch", self.url, *options], env=ENVIRONMENT, check=True, stdout=subprocess.DEVNULL)


class Complaints(logging.Handler):
    """What ffmpeg's libraries warn of, as PyAV hands it on."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.lines = []
        logging.getLogger("libav").addHandler(self)

    def emit(self, record):
        self.lines.append(record.getMessage())


def luma(frame):
    """A decoded frame's size and its brightness, byte by byte."""
    plane = frame.reformat(format="gray").planes[0]
    data = bytes(plane)
    rows = (data[row * plane.line_size :][: frame.width] for row in range(frame.height))
    return (frame.width, frame.height), b"".join(rows)


def moves(pictures):
    """Whether the pictures, as `luma` gives them, are of the right size, not empty, and not all the same."""
    for size, picture in pictures:
        assert size == SIZE, size
        assert max(picture) - min(picture) > 100, "a picture is of one colour"
    assert len(set(pictures)) > len(pictures) // 2, "nothing moves"
