//! Big stages for benches: one huge mesh, many small meshes, a large layout of instances, many rows with little to draw.

use std::f64::consts::TAU;
use std::fmt::Write;

use super::usda::{Prim, layer, list, number, tuple};

/// Every big stage: file name and text.
pub fn all() -> Vec<(String, Vec<u8>)> {
    [
        ("torus_1m.usda", torus(1000, 500)),
        ("meshes_20k.usda", meshes(20_000)),
        ("layout_100k.usda", layout(100_000)),
        ("tree_100k.usda", tree(10, 10_000)),
    ]
    .into_iter()
    .map(|(name, text)| (name.to_owned(), text.into_bytes()))
    .collect()
}

/// A torus of `2 * around * across` triangles, standing on the XY plane, with smooth point normals and waves in its skin.
fn torus(around: usize, across: usize) -> String {
    let point = |ring: usize, at: usize| {
        let (u, v) = (ring as f64 / around as f64 * TAU, at as f64 / across as f64 * TAU);
        let small = 0.35 + 0.012 * (40.0 * u).sin() * (16.0 * v).sin();
        let out = 1.0 + small * v.cos();
        [out * u.cos(), out * u.sin(), small * v.sin() + 0.36]
    };
    let rings = || (0..around).flat_map(|ring| (0..across).map(move |at| (ring, at)));
    let mut points = String::new();
    for (ring, at) in rings() {
        let _ = write!(points, "{}{}", if points.is_empty() { "" } else { ", " }, tuple(&point(ring, at), 4));
    }
    let mut indices = String::new();
    for (ring, at) in rings() {
        let (next_ring, next) = ((ring + 1) % around, (at + 1) % across);
        let index = |ring: usize, at: usize| ring * across + at;
        let (a, b, c, d) = (index(ring, at), index(next_ring, at), index(next_ring, next), index(ring, next));
        let _ = write!(indices, "{}{a}, {b}, {c}, {a}, {c}, {d}", if indices.is_empty() { "" } else { ", " });
    }
    let counts = vec!["3"; 2 * around * across].join(", ");
    let mesh = Prim::def("Mesh", "Torus")
        .prop("color3f[] primvars:displayColor = [(0.75, 0.35, 0.12)]")
        .prop("float3[] extent = [(-1.37, -1.37, -0.01), (1.37, 1.37, 0.73)]")
        .prop(format!("int[] faceVertexCounts = [{counts}]"))
        .prop(format!("int[] faceVertexIndices = [{indices}]"))
        .prop(format!("point3f[] points = [{points}]"))
        .prop("uniform token subdivisionScheme = \"none\"");
    layer("World", &[], &[Prim::def("Xform", "World").meta("kind = \"component\"").child(mesh)])
}

/// So many meshes of their own, a few dozen triangles each, no two alike, in a square field.
fn meshes(count: usize) -> String {
    let side = (count as f64).sqrt().ceil() as usize;
    let per_group = 200;
    let mesh = |at: usize| {
        let sides = 5 + at % 6;
        let height = 0.2 + 0.8 * super::picture::hash(at as i64, 0, 81);
        let ring = |radius: f64, z: f64| {
            (0..sides).map(move |step| {
                let angle = TAU * step as f64 / sides as f64;
                [radius * angle.cos(), radius * angle.sin(), z]
            })
        };
        let points: Vec<_> =
            ring(0.40, 0.0).chain(ring(0.34, height * 0.8)).chain(ring(0.18, height)).collect();
        let mut faces: Vec<Vec<usize>> = Vec::new();
        for level in 0..2 {
            for step in 0..sides {
                let next = (step + 1) % sides;
                let (low, high) = (level * sides, (level + 1) * sides);
                faces.push(vec![low + step, low + next, high + next, high + step]);
            }
        }
        faces.push((2 * sides..3 * sides).collect());
        let hue = super::picture::hash(at as i64, 1, 82);
        let colour = [0.25 + 0.5 * hue, 0.35, 0.75 - 0.5 * hue];
        Prim::def("Mesh", &format!("Mesh_{at}"))
            .prop(format!("color3f[] primvars:displayColor = [{}]", tuple(&colour, 3)))
            .prop(format!("float3[] extent = [(-0.4, -0.4, 0), (0.4, 0.4, {})]", number(height, 4)))
            .prop(format!(
                "int[] faceVertexCounts = {}",
                list(faces.iter().map(|face| face.len().to_string()))
            ))
            .prop(format!("int[] faceVertexIndices = {}", list(faces.iter().flatten().map(usize::to_string))))
            .prop(format!("point3f[] points = {}", list(points.iter().map(|point| tuple(point, 4)))))
            .prop("uniform token subdivisionScheme = \"none\"")
            .at([(at % side) as f64, (at / side) as f64, 0.0], [0.0; 3])
    };
    let groups = (0..count.div_ceil(per_group)).map(|group| {
        let range = group * per_group..((group + 1) * per_group).min(count);
        Prim::def("Xform", &format!("Group_{group}")).meta("kind = \"group\"").children(range.map(mesh))
    });
    layer("World", &[], &[Prim::def("Xform", "World").meta("kind = \"assembly\"").children(groups)])
}

