//! Small stages read into tables: what is shared, what is placed where, what is told.

use glam::{DMat4, DVec3};
use openusd::usd::Stage;
use telestage_scene::extract::{NoTextures, extract};
use telestage_scene::{DiagnosticCode, Domain, Draw, Input, Purpose, Scene};

use crate::scratch::Scratch;

fn read_at(usda: &str, time: Option<f64>) -> Scene {
    let scratch = Scratch::new();
    let path = scratch.write("stage.usda", format!("#usda 1.0\n{usda}").as_bytes());
    let stage = Stage::builder()
        .schema_registry(openusd_schemas::schema_registry())
        .open(path.to_str().unwrap())
        .unwrap();
    extract(&stage, time, &mut NoTextures, &mut |_, _| {}).0
}

pub fn read(usda: &str) -> Scene {
    read_at(usda, None)
}

fn draws<'s>(scene: &'s Scene, path: &str) -> Vec<&'s Draw> {
    let row = scene.tables.prims.iter().position(|prim| prim.path == path);
    let row = row.unwrap_or_else(|| panic!("no prim {path}")) as u32;
    scene.tables.draws.iter().filter(|draw| draw.prim == row).collect()
}

fn told(scene: &Scene, code: DiagnosticCode, path: &str) -> bool {
    let about = |d: &&telestage_scene::Diagnostic| d.code == code && d.prim_path.as_deref() == Some(path);
    scene.tables.diagnostics.iter().any(|d| about(&d))
}

fn place(draw: &Draw) -> [i64; 3] {
    draw.world_from_local.transform_point3(DVec3::ZERO).to_array().map(|v| (v * 1000.0).round() as i64)
}

const QUAD: &str = r#"
    point3f[] points = [(0,0,0), (1,0,0), (1,1,0), (0,1,0)]
    int[] faceVertexCounts = [4]
    int[] faceVertexIndices = [0, 1, 2, 3]
    uniform token subdivisionScheme = "none"
"#;

#[test]
fn native_instances_share_one_geometry_and_have_their_own_places() {
    let scene = read(&format!(
        r#"
def Xform "Proto" {{ def Mesh "Quad" {{ {QUAD} }} }}
def Xform "World" {{
    def "A" (instanceable = true, references = </Proto>) {{
        double3 xformOp:translate = (5, 0, 0)
        uniform token[] xformOpOrder = ["xformOp:translate"]
    }}
    def "B" (instanceable = true, references = </Proto>) {{
        double3 xformOp:translate = (0, 7, 0)
        uniform token[] xformOpOrder = ["xformOp:translate"]
    }}
}}"#
    ));
    let (a, b) = (draws(&scene, "/World/A/Quad"), draws(&scene, "/World/B/Quad"));
    assert_eq!((place(a[0]), place(b[0])), ([5000, 0, 0], [0, 7000, 0]));
    assert_eq!(a[0].geometry, b[0].geometry);
    // /Proto itself is drawn too, from its own arrays.
    assert_eq!(scene.tables.geometries.len(), 2);
    assert_eq!(scene.tables.stage.prototype_count, 1);
}

#[test]
fn instances_that_inherit_another_colour_do_not_share() {
    let scene = read(&format!(
        r#"
class "Proto" {{ def Mesh "Quad" {{ {QUAD} }} }}
def Xform "Red" {{
    color3f[] primvars:displayColor = [(1, 0, 0)]
    def "I" (instanceable = true, inherits = </Proto>) {{ }}
}}
def Xform "Blue" {{
    color3f[] primvars:displayColor = [(0, 0, 1)]
    def "I" (instanceable = true, inherits = </Proto>) {{ }}
    def "J" (instanceable = true, inherits = </Proto>) {{ }}
}}"#
    ));
    let color = |path: &str| {
        let geometry = &scene.tables.geometries[draws(&scene, path)[0].geometry as usize];
        scene.arena.get(geometry.color.values)[0]
    };
    assert_eq!(color("/Red/I/Quad"), [1.0, 0.0, 0.0]);
    assert_eq!(color("/Blue/I/Quad"), [0.0, 0.0, 1.0]);
    assert_eq!(draws(&scene, "/Blue/I/Quad")[0].geometry, draws(&scene, "/Blue/J/Quad")[0].geometry);
}

