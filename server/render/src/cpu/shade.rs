//! Deferred shading: from a triangle and a pixel to light, eight pixels of one draw at a time.
//!
//! Nothing was interpolated on the way here. Barycentrics are recomputed from the triangle's own points, relative to
//! the pixel, so they are perspective-correct, need no clipping and keep their digits for tiny triangles.

use telestage_scene::{Attribute, Channel, Domain, Scene, TextureInput};

use super::brdf::{Points, Reflected};
use super::geometry::{Mesh, Stage};
use super::instance::Instance;
use super::kernels::Kernel;
use super::light::Lights;
use super::marks::{self, Marks};
use super::material::{Colour, Number, Pass, Surface};
use super::math::{cross, dot, normalize};
use super::setup::affine;
use super::simd::{Float, LANES, Mask, three};
use super::texture::{Coordinates, Source};

/// What all pixels of a frame share.
pub struct Surroundings<'a> {
    /// The scene.
    pub stage: &'a Stage,
    /// The light.
    pub lights: &'a Lights,
    /// Where the eye is, in stage space.
    pub eye: glam::DVec3,
    /// Direction towards the eye, in parallel projection.
    pub to_eye: Option<[f32; 3]>,
    /// What is drawn of triangles besides their surfaces, or in place of them.
    pub marks: Option<Marks>,
}

/// Pixels of one draw.
#[derive(Clone, Copy, Debug)]
pub struct Packet {
    /// Columns and rows of the pixels' centres.
    pub at: [[f32; LANES]; 2],
    /// Their triangles; unused lanes repeat a used one.
    pub triangles: [u32; LANES],
    /// Stop at [`Lit::cover`], before the material decides what it means.
    pub only_cover: bool,
}

/// What a packet's pixels look like.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lit {
    /// Linear light, the background not yet shining through.
    pub rgb: [[f32; LANES]; 3],
    /// How much of the background is covered.
    pub cover: [f32; LANES],
    /// Unit normals in stage space.
    pub normal: [[f32; LANES]; 3],
}

/// Texture coordinates on a triangle, and the frame that they span for normal maps.
struct Chart<F> {
    coordinates: Coordinates,
    /// Change of u and v along the triangle's two sides.
    sides: [[F; 2]; 2],
}

/// An attribute's values and how to find them.
#[derive(Clone, Copy)]
pub struct Values<'a, T> {
    domain: Domain,
    values: &'a [T],
}

/// One draw, ready for shading.
pub struct Look<'a> {
    /// Its matrices.
    pub instance: &'a Instance,
    mesh: &'a Mesh,
    surface: &'a Surface,
    points: &'a [[f32; 3]],
    triangles: &'a [[u32; 3]],
    normals: Values<'a, [f32; 3]>,
    uv: Values<'a, [f32; 2]>,
    color: Values<'a, [f32; 3]>,
    opacity: Values<'a, f32>,
    stage: &'a Stage,
}

fn values<'a, T: bytemuck::AnyBitPattern>(scene: &'a Scene, attribute: &Attribute<T>) -> Values<'a, T> {
    Values { domain: attribute.domain, values: scene.arena.get(attribute.values) }
}

impl<'a> Look<'a> {
    /// Finds the arrays of `instance`.
    #[must_use]
    pub fn new(stage: &'a Stage, instance: &'a Instance) -> Self {
        let mesh = &stage.meshes[instance.mesh as usize];
        let scene = &*stage.scene;
        Self {
            instance,
            mesh,
            surface: &stage.surfaces[stage.items[instance.item as usize].surface as usize],
            points: scene.arena.get(mesh.points),
            triangles: scene.arena.get(mesh.triangles),
            normals: values(scene, &mesh.normals),
            uv: values(scene, &mesh.uv),
            color: values(scene, &mesh.color),
            opacity: values(scene, &mesh.opacity),
            stage,
        }
    }

    /// Reads a texture.
    #[inline(always)]
    fn read<F: Kernel>(&self, input: &TextureInput, chart: &Chart<F>) -> [F; 4] {
        let mut rgba = [[0.0; LANES]; 4];
        if let Some(pyramid) = self.stage.pyramids.get(input.texture as usize) {
            let base = bytemuck::cast_slice(self.stage.scene.arena.get(pyramid.base));
            F::sample(Source { pyramid, base }, input, &chart.coordinates, &mut rgba);
        }
        [F::load(&rgba[0]), F::load(&rgba[1]), F::load(&rgba[2]), F::load(&rgba[3])]
    }

