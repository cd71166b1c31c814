"""Recordings, the server's and the viewer's, are demuxed and decoded by ffmpeg's libraries without a complaint."""

import json
import pathlib
import tempfile

import av
from server import SIZE, Complaints, Server

FRAMES = 60
complaints = Complaints()


def check(path):
    """Every packet of the file becomes a picture, each later than the last."""
    with av.open(str(path)) as movie:
        video = movie.streams.video[0]
        assert (video.codec_context.name, video.width, video.height) == ("h264", *SIZE), video
        times = [frame.pts for frame in movie.decode(video)]
    assert len(times) >= FRAMES and times == sorted(set(times)), f"{path.name}: {len(times)} pictures"
    assert not complaints.lines, f"{path.name}: {complaints.lines}"
    print(f"ffmpeg decoded {len(times)} pictures of {path.name}")


def request(action):
    return json.dumps({"event_type": "recordRequest", "payload": {"action": action}})


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    (folder / "server").mkdir()
    with Server("--record-dir", str(folder / "server")) as server:
        server.watch("--frames", str(FRAMES), "--record", str(folder / "viewer.mp4"))
        server.watch("--frames", str(2 * FRAMES), "--send", request("start"))
        server.watch("--frames", "2", "--send", request("stop"))
    files = [folder / "viewer.mp4", *(folder / "server").glob("*.mp4")]
    assert len(files) == 2, files
    for file in files:
        check(file)
