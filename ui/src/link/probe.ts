/** Does WebRTC work here (again)? Tried beside a link that goes another way. */
import { withOwnAddress } from "../core/candidates";
import type { Doors } from "../core/doors";
import { leave, offer } from "./whep";

/** A path that takes longer is none. */
const PATIENCE_MS = 4000;

/** Whether a connection by `doors` comes about. It carries nothing and is closed at once. */
export async function reachesWebRtc(doors: Doors): Promise<boolean> {
  if (typeof RTCPeerConnection === "undefined") return false;
  const peer = new RTCPeerConnection();
  let resource: string | null = null;
  try {
    peer.createDataChannel("probe");
    await peer.setLocalDescription();
    const answer = await offer(doors.whep, peer.localDescription?.sdp ?? "", AbortSignal.timeout(PATIENCE_MS));
    resource = answer.resource;
    await peer.setRemoteDescription({ type: "answer", sdp: withOwnAddress(answer.sdp, doors.server) });
    return await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), PATIENCE_MS);
      peer.addEventListener("connectionstatechange", () => {
        if (peer.connectionState !== "connected" && peer.connectionState !== "failed") return;
        clearTimeout(timer);
        resolve(peer.connectionState === "connected");
      });
    });
  } catch {
    return false;
  } finally {
    peer.close();
    if (resource !== null) leave(resource);
  }
}