/// About so many prims of layout, those inside the instances counted: rows of racks, each an instance of one of three
/// prototypes.
fn layout(prims: usize) -> String {
    let crate_box = |name: &str, size: [f64; 3], at: [f64; 3], colour: [f64; 3]| {
        Prim::def("Cube", name)
            .prop("double size = 1")
            .prop(format!("color3f[] primvars:displayColor = [{}]", tuple(&colour, 2)))
            .prop("float3[] extent = [(-0.5, -0.5, -0.5), (0.5, 0.5, 0.5)]")
            .prop(format!("double3 xformOp:translate = {}", tuple(&at, 3)))
            .prop(format!("float3 xformOp:scale = {}", tuple(&size, 3)))
            .prop("uniform token[] xformOpOrder = [\"xformOp:translate\", \"xformOp:scale\"]")
    };
    let rack = |name: &str, fill: u32| {
        let shelves = (0..3).map(|at| {
            crate_box(
                &format!("Shelf_{at}"),
                [1.8, 0.8, 0.04],
                [0.0, 0.0, 0.2 + 0.7 * f64::from(at)],
                [0.25, 0.35, 0.55],
            )
        });
        let boxes = (0..fill).map(|at| {
            let place = [-0.6 + 0.6 * f64::from(at % 3), 0.0, 0.47 + 0.7 * f64::from(at / 3)];
            crate_box(&format!("Box_{at}"), [0.5, 0.6, 0.5], place, [0.72, 0.55, 0.36])
        });
        Prim::class(name).children(shelves).children(boxes)
    };
    let kinds = [("_Rack_Full", 9), ("_Rack_Half", 5), ("_Rack_Low", 3)];
    let per_row = 100;
    // Each kind is as frequent as the others: an instance, its three shelves, and what they carry.
    let per_rack = 4 + kinds.iter().map(|(_, fill)| *fill as usize).sum::<usize>() / kinds.len();
    let rows = (0..prims.div_ceil(per_row * per_rack + 1)).map(|row| {
        let racks = (0..per_row).map(|at| {
            let kind = kinds[(super::picture::hash(at as i64, row as i64, 90) * 3.0) as usize % 3].0;
            Prim::def("Xform", &format!("Rack_{at}"))
                .meta("instanceable = true")
                .meta(format!("prepend inherits = </{kind}>"))
                .at([2.0 * at as f64, 0.0, 0.0], [0.0; 3])
        });
        Prim::def("Xform", &format!("Row_{row}"))
            .meta("kind = \"group\"")
            .at([0.0, 1.6 * row as f64, 0.0], [0.0; 3])
            .children(racks)
    });
    let world = Prim::def("Xform", "World").meta("kind = \"assembly\"").children(rows);
    let mut prims: Vec<_> = kinds.iter().map(|(name, fill)| rack(name, *fill)).collect();
    prims.push(world);
    layer("World", &[], &prims)
}

/// Many prims and little to draw: so many scopes with so many parts each, every fiftieth of them a cube.
fn tree(scopes: usize, parts: usize) -> String {
    let every = 50;
    let scope = |scope: usize| {
        let children = (0..parts).map(move |at| {
            let name = format!("Part_{at:05}");
            if at % every > 0 {
                return Prim::def("Xform", &name);
            }
            let number = scope * (parts / every) + at / every;
            let place = [1.2 * (number % 50) as f64, 1.2 * (number / 50) as f64, 0.0];
            Prim::def("Cube", &name)
                .prop("double size = 1")
                .prop("float3[] extent = [(-0.5, -0.5, -0.5), (0.5, 0.5, 0.5)]")
                .at(place, [0.0; 3])
        });
        Prim::def("Scope", &format!("Group_{scope}")).children(children)
    };
    layer(
        "World",
        &[],
        &[Prim::def("Xform", "World").meta("kind = \"component\"").children((0..scopes).map(scope))],
    )
}
