//! Files that abort, hang or confuse the USD library: each ends with a typed reason, and the host survives.

use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;

use telestage_scene::roots::Roots;
use telestage_scene::worker::{Event, Limits, OpenCode, OpenError, OpenRequest};
use telestage_scene::{DiagnosticCode, Scene};

use crate::scratch::Scratch;
use crate::worker::{assert_opens, good_stage, outcome, request, start};

/// What a file led to. Whatever it was, a new worker opens a good stage afterwards.
fn open(path: PathBuf) -> Result<Arc<Scene>, OpenError> {
    open_as(request(path))
}

fn open_as(request: OpenRequest) -> Result<Arc<Scene>, OpenError> {
    let scratch = Scratch::new();
    let limits = Limits { memory: 1 << 30, ..Limits::default() };
    let (host, events) = start(limits);
    host.open(request);
    let result = match outcome(&events) {
        Event::Loaded(scene) => Ok(scene),
        Event::Failed(error) => {
            assert_opens(&host, &events, &good_stage(&scratch));
            return Err(error);
        }
        Event::Lost(error) => Err(error),
        Event::Progress { .. } | Event::Changed { .. } | Event::Answered { .. } => {
            unreachable!("outcome skips progress, and nothing was asked")
        }
    };
    drop(host);
    let (host, events) = start(limits);
    assert_opens(&host, &events, &good_stage(&scratch));
    result
}

fn code(result: Result<Arc<Scene>, OpenError>) -> OpenCode {
    let error = result.expect_err("the file opened");
    assert!(!error.to_string().is_empty());
    error.code()
}

fn has(scene: &Scene, code: DiagnosticCode) -> bool {
    scene.tables.diagnostics.iter().any(|d| d.code == code)
}

#[test]
fn a_missing_file_a_folder_and_a_foreign_file_say_so() {
    let scratch = Scratch::new();
    assert_eq!(code(open(scratch.path("missing.usda"))), OpenCode::NotFound);
    assert_eq!(code(open(scratch.folder("folder.usda"))), OpenCode::InvalidStage);
    assert_eq!(code(open(scratch.write("picture.png", b"\x89PNG"))), OpenCode::InvalidStage);
}

#[test]
fn what_is_named_usd_but_is_not_is_refused() {
    let scratch = Scratch::new();
    for (name, content) in [
        ("text.usda", &b"hello"[..]),
        ("text.usd", b"hello"),
        ("text.usdc", b"hello"),
        ("text.usdz", b"hello"),
        ("nothing.usda", b""),
        ("nothing.usdc", b""),
        ("nothing.usdz", b""),
        ("open.usda", b"#usda 1.0\ndef Xform \"A\" {"),
        ("bytes.usda", b"#usda 1.0\n\xff\xfe\x00"),
        ("magic.usdc", b"PXR-USDC"),
    ] {
        assert_eq!(code(open(scratch.write(name, content))), OpenCode::InvalidStage, "{name}");
    }
}

#[test]
fn a_stage_outside_the_roots_is_refused_with_the_remedy() {
    let scratch = Scratch::new();
    let path = scratch.write("out/a.usda", "#usda 1.0\n");
    let roots = Roots::within([scratch.folder("in")]).unwrap();
    let error = open_as(OpenRequest { roots, ..request(path) }).expect_err("it opened");
    assert_eq!(error.code(), OpenCode::OutsideRoots);
    assert!(error.to_string().contains("--asset-root"), "{error}");
}

#[test]
fn layers_and_textures_outside_the_roots_are_named_with_the_remedy() {
    let scratch = Scratch::new();
    scratch.write("out/sub.usda", "#usda 1.0\n");
    scratch.write("out/ref.usda", "#usda 1.0\n(defaultPrim = \"A\")\ndef Xform \"A\" {}\n");
    std::fs::create_dir_all(scratch.path("in")).unwrap();
    std::os::unix::fs::symlink(scratch.path("out"), scratch.path("in/link")).unwrap();
    let stage = "#usda 1.0\n( subLayers = [@../out/sub.usda@] )\n\
        def \"A\" (references = @../out/ref.usda@) {}\n\
        def \"B\" (references = @link/ref.usda@) {}\n\
        def \"C\" (references = @./missing.usda@) {}\n";
    let path = scratch.write("in/stage.usda", stage);
    let roots = Roots::around(Some(&path), &[]).unwrap();
    let scene = open_as(OpenRequest { roots, ..request(path) }).unwrap();
    let outside: Vec<_> =
        scene.tables.diagnostics.iter().filter(|d| d.code == DiagnosticCode::OutsideRoots).collect();
    for name in ["out/sub.usda", "out/ref.usda"] {
        let told = outside.iter().find(|d| d.path.as_ref().is_some_and(|p| p.ends_with(name)));
        assert!(told.is_some_and(|d| d.message.contains("--asset-root")), "{name}: {outside:?}");
    }
    let missing = scene.tables.diagnostics.iter().find(|d| d.code == DiagnosticCode::MissingLayer).unwrap();
    assert!(missing.path.as_ref().unwrap().ends_with("missing.usda"), "{missing:?}");
    assert_eq!(missing.prim_path.as_deref(), Some("/C"));
}