    /// The value of a colour input.
    #[inline(always)]
    fn colour<F: Kernel>(&self, colour: &Colour, chart: &Chart<F>) -> [F; 3] {
        match &colour.texture {
            None => F::splat3(colour.constant),
            Some(input) => {
                let rgba = self.read::<F>(input, chart);
                three!(i => rgba[i].max(F::splat(0.0)))
            }
        }
    }

    /// The value of a number input, 0 to 1.
    #[inline(always)]
    fn number<F: Kernel>(&self, number: &Number, chart: &Chart<F>) -> F {
        match &number.texture {
            None => F::splat(number.constant),
            Some(input) => {
                let rgba = self.read::<F>(input, chart);
                let channel = match input.channel {
                    Channel::Rgb | Channel::R => 0,
                    Channel::G => 1,
                    Channel::B => 2,
                    Channel::A => 3,
                };
                rgba[channel].clamp(0.0, 1.0)
            }
        }
    }
}

/// Where eight pixels lie on their triangles.
struct Footing<F> {
    triangles: [u32; LANES],
    corners: [[u32; LANES]; 3],
    weights: [F; 3],
    /// All lanes lie on the same triangle.
    single: bool,
}

/// Rows of three at `index`, transposed.
#[inline(always)]
fn rows3<F: Float>(values: &[[f32; 3]], index: &[u32; LANES], single: bool) -> [F; 3] {
    if single {
        F::splat3(values.get(index[0] as usize).copied().unwrap_or_default())
    } else {
        F::gather3(values, index)
    }
}

/// Numbers at `index`.
#[inline(always)]
fn numbers<F: Float>(values: &[f32], index: &[u32; LANES]) -> F {
    let mut found = [0.0; LANES];
    for k in 0..LANES {
        found[k] = values.get(index[k] as usize).copied().unwrap_or_default();
    }
    F::load(&found)
}

/// Rows of two at `index`, transposed.
#[inline(always)]
fn pairs<F: Float>(values: &[[f32; 2]], index: &[u32; LANES]) -> [F; 2] {
    let mut found = [[0.0; LANES]; 2];
    for k in 0..LANES {
        let [u, v] = values.get(index[k] as usize).copied().unwrap_or_default();
        (found[0][k], found[1][k]) = (u, v);
    }
    [F::load(&found[0]), F::load(&found[1])]
}

/// Twice the area of the triangle that two points make with the origin.
#[inline(always)]
fn area<F: Float>(p: [F; 2], q: [F; 2]) -> F {
    p[0] * q[1] - p[1] * q[0]
}

impl<F: Float> Footing<F> {
    /// Indices into a domain's values for each corner, or one set for all corners.
    #[inline(always)]
    fn corner(&self, domain: Domain, k: usize) -> [u32; LANES] {
        match domain {
            Domain::None | Domain::Constant => [0; LANES],
            Domain::Triangle => self.triangles,
            Domain::Point => self.corners[k],
            Domain::Corner => self.triangles.map(|t| t.wrapping_mul(3).wrapping_add(k as u32)),
        }
    }

    /// The interpolated value of an attribute of three.
    #[inline(always)]
    fn fetch3(&self, from: Values<'_, [f32; 3]>) -> [F; 3] {
        match from.domain {
            Domain::None => [F::splat(0.0); 3],
            Domain::Constant => rows3(from.values, &[0; LANES], true),
            Domain::Triangle => rows3(from.values, &self.triangles, self.single),
            Domain::Point | Domain::Corner => {
                let [a, b, c] =
                    three!(k => rows3::<F>(from.values, &self.corner(from.domain, k), self.single));
                three!(i => self.blend([a[i], b[i], c[i]]))
            }
        }
    }

    /// Texture coordinates of the three corners.
    #[inline(always)]
    fn corners2(&self, from: Values<'_, [f32; 2]>) -> [[F; 2]; 3] {
        match from.domain {
            Domain::None => [[F::splat(0.0); 2]; 3],
            Domain::Constant | Domain::Triangle => {
                let all = pairs::<F>(from.values, &self.corner(from.domain, 0));
                [all; 3]
            }
            Domain::Point | Domain::Corner => {
                three!(k => pairs::<F>(from.values, &self.corner(from.domain, k)))
            }
        }
    }

