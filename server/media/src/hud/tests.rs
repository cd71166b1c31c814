//! What the words change of a picture, and what they leave alone.

use std::time::Instant;

use super::*;

const SIZE: [u32; 2] = [1280, 720];
const GREY: u8 = 90;
const RIGHT_UP_NEAR: [[f32; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

fn status(title: &str) -> Panel {
    let facts = vec!["24 fps".to_owned(), "2 viewers".to_owned()];
    Panel::Status { title: title.to_owned(), facts, progress: Some(("composing".to_owned(), 0.42)) }
}

fn corner(axes: [[f32; 3]; 3]) -> Panel {
    Panel::Corner { axes: Some(axes), time: None }
}

fn notice() -> Panel {
    let detail =
        "a reference leads out of the asset roots, and nothing outside them is opened: /etc/passwd.usd";
    Panel::Notice { title: "Could not open cell.usda".to_owned(), detail: detail.to_owned() }
}

/// A grey picture with these panels on it, and their plates.
fn picture(panels: &[Panel], size: [u32; 2]) -> (Vec<u8>, Vec<Arc<Plate>>) {
    let mut pixels = vec![GREY; (size[0] * size[1] * 4) as usize];
    pixels.chunks_exact_mut(4).for_each(|pixel| pixel[3] = 255);
    let plates = Hud::default().plates(panels, size);
    plates.iter().for_each(|plate| plate.blend(&mut pixels, size));
    (pixels, plates)
}

fn pixel(pixels: &[u8], at: [u32; 2]) -> [u8; 3] {
    let start = ((at[1] * SIZE[0] + at[0]) * 4) as usize;
    [pixels[start], pixels[start + 1], pixels[start + 2]]
}

/// Pixels within a plate for which this holds.
fn count(pixels: &[u8], plate: &Plate, holds: impl Fn([u8; 3]) -> bool) -> usize {
    let rows = plate.from()[1]..plate.to()[1];
    rows.flat_map(|y| (plate.from()[0]..plate.to()[0]).map(move |x| [x, y]))
        .filter(|&at| holds(pixel(pixels, at)))
        .count()
}

#[test]
fn words_lie_in_their_corners_and_the_rest_is_untouched() {
    let (pixels, plates) = picture(&[status("cell.usda"), corner(RIGHT_UP_NEAR), notice()], SIZE);
    let [bottom_left, top_right, middle] = &plates[..] else { panic!("three plates") };
    assert!(
        bottom_left.from()[0] < 16 && bottom_left.to()[1] > 700 && bottom_left.to()[1] <= 720,
        "{bottom_left:?}"
    );
    assert!(top_right.to()[0] > 1260 && top_right.from()[1] < 16);
    assert!(middle.from()[0] > 300 && middle.to()[0] < 980 && middle.from()[1] < 360 && middle.to()[1] > 360);
    for plate in &plates {
        let area = (plate.to()[0] - plate.from()[0]) * (plate.to()[1] - plate.from()[1]);
        let bright = count(&pixels, plate, |rgb| rgb.iter().any(|v| *v > 180));
        let dark = count(&pixels, plate, |rgb| rgb.iter().all(|v| *v < 60));
        assert!(bright > 60 && dark > area as usize / 3, "{bright} bright and {dark} dark of {area}");
    }
    let is_covered = |x: u32, y: u32| {
        plates.iter().any(|p| x >= p.from()[0] && y >= p.from()[1] && x < p.to()[0] && y < p.to()[1])
    };
    for (index, pixel) in pixels.chunks_exact(4).enumerate() {
        let (x, y) = (index as u32 % SIZE[0], index as u32 / SIZE[0]);
        assert_eq!(pixel[3], 255);
        assert!(is_covered(x, y) || pixel[..3] == [GREY; 3], "{x} {y}");
    }
}

#[test]
fn axes_point_where_the_camera_sees_them() {
    let is_red = |[r, g, b]: [u8; 3]| r > 200 && g < 130 && b < 130;
    let is_green = |[r, g, b]: [u8; 3]| g > 180 && r < 140 && b < 140;
    let is_blue = |[r, _, b]: [u8; 3]| b > 220 && r < 130;
    // Looking along -Z, and the same from the other side, lying on the left.
    let turned = [[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, -1.0]];
    for (axes, red, green) in [(RIGHT_UP_NEAR, [1, 0], [0, -1]), (turned, [0, 1], [1, 0])] {
        let (pixels, plates) = picture(&[corner(axes)], SIZE);
        let plate = &plates[0];
        let middle = [0, 1].map(|axis| i64::from(plate.from()[axis] + plate.to()[axis]) / 2);
        let along = |way: [i64; 2], far: i64| [0, 1].map(|axis| (middle[axis] + way[axis] * far) as u32);
        for far in [12, 16] {
            assert!(is_red(pixel(&pixels, along(red, far))), "{red:?} {far}");
            assert!(is_green(pixel(&pixels, along(green, far))), "{green:?} {far}");
        }
        // The blue axis is towards or away from the viewer: over the others, or under them.
        let blue = count(&pixels, plate, is_blue);
        assert!(blue > 60, "{blue}");
        let red_at_middle =
            is_red(pixel(&pixels, along([1, 0], 3))) || is_green(pixel(&pixels, along([1, 0], 3)));
        assert!(axes[2][2] < 0.0 || !red_at_middle);
    }
}

#[test]
fn a_panel_without_anything_to_say_stays_small_and_none_changes_nothing() {
    let (pixels, plates) = picture(&[], SIZE);
    assert!(plates.is_empty() && pixels.chunks_exact(4).all(|p| p == [GREY, GREY, GREY, 255]));
    let (_, plates) = picture(&[status("too small a picture")], [160, 90]);
    assert!(plates.is_empty());
}

#[test]
fn what_the_font_lacks_and_what_is_far_too_long_does_no_harm() {
    let everything: String = (0..0x11_0000).step_by(97).filter_map(char::from_u32).collect();
    for title in
        ["ロボット工場.usda", "机器人 🤖👩🏽‍🚀", "a\nb\u{0}\u{202e}c", "", &everything, &"long ".repeat(5000)]
    {
        for size in [SIZE, [240, 136], [4096, 2160]] {
            let notice = Panel::Notice { title: title.to_owned(), detail: title.to_owned() };
            let (_, plates) = picture(&[status(title), notice], size);
            for plate in plates {
                assert!(plate.to()[0] <= size[0] && plate.to()[1] <= size[1], "{title:.20} {size:?}");
            }
        }
    }
    let (pixels, plates) = picture(&[status("机器人")], SIZE);
    assert!(count(&pixels, &plates[0], |rgb| rgb.iter().all(|v| *v > 180)) > 60, "boxes stand for them");
    let nowhere = Panel::Corner {
        axes: Some([[f32::NAN; 3], [f32::INFINITY; 3], [0.0; 3]]),
        time: Some(String::new()),
    };
    picture(&[nowhere], SIZE);
}

#[test]
fn a_plate_is_made_once_for_what_it_says() {
    let mut hud = Hud::default();
    let first = hud.plates(&[status("cell.usda")], SIZE);
    let again = hud.plates(&[status("cell.usda"), notice()], SIZE);
    assert!(Arc::ptr_eq(&first[0], &again[0]));
    assert!(!Arc::ptr_eq(&first[0], &hud.plates(&[status("cell.usda")], [1920, 1080])[0]));
    assert!(!Arc::ptr_eq(&first[0], &hud.plates(&[status("other.usda")], SIZE)[0]));
    for number in 0..100 {
        hud.plates(&[status(&number.to_string())], SIZE);
    }
    assert_eq!(hud.kept.len(), KEPT);
}

#[test]
fn another_picture_under_a_plate_is_no_reason_to_write_outside_of_it() {
    let plate = &picture(&[corner(RIGHT_UP_NEAR)], SIZE).1[0];
    for size in [[2, 2], [plate.from()[0] + 5, plate.from()[1] + 3], [4000, 20]] {
        let mut pixels = vec![GREY; (size[0] * size[1] * 4) as usize];
        plate.blend(&mut pixels, size);
    }
    plate.blend(&mut [], [1280, 720]);
}

/// Prints what words cost: `cargo test -p telestage-media cost_of -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
#[allow(clippy::print_stderr, reason = "its figures are read by people")]
fn cost_of_words() {
    let mut hud = Hud::default();
    let mut pixels = vec![GREY; (SIZE[0] * SIZE[1] * 4) as usize];
    let time = |what: &str, work: &mut dyn FnMut(u32)| {
        work(0);
        let start = Instant::now();
        (1..=200).for_each(&mut *work);
        eprintln!("{what}: {:?}", start.elapsed() / 200);
    };
    let panels = [status("cell.usda"), corner(RIGHT_UP_NEAR), notice()];
    time("the same words on another frame", &mut |_| {
        hud.plates(&panels, SIZE).iter().for_each(|plate| plate.blend(&mut pixels, SIZE));
    });
    time("another status line", &mut |number| drop(hud.plates(&[status(&number.to_string())], SIZE)));
    time("another camera", &mut |number| {
        let (sine, cosine) = (number as f32 / 100.0).sin_cos();
        drop(hud.plates(&[corner([[cosine, sine, 0.0], [-sine, cosine, 0.0], [0.0, 0.0, 1.0]])], SIZE));
    });
}

/// Writes what the words look like into `TELESTAGE_HUD_PICTURE`.
#[test]
#[ignore = "for people to look at"]
fn picture_of_words() {
    let path = std::env::var("TELESTAGE_HUD_PICTURE").unwrap();
    let axes = [[0.8, 0.25, 0.5], [-0.05, 0.85, -0.4], [-0.6, 0.3, 0.7]];
    let panels = [
        status("床 robot_cell.usda"),
        Panel::Corner { axes: Some(axes), time: Some("101.5 / 240".into()) },
        notice(),
    ];
    let (pixels, _) = picture(&panels, SIZE);
    std::fs::write(path, crate::png::encode_rgba(&pixels, SIZE).unwrap()).unwrap();
}
