/** Where a picture lies within an area that keeps its shape: CSS `object-fit`. */
import type { Box } from "./gestures";

/** The box of a `width`:`height` picture in `area`, in the middle, as large as it fits. */
export const contain = (area: Box, width: number, height: number): Box => fit(area, width, height, Math.min);

/** The box of a `width`:`height` picture around `area`, in the middle, so large that nothing of the area stays empty. */
export const cover = (area: Box, width: number, height: number): Box => fit(area, width, height, Math.max);

function fit(area: Box, width: number, height: number, choose: (across: number, down: number) => number): Box {
  if (!(width > 0 && height > 0)) return area;
  const scale = choose(area.width / width, area.height / height);
  const [w, h] = [width * scale, height * scale];
  return { left: area.left + (area.width - w) / 2, top: area.top + (area.height - h) / 2, width: w, height: h };
}
