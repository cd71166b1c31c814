"""A WHEP player that is not the project's own (aiortc, with ffmpeg's decoder) plays the stream."""

import asyncio
import urllib.error
import urllib.parse
import urllib.request

from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpReceiver, RTCSessionDescription
from server import Server, luma, moves

FRAMES = 60
# Far beyond what anything here takes.
PATIENCE = 30


def post(url, sdp):
    """The answer and the session's address."""
    request = urllib.request.Request(f"{url}whep", sdp.encode(), {"Content-Type": "application/sdp"}, method="POST")
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        assert answer.status == 201, answer.status
        return answer.read().decode(), urllib.parse.urljoin(url, answer.headers["Location"])


def delete(address):
    with urllib.request.urlopen(urllib.request.Request(address, method="DELETE"), timeout=PATIENCE) as answer:
        return answer.status


async def play(url):
    player = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    video = player.addTransceiver("video", direction="recvonly")
    codecs = RTCRtpReceiver.getCapabilities("video").codecs
    video.setCodecPreferences([codec for codec in codecs if codec.mimeType in ("video/H264", "video/rtx")])
    await player.setLocalDescription(await player.createOffer())
    sdp, session = await asyncio.to_thread(post, url, player.localDescription.sdp)
    await player.setRemoteDescription(RTCSessionDescription(sdp, "answer"))
    times, pictures = [], []
    while len(times) < FRAMES:
        frame = await asyncio.wait_for(video.receiver.track.recv(), PATIENCE)
        times.append(frame.pts)
        pictures.append(luma(frame))
    assert times == sorted(set(times)), "pictures repeat or go backwards"
    moves(pictures)
    # As RFC 9725 and the draft want it: the session ends by DELETE, and only once.
    assert await asyncio.to_thread(delete, session) == 200
    try:
        await asyncio.to_thread(delete, session)
    except urllib.error.HTTPError as error:
        assert error.code == 404, error.code
    await player.close()


with Server() as server:
    asyncio.run(play(server.url))
print(f"aiortc decoded {FRAMES} pictures over WHEP")