#[test]
fn an_empty_stage_opens_and_says_that_nothing_is_there() {
    let scratch = Scratch::new();
    let scene = open(scratch.write("empty.usda", "#usda 1.0\n")).unwrap();
    assert!(scene.tables.prims.is_empty());
    assert!(has(&scene, DiagnosticCode::NothingVisible));
}

#[test]
fn nonsense_in_a_mesh_is_told_and_the_rest_is_drawn() {
    let scratch = Scratch::new();
    let stage = "#usda 1.0\n\
        def Xform \"NaN\" {\n\
            double3 xformOp:translate = (nan, 0, 0)\n\
            uniform token[] xformOpOrder = [\"xformOp:translate\"]\n\
            def Cube \"Cube\" {}\n\
        }\n\
        def Mesh \"Empty\" {}\n\
        def Mesh \"Range\" {\n\
            int[] faceVertexCounts = [3, 3]\n\
            int[] faceVertexIndices = [0, 1, 2, 0, 1, 7000000]\n\
            point3f[] points = [(0, 0, 0), (1, 0, 0), (0, 1, 0)]\n\
        }\n\
        def Mesh \"Negative\" {\n\
            int[] faceVertexCounts = [-3]\n\
            int[] faceVertexIndices = [0, -1, 2]\n\
            point3f[] points = [(0, 0, 0), (1, 0, 0), (inf, 1, 0)]\n\
        }\n\
        def Cube \"Good\" {}\n";
    let scene = open(scratch.write("nonsense.usda", stage)).unwrap();
    assert!(has(&scene, DiagnosticCode::InvalidData));
    let tables = &scene.tables;
    let drawn = |path: &str| tables.draws.iter().any(|d| tables.prims[d.prim as usize].path == path);
    assert!(drawn("/Good"));
    for geometry in &tables.geometries {
        let points = scene.arena.get(geometry.points).len() as u32;
        assert!(scene.arena.get(geometry.triangles).iter().flatten().all(|&index| index < points));
    }
    assert!(tables.draws.iter().all(|d| d.world_from_local.is_finite()));
}

#[test]
fn a_truncated_crate_file_is_refused_wherever_it_ends() {
    let scratch = Scratch::new();
    let source =
        scratch.write("whole.usda", "#usda 1.0\ndef Xform \"A\" { double3 xformOp:translate = (1, 2, 3) }\n");
    let stage = openusd::usd::Stage::open(source.to_str().unwrap()).unwrap();
    let whole = scratch.path("whole.usdc");
    stage.root_layer().export(whole.to_str().unwrap()).unwrap();
    let bytes = std::fs::read(&whole).unwrap();
    assert!(open(whole).is_ok());
    for keep in [9, bytes.len() / 3, bytes.len() - 1] {
        assert_eq!(code(open(scratch.write("cut.usdc", &bytes[..keep]))), OpenCode::InvalidStage, "{keep}");
    }
}

/// The four kinds known to bring the library down.
mod fatal {
    use super::*;

    #[test]
    fn an_inherits_cycle_is_out_of_stack() {
        let scratch = Scratch::new();
        let stage = "#usda 1.0\n\
            def Xform \"A\" (inherits = </B>) {\n\
                def Xform \"Child\" (inherits = </A>) {}\n\
            }\n\
            def Xform \"B\" (inherits = </A>) {}\n";
        assert_typed(open(scratch.write("cycle.usda", stage)));
    }

    #[test]
    fn sixty_thousand_nested_prims() {
        let scratch = Scratch::new();
        let depth = 60_000;
        let stage = format!("#usda 1.0\n{}{}", "def Xform \"A\" {\n".repeat(depth), "}\n".repeat(depth));
        assert_typed(open(scratch.write("prims.usda", stage)));
    }

    #[test]
    fn sixty_thousand_nested_dictionaries() {
        let scratch = Scratch::new();
        let depth = 60_000;
        let (open_all, close_all) = ("dictionary d = {\n".repeat(depth), "}\n".repeat(depth));
        let stage = format!("#usda 1.0\n( customLayerData = {{\n{open_all}{close_all}}} )\n");
        assert_typed(open(scratch.write("dictionaries.usda", stage)));
    }

    #[test]
    fn a_fan_of_references_without_end() {
        let scratch = Scratch::new();
        let mut stage = "#usda 1.0\n".to_owned();
        for level in 0..25 {
            let next = level + 1;
            writeln!(stage, "def \"L{level}\" {{ def \"a\" (references = </L{next}>) {{}} def \"b\" (references = </L{next}>) {{}} }}").unwrap();
        }
        stage.push_str("def \"L25\" {}\n");
        assert_typed(open(scratch.write("fan.usda", stage)));
    }

    /// Opened after all, or a reason that names the file's fault; never a fault of the server's.
    fn assert_typed(result: Result<Arc<Scene>, OpenError>) {
        if let Err(error) = result {
            println!("{error}");
            assert!(
                matches!(error.code(), OpenCode::InvalidStage | OpenCode::TooLarge | OpenCode::TimedOut),
                "{error}"
            );
        }
    }
}
