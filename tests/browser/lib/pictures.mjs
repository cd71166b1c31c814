// Comparing pictures: structural similarity on luma, and where which colour is.

/** Luma (Rec. 709 weights), one number for each pixel. */
export function luma({ data, width, height }) {
  const out = new Float64Array(width * height);
  for (let i = 0; i < out.length; i += 1) out[i] = 0.2126 * data[4 * i] + 0.7152 * data[4 * i + 1] + 0.0722 * data[4 * i + 2];
  return out;
}

/** Structural similarity (Wang et al. 2004), mean over windows of 8x8 pixels, every 4 pixels. 1: the same. */
export function ssim(a, b) {
  if (a.width !== b.width || a.height !== b.height) throw new Error(`sizes differ: ${a.width}x${a.height}, ${b.width}x${b.height}`);
  const [p, q] = [luma(a), luma(b)];
  const [c1, c2] = [(0.01 * 255) ** 2, (0.03 * 255) ** 2];
  let [sum, windows] = [0, 0];
  for (let top = 0; top + 8 <= a.height; top += 4) {
    for (let left = 0; left + 8 <= a.width; left += 4) {
      let [sp, sq, spp, sqq, spq] = [0, 0, 0, 0, 0];
      for (let y = top; y < top + 8; y += 1) {
        for (let x = left; x < left + 8; x += 1) {
          const [u, v] = [p[y * a.width + x], q[y * a.width + x]];
          sp += u;
          sq += v;
          spp += u * u;
          sqq += v * v;
          spq += u * v;
        }
      }
      const [mp, mq] = [sp / 64, sq / 64];
      const [vp, vq, cov] = [spp / 64 - mp * mp, sqq / 64 - mq * mq, spq / 64 - mp * mq];
      sum += ((2 * mp * mq + c1) * (2 * cov + c2)) / ((mp * mp + mq * mq + c1) * (vp + vq + c2));
      windows += 1;
    }
  }
  return sum / windows;
}

/** Pixels of which one channel stands out (0 red, 1 green, 2 blue): how many, and their middle from the top left, 0 to 1. */
export function colour({ data, width, height }, channel) {
  let [count, x, y] = [0, 0, 0];
  for (let i = 0; i < width * height; i += 1) {
    const own = data[4 * i + channel];
    const other = Math.max(data[4 * i + ((channel + 1) % 3)], data[4 * i + ((channel + 2) % 3)]);
    if (own < 60 || own < 1.6 * other) continue;
    count += 1;
    x += i % width;
    y += Math.floor(i / width);
  }
  return { share: count / (width * height), x: x / count / width, y: y / count / height };
}

/** Pixels that differ by more than encoder noise, as a share. */
export function changed(a, b) {
  const [p, q] = [luma(a), luma(b)];
  return p.reduce((count, value, i) => count + (Math.abs(value - q[i]) > 12 ? 1 : 0), 0) / p.length;
}

/** Columns of a JPEG (the frame header of ITU-T T.81, B.2.2); `null` if it has none. */
export function pictureWidth(jpeg) {
  for (let at = 2; at + 9 <= jpeg.length && jpeg[at] === 0xff; at += 2 + jpeg.readUInt16BE(at + 2)) {
    if (jpeg[at + 1] >= 0xc0 && jpeg[at + 1] <= 0xc2) return jpeg.readUInt16BE(at + 7);
  }
  return null;
}