#[test]
fn copied_instances_are_like_walked_ones_but_for_what_reaches_them_from_outside() {
    let scene = read(&format!(
        r#"
def Xform "Proto" (prepend apiSchemas = ["MaterialBindingAPI"]) {{
    rel material:binding = </Proto/Looks/Own>
    def Scope "Looks" {{ def Material "Own" {{ }} }}
    def Xform "Hand" {{
        double3 xformOp:translate = (0, 1, 0)
        uniform token[] xformOpOrder = ["xformOp:translate"]
        def Mesh "Quad" {{ {QUAD} }}
        def "Finger" (instanceable = true, references = </Tip>) {{ }}
        def Camera "Eye" {{ }}
    }}
}}
def Xform "Tip" {{ def Sphere "Ball" {{ }} }}
def "A" (instanceable = true, references = </Proto>) {{ }}
def "B" (instanceable = true, references = </Proto>) {{
    double3 xformOp:translate = (9, 0, 0)
    uniform token[] xformOpOrder = ["xformOp:translate"]
    token visibility = "invisible"
    uniform token purpose = "guide"
}}
def "C" (instanceable = true, references = </Proto>) {{ rel material:binding = </Other> }}
def Material "Other" {{ }}
"#
    ));
    let material = |path: &str| {
        let details = &scene.tables.details;
        let row = scene.tables.prims.iter().position(|prim| prim.path == path).unwrap() as u32;
        let mesh = details.meshes.iter().find(|mesh| mesh.prim == row).unwrap();
        details.material_paths[mesh.material.unwrap() as usize].clone()
    };
    assert_eq!(material("/A/Hand/Quad"), "/A/Looks/Own");
    assert_eq!(material("/B/Hand/Quad"), "/B/Looks/Own");
    assert_eq!(material("/C/Hand/Quad"), "/Other");
    for (a, b) in [("/A/Hand/Quad", "/B/Hand/Quad"), ("/A/Hand/Finger/Ball", "/B/Hand/Finger/Ball")] {
        let (a, b) = (draws(&scene, a)[0], draws(&scene, b)[0]);
        assert_eq!((place(a), a.visible, a.purpose), ([0, 1000, 0], true, Purpose::Default));
        assert_eq!((place(b), b.visible, b.purpose), ([9000, 1000, 0], false, Purpose::Guide));
        assert_eq!((a.geometry, a.material), (b.geometry, b.material));
    }
    assert_ne!(draws(&scene, "/C/Hand/Quad")[0].material, draws(&scene, "/A/Hand/Quad")[0].material);
    // /Proto, A, B and C each have the camera.
    assert_eq!(scene.tables.cameras.len(), 4);
    let eye = scene.tables.cameras[2].world_from_local.transform_point3(DVec3::ZERO);
    assert_eq!(eye, DVec3::new(9.0, 1.0, 0.0));
    let rows: Vec<_> = scene.tables.prims.iter().map(|prim| prim.path.as_str()).collect();
    let b = rows.iter().position(|path| *path == "/B").unwrap();
    assert_eq!(rows[b + 1..b + 4], ["/B/Looks", "/B/Looks/Own", "/B/Hand"]);
    for (row, prim) in scene.tables.prims.iter().enumerate() {
        let parent = prim.parent.map_or("", |parent| rows[parent as usize]);
        assert_eq!(prim.path.rsplit_once('/').unwrap().0, parent, "row {row}");
    }
    assert!(scene.tables.prims[b + 3].instance_proxy && !scene.tables.prims[b].instance_proxy);
}