    /// The interpolated value of a number.
    #[inline(always)]
    fn fetch1(&self, from: Values<'_, f32>) -> F {
        match from.domain {
            Domain::None => F::splat(0.0),
            Domain::Constant | Domain::Triangle => numbers(from.values, &self.corner(from.domain, 0)),
            Domain::Point | Domain::Corner => {
                self.blend(three!(k => numbers(from.values, &self.corner(from.domain, k))))
            }
        }
    }

    #[inline(always)]
    fn blend(&self, [a, b, c]: [F; 3]) -> F {
        let [wa, wb, wc] = self.weights;
        a.mul_add(wa, b.mul_add(wb, c * wc))
    }
}

/// `row · v` for a direction.
#[inline(always)]
fn turn<F: Float>(rows: &[[f32; 3]; 3], v: [F; 3]) -> [F; 3] {
    three!(i => dot(F::splat3(rows[i]), v))
}

/// A direction from local to stage space.
#[inline(always)]
fn turn_place<F: Float>(rows: &[[f32; 4]; 3], v: [F; 3]) -> [F; 3] {
    three!(i => dot(F::splat3([rows[i][0], rows[i][1], rows[i][2]]), v))
}

/// Changes of texture coordinates after the input's transform.
#[inline(always)]
fn turned<F: Float>(sides: &[[F; 2]; 2], input: &TextureInput) -> [[F; 2]; 2] {
    let m = &input.uv_transform;
    let [[a, b], [c, d]] = [[m[0][0], m[0][1]], [m[1][0], m[1][1]]];
    let [p, q] = *sides;
    [
        [p[0].mul_add(F::splat(a), p[1] * F::splat(b)), p[0].mul_add(F::splat(c), p[1] * F::splat(d))],
        [q[0].mul_add(F::splat(a), q[1] * F::splat(b)), q[0].mul_add(F::splat(c), q[1] * F::splat(d))],
    ]
}

/// The normal that a normal map gives: its tangent runs where u grows along the triangle, its bitangent where v does.
#[inline(always)]
fn bumped<F: Float>(normal: [F; 3], texel: [F; 3], sides: [[F; 3]; 2], uv: [[F; 2]; 2]) -> [F; 3] {
    let zero = F::splat(0.0);
    let [[u1, v1], [u2, v2]] = uv;
    let area = u1 * v2 - u2 * v1;
    let sign = F::select(area.lt(zero), F::splat(-1.0), F::splat(1.0));
    let along = three!(i => (sides[0][i] * v2 - sides[1][i] * v1) * sign);
    let lean = dot(along, normal);
    let tangent = normalize(three!(i => along[i] - normal[i] * lean));
    let bitangent = cross(normal, tangent);
    let bent = three!(i => {
        let flat = (bitangent[i] * sign).mul_add(texel[1], normal[i] * texel[2]);
        tangent[i].mul_add(texel[0], flat)
    });
    // Without texture coordinates there is no frame to bend in.
    F::select3(area.abs().gt(F::splat(1e-20)), normalize(bent), normal)
}

/// How the weights of the corners change with a step right and down: the quotient rule on the parts of the area.
#[inline(always)]
fn slopes<F: Float>(corners: [[F; 2]; 3], w: [F; 3], weights: [F; 3], inverse: F) -> [[F; 3]; 2] {
    let right = three!(k => {
        let (p, q) = ((k + 1) % 3, (k + 2) % 3);
        corners[p][1] * w[q] - w[p] * corners[q][1]
    });
    let down = three!(k => {
        let (p, q) = ((k + 1) % 3, (k + 2) % 3);
        w[p] * corners[q][0] - corners[p][0] * w[q]
    });
    let (right_sum, down_sum) = (right[0] + right[1] + right[2], down[0] + down[1] + down[2]);
    let right = three!(k => (right[k] - weights[k] * right_sum) * inverse);
    let down = three!(k => (down[k] - weights[k] * down_sum) * inverse);
    [right, down]
}

