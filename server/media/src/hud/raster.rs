//! Triangles with colours and a texture, as egui tessellates them, onto a [`Plate`].
//!
//! Corners are snapped to 1/256 of a pixel and edges are tested in whole numbers with a top-left rule: two triangles that
//! share an edge cover each pixel once, so nothing that is translucent shows a seam. Colours are premultiplied and mixed
//! as they are encoded, which is what egui means by them. Texels are taken as they are: egui lays glyphs on whole pixels.

use egui::epaint::{ClippedPrimitive, ImageDelta, Primitive, Vertex};
use egui::{Color32, ColorImage, ImageData};

use super::plate::{Plate, over};

/// Steps in a pixel.
const STEPS: i64 = 256;
/// Corners farther away than that are brought nearer: nothing there is seen.
const FAR: f32 = 1e6;

/// The atlas of glyphs, kept as egui changes it.
#[derive(Default)]
pub struct Texture(ColorImage);

impl Texture {
    /// Takes a change.
    pub fn update(&mut self, delta: &ImageDelta) {
        let ImageData::Color(image) = &delta.image;
        let Some([left, top]) = delta.pos else {
            self.0 = ColorImage::clone(image);
            return;
        };
        let width = self.0.size[0];
        for (row, from) in image.pixels.chunks_exact(image.size[0].max(1)).enumerate() {
            let start = (top + row) * width + left;
            if let Some(to) = self.0.pixels.get_mut(start..start + from.len()) {
                to.copy_from_slice(from);
            }
        }
    }

    fn texel(&self, u: f32, v: f32) -> Color32 {
        let [width, height] = self.0.size;
        let at = |share: f32, count: usize| ((share * count as f32) as usize).min(count.saturating_sub(1));
        self.0.pixels.get(at(v, height) * width + at(u, width)).copied().unwrap_or(Color32::WHITE)
    }
}

/// Whole pixels: the first column and row, and those behind the last.
#[derive(Clone, Copy)]
struct Area {
    from: [i64; 2],
    to: [i64; 2],
}

impl Area {
    fn and(self, other: Self) -> Self {
        Self {
            from: [self.from[0].max(other.from[0]), self.from[1].max(other.from[1])],
            to: [self.to[0].min(other.to[0]), self.to[1].min(other.to[1])],
        }
    }

    /// All pixels that these points and what lies between them touch.
    fn around(points: impl Iterator<Item = [f32; 2]>) -> Self {
        let (mut from, mut to) = ([f32::INFINITY; 2], [f32::NEG_INFINITY; 2]);
        for point in points {
            for axis in 0..2 {
                from[axis] = from[axis].min(point[axis]);
                to[axis] = to[axis].max(point[axis]);
            }
        }
        Self {
            from: from.map(|v| v.clamp(-FAR, FAR).floor() as i64),
            to: to.map(|v| v.clamp(-FAR, FAR).ceil() as i64),
        }
    }
}

/// Draws all of it; `scale` is pixels per point, `size` the large picture's.
pub fn plate(primitives: &[ClippedPrimitive], texture: &Texture, scale: f32, size: [u32; 2]) -> Plate {
    let screen = Area { from: [0; 2], to: size.map(i64::from) };
    let meshes = || {
        primitives.iter().filter_map(|primitive| match &primitive.primitive {
            Primitive::Mesh(mesh) => {
                let (low, high) = (primitive.clip_rect.min, primitive.clip_rect.max);
                let round = |v: f32| (v * scale).clamp(-FAR, FAR).round() as i64;
                let clip = Area { from: [round(low.x), round(low.y)], to: [round(high.x), round(high.y)] };
                Some((mesh, clip.and(screen)))
            }
            // Only what we ask for is painted, and that is no call back into a graphics API.
            Primitive::Callback(_) => None,
        })
    };
    let place = |vertex: &Vertex| [vertex.pos.x * scale, vertex.pos.y * scale];
    let covered = meshes().map(|(mesh, clip)| Area::around(mesh.vertices.iter().map(place)).and(clip));
    let bounds =
        covered.filter(|area| area.from[0] < area.to[0] && area.from[1] < area.to[1]).reduce(|a, b| Area {
            from: [a.from[0].min(b.from[0]), a.from[1].min(b.from[1])],
            to: [a.to[0].max(b.to[0]), a.to[1].max(b.to[1])],
        });
    let Some(bounds) = bounds else { return Plate::new([0; 2], [0; 2]) };
    let mut plate = Plate::new(bounds.from.map(|v| v as u32), bounds.to.map(|v| v as u32));
    for (mesh, clip) in meshes() {
        for corners in mesh.indices.chunks_exact(3) {
            let corner = |index: usize| mesh.vertices.get(corners[index] as usize);
            if let (Some(a), Some(b), Some(c)) = (corner(0), corner(1), corner(2)) {
                triangle(&mut plate, [a, b, c], texture, scale, clip.and(bounds));
            }
        }
    }
    plate
}

