/**
 * Focal lengths as photographers count them: in millimetres, on film that is 24 mm high (full frame). A camera of the stage
 * has an aperture of its own, and its own number for that; this is the one of a free view.
 */
import type { CameraRow, CameraState } from "../protocol";

/** Height of full frame film. */
export const FILM_HEIGHT_MM = 24;
/** What a slider offers; a number may be any. */
export const FOCAL_RANGE_MM = [10, 300] as const;
/** What can be asked for: the server takes fields of view of 0.01° to 179°. */
const FOV_RANGE = [0.01, 179] as const;

/** The focal length that gives this vertical field of view in degrees. */
export const focalOf = (fov: number): number => FILM_HEIGHT_MM / 2 / Math.tan((fov * Math.PI) / 360);

/** The vertical field of view in degrees of this focal length. */
export function fovOf(focal: number): number {
  const fov = (Math.atan(FILM_HEIGHT_MM / 2 / focal) * 360) / Math.PI;
  return Math.min(FOV_RANGE[1], Math.max(FOV_RANGE[0], fov));
}

/** A number with as many digits as matter. */
export const short = (value: number): string => String(Number(value.toPrecision(value < 100 ? 3 : 4)));

/** What a stage's camera frames within a picture: shares of its width and height, around its middle. `null`: all of it. */
export function frameOf(camera: CameraState | null, cameras: readonly CameraRow[], [width, height]: readonly [number, number]): [number, number] | null {
  const aspect = cameras.find(({ path }) => path === camera?.path)?.aspect;
  const picture = width / height;
  if (aspect === undefined || !(picture > 0) || !Number.isFinite(picture) || Math.abs(picture / aspect - 1) < 0.005) return null;
  // The server never crops the frame: what the picture is wider or higher shows more of the scene.
  return picture > aspect ? [aspect / picture, 1] : [1, picture / aspect];
}