/// Shades a packet. Compiled once for each kind of vector, as [`Kernel::shade`].
#[inline(always)]
pub fn shade<F: Kernel>(around: &Surroundings<'_>, look: &Look<'_>, packet: &Packet, out: &mut Lit) {
    let zero = F::splat(0.0);
    let one = F::splat(1.0);
    let first = packet.triangles[0];
    let single = packet.triangles.iter().all(|t| *t == first);
    let triple = |t: u32| look.triangles.get(t as usize).copied().unwrap_or_default();
    let mut corners = [[0u32; LANES]; 3];
    if single {
        corners = triple(first).map(|i| [i; LANES]);
    } else {
        for (lane, t) in packet.triangles.iter().enumerate() {
            let [a, b, c] = triple(*t);
            (corners[0][lane], corners[1][lane], corners[2][lane]) = (a, b, c);
        }
    }

    let center = F::splat3(look.mesh.center.to_array());
    let points = three!(k => {
        let p = rows3::<F>(look.points, &corners[k], single);
        three!(i => p[i] - center[i])
    });
    let at = [F::load(&packet.at[0]), F::load(&packet.at[1])];
    let raster = &look.instance.raster;
    // Corners on the screen, relative to the pixel and still times w.
    let w = three!(k => affine(&raster[3], points[k]));
    let [a, b, c] = three!(k => {
        [affine(&raster[0], points[k]) - at[0] * w[k], affine(&raster[1], points[k]) - at[1] * w[k]]
    });
    let parts = [area(b, c), area(c, a), area(a, b)];
    let sum = parts[0] + parts[1] + parts[2];
    let flat = sum.abs().le(F::splat(1e-30));
    let inverse = one / F::select(flat, one, sum);
    let weights = three!(k => F::select(flat, F::splat(1.0 / 3.0), (parts[k] * inverse).clamp(0.0, 1.0)));
    let footing = Footing { triangles: packet.triangles, corners, weights, single };

    let local = three!(i => footing.blend([points[0][i], points[1][i], points[2][i]]));
    let place = three!(i => affine(&look.instance.place[i], local));
    let to_eye = match around.to_eye {
        Some(d) => F::splat3(d),
        None => normalize(three!(i => -place[i])),
    };
    let side1 = three!(i => points[1][i] - points[0][i]);
    let side2 = three!(i => points[2][i] - points[0][i]);
    let plane = turn(&look.instance.normal, cross(side1, side2));
    let mut normal = match look.normals.domain {
        Domain::None => plane,
        Domain::Constant | Domain::Triangle | Domain::Point | Domain::Corner => {
            turn(&look.instance.normal, footing.fetch3(look.normals))
        }
    };
    normal = normalize(normal);
    // A back face shows its other side.
    let away = dot(plane, to_eye).lt(zero);
    if away.any() {
        normal = three!(i => F::select(away, -normal[i], normal[i]));
    }

    let surface = look.surface;
    let mut chart = Chart {
        coordinates: Coordinates { uv: [[0.0; LANES]; 2], right: [[0.0; LANES]; 2], down: [[0.0; LANES]; 2] },
        sides: [[zero; 2]; 2],
    };
    if surface.textured {
        let uv = footing.corners2(look.uv);
        let [right, down] = slopes([a, b, c], w, footing.weights, inverse);
        for i in 0..2 {
            let corner = [uv[0][i], uv[1][i], uv[2][i]];
            footing.blend(corner).store(&mut chart.coordinates.uv[i]);
            dot(corner, right).store(&mut chart.coordinates.right[i]);
            dot(corner, down).store(&mut chart.coordinates.down[i]);
            chart.sides[0][i] = corner[1] - corner[0];
            chart.sides[1][i] = corner[2] - corner[0];
        }
    }
    let mut opacity = look.number(&surface.opacity, &chart);
    if surface.diffuse.is_none() && look.opacity.domain != Domain::None {
        opacity = opacity * footing.fetch1(look.opacity).clamp(0.0, 1.0);
    }
    if packet.only_cover {
        opacity.store(&mut out.cover);
        return;
    }
    if look.instance.pass != Pass::Blend {
        opacity = one;
    }
    let mark = around.marks.map(|marks| {
        let slopes = slopes([a, b, c], w, footing.weights, inverse);
        (marks, marks::cover(marks.part, [a, b, c], w, footing.weights, slopes))
    });
    if let Some((marks, mark)) = mark.filter(|(marks, _)| marks.is_bare) {
        let rgb = marks::bare(&marks, mark);
        for i in 0..3 {
            rgb[i].store(&mut out.rgb[i]);
            normal[i].store(&mut out.normal[i]);
        }
        mark.store(&mut out.cover);
        return;
    }
    if let Some(input) = &surface.normal {
        let texel = look.read::<F>(input, &chart);
        let side1 = turn_place(&look.instance.place, side1);
        let side2 = turn_place(&look.instance.place, side2);
        normal = bumped(normal, [texel[0], texel[1], texel[2]], [side1, side2], turned(&chart.sides, input));
        // A normal map never turns a surface away from the eye.
        let slope = dot(normal, to_eye);
        let lift = (F::splat(1e-3) - slope).max(zero);
        normal = normalize(three!(i => to_eye[i].mul_add(lift, normal[i])));
    }
    let albedo = match &surface.diffuse {
        Some(colour) => look.colour(colour, &chart),
        None if look.color.domain != Domain::None => {
            let own = footing.fetch3(look.color);
            three!(i => own[i].max(zero))
        }
        None => [F::splat(0.18); 3],
    };
    let metallic = look.number(&surface.metallic, &chart);
    let roughness = look.number(&surface.roughness, &chart);
    let open = look.number(&surface.occlusion, &chart);
    let emissive = look.colour(&surface.emissive, &chart);

    let (diffuse, f0) = match &surface.specular {
        Some(specular) => (albedo, look.colour(specular, &chart)),
        None => {
            let base = F::splat(surface.f0);
            let dull = one - metallic;
            (three!(i => albedo[i] * dull), three!(i => (albedo[i] - base).mul_add(metallic, base)))
        }
    };
    let cosine = dot(normal, to_eye).clamp(1e-3, 1.0);
    let coat = (surface.clearcoat > 0.0).then_some([surface.clearcoat, surface.clearcoat_roughness]);
    let surfaces = Points { normal, to_eye, cosine, diffuse, f0, roughness, coat };
    let mut light = Reflected { diffuse: [zero; 3], specular: [zero; 3] };
    for beam in &around.lights.beams {
        if beam.parallel {
            let to_light = F::splat3(beam.position.as_vec3().to_array());
            surfaces.add_beam(to_light, F::splat3(beam.power), &mut light);
            continue;
        }
        let from_eye = (beam.position - around.eye).as_vec3().to_array();
        let away = three!(i => F::splat(from_eye[i]) - place[i]);
        let distance2 = dot(away, away).max(F::splat(beam.size2.max(1e-12)));
        let to_light = normalize(away);
        let mut strength = one / distance2;
        if beam.axis != glam::Vec3::ZERO {
            let axis = F::splat3((-beam.axis).to_array());
            strength = strength * dot(axis, to_light).max(zero);
        }
        surfaces.add_beam(to_light, three!(i => F::splat(beam.power[i]) * strength), &mut light);
    }
    let twice = cosine + cosine;
    let mirrored = three!(i => normal[i].mul_add(twice, -to_eye[i]));
    let radiance = around.lights.mirrored(mirrored, roughness);
    let glint = match coat {
        Some([_, roughness]) => around.lights.mirrored(mirrored, F::splat(roughness)),
        None => radiance,
    };
    let irradiance = around.lights.sky.irradiance(normal);
    surfaces.add_sky(irradiance, radiance, glint, open, &mut light);

    let exposure = F::splat(around.lights.exposure);
    // What is hardly there does not shine either; glass keeps its highlights.
    let present = (opacity * F::splat(4.0)).min(one);
    let mut rgb = [zero; 3];
    for i in 0..3 {
        let shine = emissive[i].mul_add(exposure, light.specular[i]) * present;
        rgb[i] = light.diffuse[i].mul_add(opacity, shine);
        normal[i].store(&mut out.normal[i]);
    }
    if let Some((marks, mark)) = mark {
        rgb = marks::over(&marks, mark, rgb);
        opacity = opacity.max(mark);
    }
    for i in 0..3 {
        rgb[i].store(&mut out.rgb[i]);
    }
    opacity.store(&mut out.cover);
}
