/** Where one looks from, as a message that brings a camera back there. */
import type { CameraState, SetCamera, SetCameraRequest } from "../protocol";

/** A camera of the stage, or a place of one's own. */
export type Look = { event_type: "set_camera"; payload: SetCamera } | { event_type: "setCameraRequest"; payload: SetCameraRequest };

/** Through a camera of the stage. */
export const through = (path: string): Look => ({ event_type: "set_camera", payload: { path } });

/** To exactly where the camera is. */
export function lookOf({ path, eye, target, up, fov_y, projection, ortho_height, shift }: CameraState): Look {
  if (path !== null) return through(path);
  const payload: SetCameraRequest = { eye, target, up };
  if (projection === "orthographic" && ortho_height !== undefined) payload.ortho_height = ortho_height;
  else payload.fov_y = fov_y;
  if (shift !== undefined) payload.shift = shift;
  return { event_type: "setCameraRequest", payload };
}
