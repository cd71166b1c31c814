/** Where a picture lies within an area that keeps its shape (`object-fit: contain`). */
import type { Box } from "./gestures";

/** The box of a `width`:`height` picture in `area`, in the middle, as large as it fits. */
export function contain(area: Box, width: number, height: number): Box {
  if (!(width > 0 && height > 0)) return area;
  const scale = Math.min(area.width / width, area.height / height);
  const [w, h] = [width * scale, height * scale];
  return { left: area.left + (area.width - w) / 2, top: area.top + (area.height - h) / 2, width: w, height: h };
}