#[test]
fn point_instances_place_every_mesh_of_their_prototype() {
    let scene = read(&format!(
        r#"
def PointInstancer "Many" {{
    double3 xformOp:translate = (100, 0, 0)
    uniform token[] xformOpOrder = ["xformOp:translate"]
    rel prototypes = [</Many/Pair>, </Elsewhere/Single>]
    int[] protoIndices = [0, 1, 0]
    point3f[] positions = [(1, 0, 0), (2, 0, 0), (3, 0, 0)]
    float3[] scales = [(2, 2, 2), (1, 1, 1), (1, 1, 1)]
    int64[] invisibleIds = [2]
    def Xform "Pair" {{
        double3 xformOp:translate = (0, 1, 0)
        uniform token[] xformOpOrder = ["xformOp:translate"]
        def Mesh "Q" {{ {QUAD} }}
        def Mesh "R" {{
            {QUAD}
            double3 xformOp:translate = (0, 0, 1)
            uniform token[] xformOpOrder = ["xformOp:translate"]
        }}
    }}
}}
over "Elsewhere" {{ def Mesh "Single" {{ {QUAD} }} }}
"#
    ));
    let drawn = draws(&scene, "/Many");
    let rows: Vec<_> = drawn.iter().map(|draw| (draw.instance_index.unwrap(), place(draw))).collect();
    assert_eq!(
        rows,
        [(0, [101_000, 2000, 0]), (0, [101_000, 2000, 2000]), (1, [102_000, 0, 0])],
        "scaled by 2, the prototype's own translation included, the third is invisible"
    );
    assert!(draws(&scene, "/Many/Pair/Q").is_empty(), "prototypes are not drawn in their own place");
    assert_eq!(scene.tables.geometries.len(), 3);
}

#[test]
fn instancers_within_prototypes_multiply_and_one_that_contains_itself_ends() {
    let scene = read(
        r#"
def PointInstancer "Outer" {
    rel prototypes = </Outer/Inner>
    int[] protoIndices = [0, 0]
    point3f[] positions = [(0, 0, 0), (0, 0, 10)]
    def PointInstancer "Inner" {
        rel prototypes = </Outer/Inner/Ball>
        int[] protoIndices = [0, 0, 0]
        point3f[] positions = [(0, 0, 0), (1, 0, 0), (2, 0, 0)]
        def Sphere "Ball" { }
    }
}
def PointInstancer "Endless" {
    rel prototypes = </Endless>
    int[] protoIndices = [0]
    point3f[] positions = [(0, 0, 0)]
}
"#,
    );
    let rows = draws(&scene, "/Outer");
    assert_eq!(rows.len(), 6);
    assert_eq!((place(rows[5]), rows[5].instance_index), ([2000, 0, 10_000], Some(1)));
    assert!(told(&scene, DiagnosticCode::InvalidData, "/Endless"));
}

#[test]
fn instancers_in_native_instances_and_native_instances_in_prototypes_are_placed() {
    let scene = read(
        r#"
class "Tree" {
    def PointInstancer "Leaves" {
        rel prototypes = </Tree/Leaves/Leaf>
        int[] protoIndices = [0, 0]
        point3f[] positions = [(0, 0, 1), (0, 0, 2)]
        def "Leaf" (instanceable = true, references = </Shape>) { }
    }
}
over "Shape" { def Sphere "Ball" { } }
def Xform "A" (instanceable = true, inherits = </Tree>) { }
def Xform "B" (instanceable = true, inherits = </Tree>) {
    double3 xformOp:translate = (5, 0, 0)
    uniform token[] xformOpOrder = ["xformOp:translate"]
}
over "Hidden" { def "Tree" (instanceable = true, inherits = </Tree>) { } }
def PointInstancer "Wood" {
    rel prototypes = </Hidden>
    int[] protoIndices = [0]
    point3f[] positions = [(0, 7, 0)]
}
"#,
    );
    let places = |path: &str| draws(&scene, path).iter().map(|draw| place(draw)).collect::<Vec<_>>();
    assert_eq!(places("/A/Leaves"), [[0, 0, 1000], [0, 0, 2000]]);
    assert_eq!(places("/B/Leaves"), [[5000, 0, 1000], [5000, 0, 2000]]);
    assert_eq!(places("/Wood"), [[0, 7000, 1000], [0, 7000, 2000]]);
    let instancers = &scene.tables.details.instancers;
    assert_eq!(instancers[1].prototypes, ["/B/Leaves/Leaf"]);
    assert_eq!(instancers[1].first_transforms.len(), 2);
    assert_eq!(scene.tables.geometries.len(), 1);
}