fn triangle(plate: &mut Plate, mut corners: [&Vertex; 3], texture: &Texture, scale: f32, clip: Area) {
    let snap = |v: f32| ((v * scale).clamp(-FAR, FAR) * STEPS as f32).round() as i64;
    let place = |vertex: &Vertex| [snap(vertex.pos.x), snap(vertex.pos.y)];
    let cross =
        |a: [i64; 2], b: [i64; 2], p: [i64; 2]| (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]);
    let area = cross(place(corners[0]), place(corners[1]), place(corners[2]));
    if area == 0 {
        return;
    }
    if area < 0 {
        corners.swap(1, 2);
    }
    let points = corners.map(place);
    let edges = [(points[1], points[2]), (points[2], points[0]), (points[0], points[1])];
    // A pixel on an edge belongs to the triangle that has it on its top or left.
    let least = edges.map(|(a, b)| {
        let is_top_left = b[1] < a[1] || (a[1] == b[1] && b[0] > a[0]);
        i64::from(!is_top_left)
    });
    let area = area.abs();
    let within = Area::around(corners.iter().map(|v| [v.pos.x * scale, v.pos.y * scale])).and(clip);
    // Backgrounds have one colour, and are most of what is drawn.
    let is_flat = corners[1..].iter().all(|v| v.color == corners[0].color && v.uv == corners[0].uv);
    let flat = is_flat.then(|| color(corners, [1.0, 0.0, 0.0], texture));
    let left = i64::from(plate.from()[0]);
    for y in within.from[1]..within.to[1] {
        let start = [within.from[0] * STEPS + STEPS / 2, y * STEPS + STEPS / 2];
        let at_start = edges.map(|(a, b)| cross(a, b, start));
        // What each edge's number grows by from one pixel to the next.
        let growth = edges.map(|(a, b)| (a[1] - b[1]) * STEPS);
        let (mut first, mut behind) = (0, within.to[0] - within.from[0]);
        for edge in 0..3 {
            let lacks = least[edge] - at_start[edge];
            match growth[edge] {
                0 if lacks > 0 => behind = 0,
                0 => {}
                up if up > 0 => first = first.max(-(-lacks).div_euclid(up)),
                down => behind = behind.min((-lacks).div_euclid(-down) + 1),
            }
        }
        let row = plate.row(y as u32);
        for step in first..behind {
            let at = (within.from[0] - left + step) as usize * 4;
            let above = flat.unwrap_or_else(|| {
                let weight = |edge: usize| (at_start[edge] + growth[edge] * step) as f32 / area as f32;
                color(corners, [weight(0), weight(1), weight(2)], texture)
            });
            over(&mut row[at..at + 4], &above);
        }
    }
}

/// The corners' colours mixed by `weights`, times the texel there.
fn color(corners: [&Vertex; 3], weights: [f32; 3], texture: &Texture) -> [u8; 4] {
    let mix = |values: [f32; 3]| values[0] * weights[0] + values[1] * weights[1] + values[2] * weights[2];
    let texel = texture.texel(mix(corners.map(|v| v.uv.x)), mix(corners.map(|v| v.uv.y))).to_array();
    let colors = corners.map(|v| v.color.to_array());
    std::array::from_fn(|channel| {
        let vertex = mix(colors.map(|color| f32::from(color[channel])));
        (vertex * f32::from(texel[channel]) / 255.0 + 0.5) as u8
    })
}
