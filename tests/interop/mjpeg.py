"""Players that are not the project's own play MJPEG: ffmpeg's (through PyAV), and `curl` where it is installed."""

import shutil
import subprocess

import av
from server import Complaints, Server, luma, moves

FRAMES = 60
# The end of a JPEG, and the beginning of the next part.
SEAM = b"\xff\xd9\r\n--frame\r\n"

complaints = Complaints()
with Server() as server:
    pictures = []
    with av.open(f"{server.url}stream", format="mpjpeg") as stream:
        for frame in stream.decode(video=0):
            pictures.append(luma(frame))
            if len(pictures) == FRAMES:
                break
    moves(pictures)
    assert not complaints.lines, complaints.lines
    print(f"ffmpeg decoded {FRAMES} pictures of MJPEG")
    if shutil.which("curl"):
        command = ["curl", "--silent", "--no-buffer", f"{server.url}stream?fps=60"]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as curl:
            got = b""
            while got.count(SEAM) < FRAMES:
                piece = curl.stdout.read1(1 << 16)
                assert piece, "the stream ended"
                got += piece
            curl.terminate()
        print(f"curl got {FRAMES} pictures of MJPEG")
    else:
        print("left out: curl is not installed")
