//! The sample stage's materials: UsdPreviewSurface, constants and pictures.

use super::usda::{Prim, layer, number, tuple};

/// What one material is made of.
#[derive(Clone, Copy)]
struct Look {
    name: &'static str,
    diffuse: Colour,
    roughness: Scalar,
    metallic: f64,
    extras: Extras,
}

#[derive(Clone, Copy)]
enum Colour {
    Is([f64; 3]),
    /// A picture under `textures/`, repeated so many times, and what its texels are multiplied with.
    Picture(&'static str, [f64; 2], [f64; 3]),
}

#[derive(Clone, Copy)]
enum Scalar {
    Is(f64),
    Picture(&'static str),
}

#[derive(Clone, Copy)]
enum Extras {
    None,
    /// A tangent-space normal map.
    Normal(&'static str),
    /// Occlusion over the whole surface.
    Occlusion(&'static str),
    Emissive([f64; 3]),
    EmissivePicture(&'static str),
    Opacity(f64),
    Clearcoat(f64),
}

const fn plain(name: &'static str, colour: [f64; 3], roughness: f64) -> Look {
    Look {
        name,
        diffuse: Colour::Is(colour),
        roughness: Scalar::Is(roughness),
        metallic: 0.0,
        extras: Extras::None,
    }
}

const fn lit(name: &'static str, colour: [f64; 3], emissive: [f64; 3]) -> Look {
    Look { extras: Extras::Emissive(emissive), ..plain(name, colour, 0.3) }
}

/// All of them, by name.
const LOOKS: &[Look] = &[
    Look { extras: Extras::Clearcoat(0.4), ..plain("RobotOrange", [0.83, 0.20, 0.02], 0.38) },
    plain("RobotDark", [0.035, 0.037, 0.042], 0.45),
    plain("Rubber", [0.02, 0.02, 0.02], 0.8),
    plain("Frame", [0.10, 0.16, 0.24], 0.45),
    plain("CabinetGrey", [0.62, 0.64, 0.65], 0.5),
    plain("CabinetDark", [0.10, 0.105, 0.11], 0.5),
    plain("SafetyYellow", [0.88, 0.55, 0.01], 0.42),
    plain("FenceWire", [0.05, 0.052, 0.055], 0.5),
    plain("EmergencyRed", [0.60, 0.015, 0.01], 0.35),
    plain("MarkingWhite", [0.70, 0.70, 0.68], 0.6),
    plain("MarkingYellow", [0.80, 0.52, 0.02], 0.6),
    Look {
        name: "Concrete",
        diffuse: Colour::Picture("concrete.png", [3.6, 3.0], [0.70, 0.72, 0.75]),
        roughness: Scalar::Is(0.62),
        metallic: 0.0,
        extras: Extras::Occlusion("floor_occlusion.png"),
    },
    Look {
        name: "Hazard",
        diffuse: Colour::Picture("hazard.png", [1.0, 1.0], [1.0; 3]),
        roughness: Scalar::Is(0.6),
        metallic: 0.0,
        extras: Extras::None,
    },
    Look {
        name: "Carton",
        diffuse: Colour::Picture("carton.png", [1.0, 1.0], [1.0; 3]),
        roughness: Scalar::Is(0.85),
        metallic: 0.0,
        extras: Extras::None,
    },
    Look {
        name: "Wood",
        diffuse: Colour::Picture("wood.png", [1.0, 1.0], [1.0; 3]),
        roughness: Scalar::Is(0.75),
        metallic: 0.0,
        extras: Extras::None,
    },
    Look {
        name: "Steel",
        diffuse: Colour::Is([0.56, 0.57, 0.58]),
        roughness: Scalar::Picture("brushed_roughness.png"),
        metallic: 0.9,
        extras: Extras::Normal("brushed_normal.png"),
    },
    Look { metallic: 0.8, ..plain("Aluminium", [0.72, 0.73, 0.74], 0.35) },
    Look { extras: Extras::Opacity(0.16), ..plain("Polycarbonate", [0.55, 0.70, 0.74], 0.1) },
    Look { extras: Extras::EmissivePicture("panel.png"), ..plain("Screen", [0.02, 0.02, 0.02], 0.25) },
    plain("LampRedOff", [0.22, 0.02, 0.015], 0.25),
    plain("LampAmberOff", [0.25, 0.11, 0.01], 0.25),
    plain("LampGreenOff", [0.015, 0.14, 0.04], 0.25),
    lit("LampRed", [0.5, 0.03, 0.02], [1.6, 0.05, 0.03]),
    lit("LampAmber", [0.5, 0.22, 0.02], [1.7, 0.62, 0.04]),
    lit("LampGreen", [0.03, 0.35, 0.1], [0.08, 1.3, 0.30]),
];

/// The layer that defines every material, under `/Looks`.
pub fn text() -> String {
    let scope = Prim::def("Scope", "Looks").children(LOOKS.iter().map(material));
    layer("Looks", &[], &[scope])
}

/// Does this material read pictures, so that its meshes need texture coordinates?
pub fn is_textured(name: &str) -> bool {
    LOOKS.iter().any(|look| {
        look.name == name
            && (matches!(look.diffuse, Colour::Picture(..))
                || matches!(look.roughness, Scalar::Picture(_))
                || matches!(
                    look.extras,
                    Extras::Normal(_) | Extras::Occlusion(_) | Extras::EmissivePicture(_)
                ))
    })
}

/// A scope `Looks` that brings these materials into a part.
pub fn scope(names: &[&str]) -> Prim {
    let one = |name: &&str| {
        debug_assert!(LOOKS.iter().any(|look| look.name == *name), "no look is called {name}");
        Prim::def("Material", name).meta(format!("prepend references = @./looks.usda@</Looks/{name}>"))
    };
    Prim::def("Scope", "Looks").children(names.iter().map(one))
}

fn material(look: &Look) -> Prim {
    let path = format!("/Looks/{}", look.name);
    let mut surface = Prim::def("Shader", "Surface").prop("uniform token info:id = \"UsdPreviewSurface\"");
    let mut nodes = Vec::new();
    let mut uses_st = false;
    let mut connect = |input: &str, node: Prim, output: &str| {
        uses_st = true;
        nodes.push(node);
        format!("{input}.connect = <{path}/{output}>")
    };
    surface = match look.diffuse {
        Colour::Is(colour) => surface.prop(format!("color3f inputs:diffuseColor = {}", tuple(&colour, 3))),
        Colour::Picture(file, tiles, times) => {
            let source = if tiles == [1.0, 1.0] { "St" } else { "Tiles" };
            let mut node = texture("Diffuse", file, "sRGB", &path, source);
            if times != [1.0; 3] {
                node = node.prop(format!(
                    "float4 inputs:scale = {}",
                    tuple(&[times[0], times[1], times[2], 1.0], 3)
                ));
            }
            let node = node.prop("float3 outputs:rgb");
            surface.prop(connect("color3f inputs:diffuseColor", node, "Diffuse.outputs:rgb"))
        }
    };
    surface = match look.roughness {
        Scalar::Is(value) => surface.prop(format!("float inputs:roughness = {}", number(value, 3))),
        Scalar::Picture(file) => {
            let node = texture("Roughness", file, "raw", &path, "St").prop("float outputs:r");
            surface.prop(connect("float inputs:roughness", node, "Roughness.outputs:r"))
        }
    };
    if look.metallic > 0.0 {
        surface = surface.prop(format!("float inputs:metallic = {}", number(look.metallic, 3)));
    }
    surface = match look.extras {
        Extras::None => surface,
        Extras::Normal(file) => {
            let node = texture("Normal", file, "raw", &path, "St")
                .prop("float4 inputs:scale = (2, 2, 2, 1)")
                .prop("float4 inputs:bias = (-1, -1, -1, 0)")
                .prop("float3 outputs:rgb");
            surface.prop(connect("normal3f inputs:normal", node, "Normal.outputs:rgb"))
        }
        Extras::Occlusion(file) => {
            let node = texture("Occlusion", file, "raw", &path, "St").prop("float outputs:r");
            surface.prop(connect("float inputs:occlusion", node, "Occlusion.outputs:r"))
        }
        Extras::EmissivePicture(file) => {
            let node = texture("Emissive", file, "sRGB", &path, "St").prop("float3 outputs:rgb");
            surface.prop(connect("color3f inputs:emissiveColor", node, "Emissive.outputs:rgb"))
        }
        Extras::Emissive(colour) => {
            surface.prop(format!("color3f inputs:emissiveColor = {}", tuple(&colour, 3)))
        }
        Extras::Opacity(value) => surface.prop(format!("float inputs:opacity = {}", number(value, 3))),
        Extras::Clearcoat(value) => surface
            .prop(format!("float inputs:clearcoat = {}", number(value, 3)))
            .prop("float inputs:clearcoatRoughness = 0.1"),
    };
    let mut material = Prim::def("Material", look.name)
        .prop(format!("token outputs:surface.connect = <{path}/Surface.outputs:surface>"))
        .child(surface.prop("token outputs:surface"));
    if uses_st {
        material = material.child(
            Prim::def("Shader", "St")
                .prop("uniform token info:id = \"UsdPrimvarReader_float2\"")
                .prop("string inputs:varname = \"st\"")
                .prop("float2 outputs:result"),
        );
    }
    if let Colour::Picture(_, tiles, _) = look.diffuse
        && tiles != [1.0, 1.0]
    {
        material = material.child(
            Prim::def("Shader", "Tiles")
                .prop("uniform token info:id = \"UsdTransform2d\"")
                .prop(format!("float2 inputs:in.connect = <{path}/St.outputs:result>"))
                .prop(format!("float2 inputs:scale = {}", tuple(&tiles, 3)))
                .prop("float2 outputs:result"),
        );
    }
    material.children(nodes)
}

fn texture(name: &str, file: &str, space: &str, material: &str, st: &str) -> Prim {
    Prim::def("Shader", name)
        .prop("uniform token info:id = \"UsdUVTexture\"")
        .prop(format!("asset inputs:file = @./textures/{file}@"))
        .prop(format!("token inputs:sourceColorSpace = \"{space}\""))
        .prop(format!("float2 inputs:st.connect = <{material}/{st}.outputs:result>"))
        .prop("token inputs:wrapS = \"repeat\"")
        .prop("token inputs:wrapT = \"repeat\"")
}
