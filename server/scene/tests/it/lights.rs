//! Lights read into tables: how strong they are, and what is told where there is none.

use telestage_scene::{DiagnosticCode, LightKind, Scene};

use crate::extraction::read;

#[test]
fn lights_shine_with_exposure_and_their_absence_is_told() {
    let scene = read(
        r#"
def DistantLight "Sun" {
    float inputs:intensity = 3
    float inputs:exposure = 1
    color3f inputs:color = (1, 0.5, 0)
}"#,
    );
    let light = &scene.tables.lights[0];
    assert_eq!(light.radiance, [6.0, 3.0, 0.0]);
    assert!(matches!(light.kind, LightKind::Distant { .. }));
    let has = |scene: &Scene, code| scene.tables.diagnostics.iter().any(|d| d.code == code);
    assert!(!has(&scene, DiagnosticCode::NoLights));
    assert!(has(&scene, DiagnosticCode::NothingVisible));
    assert!(has(&read(r#"def Sphere "S" { }"#), DiagnosticCode::NoLights));
    // Area lights shine, if only from their centres; a light of intensity 0 does not.
    assert!(!has(&read(r#"def RectLight "R" { }"#), DiagnosticCode::NoLights));
    assert!(has(&read(r#"def RectLight "R" { float inputs:intensity = 0 }"#), DiagnosticCode::NoLights));
}