#[test]
fn a_subsets_material_covers_its_faces_and_the_mesh_keeps_the_rest() {
    let scene = read(
        r#"
def Mesh "M" (prepend apiSchemas = ["MaterialBindingAPI"]) {
    point3f[] points = [(0,0,0), (1,0,0), (1,1,0), (0,1,0), (2,0,0), (2,1,0)]
    int[] faceVertexCounts = [4, 4]
    int[] faceVertexIndices = [0, 1, 2, 3, 1, 4, 5, 2]
    rel material:binding = </Grey>
    def GeomSubset "Second" (prepend apiSchemas = ["MaterialBindingAPI"]) {
        uniform token elementType = "face"
        uniform token familyName = "materialBind"
        int[] indices = [1]
        rel material:binding = </Red>
    }
}
def Material "Grey" {
    token outputs:surface.connect = </Grey/S.outputs:surface>
    def Shader "S" { uniform token info:id = "UsdPreviewSurface" token outputs:surface }
}
def Material "Red" {
    color3f inputs:tint = (1, 0, 0)
    token outputs:surface.connect = </Red/S.outputs:surface>
    def Shader "S" {
        uniform token info:id = "UsdPreviewSurface"
        color3f inputs:diffuseColor.connect = </Red.inputs:tint>
        token outputs:surface
    }
}
"#,
    );
    let rows = draws(&scene, "/M");
    let material = |draw: &Draw| scene.tables.materials[draw.material as usize].path.clone();
    let rows: Vec<_> = rows.iter().map(|d| (material(d), d.first_triangle, d.triangle_count)).collect();
    assert_eq!(rows, [("/Red".to_owned(), 0, 2), ("/Grey".to_owned(), 2, 2)]);
    let red = scene.tables.materials.iter().find(|m| m.path == "/Red").unwrap();
    assert!(matches!(red.diffuse, Some(Input::Constant([1.0, 0.0, 0.0]))), "{:?}", red.diffuse);
    let triangles = scene.arena.get(scene.tables.geometries[0].triangles);
    assert_eq!(triangles[0], [1, 4, 5], "the subset's triangles come first");
}

#[test]
fn bindings_obey_strength_collections_and_purpose() {
    let scene = read(
        r#"
def Xform "World" (prepend apiSchemas = ["MaterialBindingAPI", "CollectionAPI:round"]) {
    rel material:binding = </Strong> (bindMaterialAs = "strongerThanDescendants")
    def Sphere "Overruled" (prepend apiSchemas = ["MaterialBindingAPI"]) { rel material:binding = </Weak> }
}
def Xform "Other" (prepend apiSchemas = ["MaterialBindingAPI", "CollectionAPI:round"]) {
    rel collection:round:includes = </Other/In>
    rel material:binding = </Weak>
    rel material:binding:collection:round = [</Other.collection:round>, </Strong>]
    def Sphere "In" { }
    def Sphere "Out" { }
    def Sphere "Preview" (prepend apiSchemas = ["MaterialBindingAPI"]) {
        rel material:binding = </Weak>
        rel material:binding:preview = </Strong>
    }
    def Sphere "Astray" (prepend apiSchemas = ["MaterialBindingAPI"]) { rel material:binding = </Nowhere> }
}
def Material "Strong" { }
def Material "Weak" { }
"#,
    );
    let material = |path: &str| {
        let draw = draws(&scene, path)[0];
        scene.tables.materials[draw.material as usize].path.clone()
    };
    assert_eq!(material("/World/Overruled"), "/Strong");
    assert_eq!(material("/Other/In"), "/Strong");
    assert_eq!(material("/Other/Out"), "/Weak");
    assert_eq!(material("/Other/Preview"), "/Strong");
    assert_eq!(material("/Other/Astray"), "");
    assert!(told(&scene, DiagnosticCode::MissingTarget, "/Other/Astray"));
}

