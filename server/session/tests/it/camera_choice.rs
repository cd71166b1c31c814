//! Which camera a stage is shown through first.

use telestage_session::camera::{StageCamera, UpAxis, choose};

use crate::stand::stage_camera;

/// A camera that looks at the origin from the front, or straight down.
fn camera(path: &str, focal_length: f64) -> StageCamera {
    stage_camera(path, [0.0, 1.0, 9.0], [0.0; 3], [0.0, 1.0, 0.0], focal_length)
}

fn from_above(path: &str, focal_length: f64) -> StageCamera {
    stage_camera(path, [0.0, 9.0, 0.1], [0.0; 3], [0.0, 1.0, 0.0], focal_length)
}

/// What it shows, the cameras, the stage's own choice, and the one to start with.
type Row<'a> = (&'a str, Vec<StageCamera>, Option<&'a str>, Option<usize>);

#[test]
fn the_order_is_stage_name_only_widest_first() {
    let table: &[Row<'_>] = &[
        ("none", vec![], None, None),
        ("none, though the stage names one", vec![], Some("/Gone"), None),
        ("the stage's own", vec![camera("/Main", 50.0), camera("/Other", 50.0)], Some("/Other"), Some(1)),
        (
            "the stage names one that is not there",
            vec![camera("/A", 50.0), camera("/Main", 50.0)],
            Some("/Gone"),
            Some(1),
        ),
        ("by name", vec![camera("/A", 10.0), camera("/Rig/mainCam", 50.0)], None, Some(1)),
        ("main before hero", vec![camera("/Hero", 50.0), camera("/Main", 50.0)], None, Some(1)),
        (
            "hero before default",
            vec![camera("/camera_default", 50.0), camera("/shotHero1", 50.0)],
            None,
            Some(1),
        ),
        ("persp", vec![camera("/A", 10.0), camera("/perspective", 50.0)], None, Some(1)),
        ("a name within a word is none", vec![camera("/A", 10.0), camera("/Domain", 50.0)], None, Some(0)),
        ("a folder's name is none", vec![camera("/A", 10.0), camera("/Main/B", 50.0)], None, Some(0)),
        ("the only one", vec![from_above("/Top", 50.0)], None, Some(0)),
        ("the widest", vec![camera("/A", 50.0), camera("/B", 15.0), camera("/C", 35.0)], None, Some(1)),
        (
            "the widest that is not a plan",
            vec![from_above("/A", 5.0), camera("/B", 80.0), camera("/C", 35.0)],
            None,
            Some(2),
        ),
        ("the first, if all are plans", vec![from_above("/A", 50.0), from_above("/B", 5.0)], None, Some(0)),
        ("of two as wide, the first", vec![camera("/A", 35.0), camera("/B", 35.0)], None, Some(0)),
    ];
    for (what, cameras, default, expected) in table {
        assert_eq!(choose(cameras, *default, UpAxis::Y), *expected, "{what}");
    }
}

#[test]
fn cameras_that_make_no_sense_are_passed_over() {
    let mut broken = camera("/Main", 50.0);
    broken.world_from_view.w_axis.x = f64::NAN;
    let mut blind = camera("/Hero", 50.0);
    blind.aperture = [0.0; 2];
    let cameras = [broken.clone(), blind, camera("/A", 50.0)];
    assert_eq!(choose(&cameras, Some("/Main"), UpAxis::Y), Some(2));
    assert_eq!(choose(&[broken], None, UpAxis::Y), None);
}

#[test]
fn what_is_a_plan_depends_on_the_up_axis() {
    let cameras = [from_above("/A", 5.0), camera("/B", 50.0)];
    assert_eq!(choose(&cameras, None, UpAxis::Y), Some(1));
    assert_eq!(choose(&cameras, None, UpAxis::Z), Some(0));
}