#[test]
fn normals_are_authored_or_smooth_or_left_to_the_faces() {
    let cube = |extra: &str| {
        let scene = read(&format!(
            r#"def Mesh "M" {{
    point3f[] points = [(0,0,0), (1,0,0), (1,1,0), (0,1,0)]
    int[] faceVertexCounts = [4]
    int[] faceVertexIndices = [0, 1, 2, 3]
    {extra}
}}"#
        ));
        let normals = scene.tables.geometries[0].normals.clone();
        (normals.domain, scene.arena.get(normals.values).to_vec())
    };
    assert_eq!(cube("").0, Domain::Point, "a subdivision mesh is smooth");
    assert_eq!(cube("").1[0], [0.0, 0.0, 1.0]);
    assert_eq!(cube(r#"uniform token orientation = "leftHanded""#).1[0], [0.0, 0.0, -1.0]);
    assert_eq!(cube(r#"uniform token subdivisionScheme = "none""#).0, Domain::None);
    let authored = r#"normal3f[] normals = [(0, 2, 0)] (interpolation = "uniform")"#;
    assert_eq!(cube(authored), (Domain::Triangle, vec![[0.0, 1.0, 0.0]; 2]));
    let both = format!(
        r#"{authored}
    normal3f[] primvars:normals = [(1, 0, 0), (0, 0, 1)] (interpolation = "faceVarying")
    int[] primvars:normals:indices = [0, 1, 1, 0]"#
    );
    let (domain, values) = cube(&both);
    assert_eq!((domain, values.len(), values[0]), (Domain::Corner, 6, [1.0, 0.0, 0.0]));
}

#[test]
fn time_visibility_and_purpose_are_read_where_they_are_asked() {
    let usda = r#"( startTimeCode = 0 endTimeCode = 10 )
def Sphere "S" {
    double3 xformOp:translate.timeSamples = { 0: (0, 0, 0), 10: (10, 0, 0) }
    uniform token[] xformOpOrder = ["xformOp:translate"]
    token visibility.timeSamples = { 0: "inherited", 8: "invisible" }
    uniform token purpose = "proxy"
}"#;
    let early = read_at(usda, Some(5.0));
    let draw = draws(&early, "/S")[0];
    assert_eq!((place(draw), draw.visible, draw.purpose), ([5000, 0, 0], true, Purpose::Proxy));
    assert!(early.tables.stage.animated);
    assert!(!draws(&read_at(usda, Some(9.0)), "/S")[0].visible);
}

#[test]
fn bad_data_is_told_and_skipped_and_what_is_drawn_is_finite() {
    let scene = read(&format!(
        r#"
def Mesh "Nan" {{
    {QUAD}
    matrix4d xformOp:transform = ((nan, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1))
    uniform token[] xformOpOrder = ["xformOp:transform"]
}}
def Mesh "NanPoint" {{
    point3f[] points = [(0,0,0), (1,0,0), (nan,1,0)]
    int[] faceVertexCounts = [3]
    int[] faceVertexIndices = [0, 1, 2]
}}
def Mesh "Range" {{
    point3f[] points = [(0,0,0), (1,0,0), (1,1,0)]
    int[] faceVertexCounts = [3]
    int[] faceVertexIndices = [0, 1, 3]
}}
def Mesh "Counts" {{
    point3f[] points = [(0,0,0), (1,0,0), (1,1,0)]
    int[] faceVertexCounts = [4]
    int[] faceVertexIndices = [0, 1, 2]
}}
def Mesh "Empty" {{ }}
def Mesh "Primvar" {{
    {QUAD}
    color3f[] primvars:displayColor = [(1, 0, 0), (0, 1, 0)] (interpolation = "vertex")
    texCoord2f[] primvars:st = [(0, 0)] (interpolation = "vertex")
    int[] primvars:st:indices = [0, 0, 9, 0]
}}
def Sphere "Ball" {{ double radius = inf }}
def PointInstancer "Broken" {{
    rel prototypes = </Primvar>
    int[] protoIndices = [0, 4]
    point3f[] positions = [(0, 0, 0), (1, 0, 0)]
}}
"#
    ));
    for path in ["/Nan", "/NanPoint", "/Range", "/Counts", "/Empty", "/Primvar", "/Ball", "/Broken"] {
        assert!(told(&scene, DiagnosticCode::InvalidData, path), "{path} is not told");
        assert_eq!(draws(&scene, path).len(), usize::from(path == "/Primvar"), "{path}");
    }
    let geometry = &scene.tables.geometries[draws(&scene, "/Primvar")[0].geometry as usize];
    assert_eq!((geometry.color.domain, geometry.uv.domain), (Domain::None, Domain::None));
    assert!(scene.tables.draws.iter().all(|draw| draw.world_from_local.is_finite()));
    assert!(scene.tables.bounds.unwrap().is_finite());
}

#[test]
fn a_missing_texture_is_a_checker_and_is_told() {
    let scene = read(
        r#"
def Sphere "S" (prepend apiSchemas = ["MaterialBindingAPI"]) { rel material:binding = </M> }
def Material "M" {
    token outputs:surface.connect = </M/Surface.outputs:surface>
    def Shader "Surface" {
        uniform token info:id = "UsdPreviewSurface"
        color3f inputs:diffuseColor.connect = </M/Picture.outputs:rgb>
        float inputs:roughness.connect = </M/Picture.outputs:g>
        token outputs:surface
    }
    def Shader "Picture" {
        uniform token info:id = "UsdUVTexture"
        asset inputs:file = @./nowhere.png@
        token inputs:wrapS = "mirror"
        float2 inputs:st.connect = </M/Move.outputs:result>
        float3 outputs:rgb
        float outputs:g
    }
    def Shader "Move" {
        uniform token info:id = "UsdTransform2d"
        float2 inputs:translation = (0.25, 0)
        float2 inputs:in.connect = </M/Reader.outputs:result>
        float2 outputs:result
    }
    def Shader "Reader" {
        uniform token info:id = "UsdPrimvarReader_float2"
        string inputs:varname = "map1"
        float2 outputs:result
    }
}"#,
    );
    assert!(told(&scene, DiagnosticCode::MissingTexture, "/M"));
    assert_eq!(scene.tables.textures.len(), 1, "asked for twice, shown once");
    let texture = &scene.tables.textures[0];
    assert_eq!(scene.arena.get(texture.texels).len() as u32, texture.size[0] * texture.size[1]);
    let material = scene.tables.materials.iter().find(|m| m.path == "/M").unwrap();
    let Some(Input::Texture(diffuse)) = &material.diffuse else { panic!("{:?}", material.diffuse) };
    assert_eq!(diffuse.uv_transform, [[1.0, 0.0, 0.25], [0.0, 1.0, 0.0]]);
    assert!(matches!(&material.roughness, Input::Texture(t) if t.channel == telestage_scene::Channel::G));
}

#[test]
fn a_prim_that_resets_the_stack_stands_in_the_world() {
    let scene = read(
        r#"
def Xform "World" {
    double3 xformOp:translate = (100, 0, 0)
    uniform token[] xformOpOrder = ["xformOp:translate"]
    def Sphere "S" {
        double3 xformOp:translate = (1, 0, 0)
        uniform token[] xformOpOrder = ["!resetXformStack!", "xformOp:translate"]
    }
}"#,
    );
    let expected = DMat4::from_translation(DVec3::X);
    assert_eq!(draws(&scene, "/World/S")[0].world_from_local, expected);
}
