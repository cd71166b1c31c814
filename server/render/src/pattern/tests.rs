use super::number::{BLOCKS_IN_WIDTH, MARGIN};
use super::*;
use crate::view::Projection;
use glam::{DMat4, DVec3};
use telestage_media::Scaler;

fn view(size: [u32; 2], yaw_deg: f64) -> View {
    let orbit = DMat4::from_rotation_y(yaw_deg.to_radians()) * DMat4::from_rotation_x(-0.35);
    View {
        version: 1,
        size,
        world_from_view: orbit * DMat4::from_translation(DVec3::new(0.0, 0.0, 8.0)),
        projection: Projection::Perspective { fov_y_deg: 45.0, shift: [0.0; 2] },
        clip: [0.1, 100.0],
        aov: Aov::Color,
        style: crate::Style::default(),
        samples: 1,
    }
}

#[test]
fn the_number_is_read_back_at_every_size_and_after_scaling() {
    let mut source = PatternSource::new();
    for size in [[320, 180], [640, 480], [1280, 720], [390, 844], [1920, 1080]] {
        let picture = source.render(&view(size, 10.0)).unwrap();
        assert_eq!(read_number(&picture.pixels, size), Some(source.number()), "{size:?}");
    }
    let picture = source.render(&view([1280, 720], 10.0)).unwrap();
    for size in [[854, 480], [640, 360], [426, 240], [1920, 1080]] {
        let mut scaler = Scaler::new([1280, 720], size);
        assert_eq!(read_number(scaler.scale(&picture.pixels), size), Some(source.number()), "{size:?}");
    }
}

#[test]
fn every_kind_of_number_is_drawn_so_that_it_reads_back() {
    let size = [640, 360];
    for number in [0, 1, 2, 255, 0x5555_5555, 0xaaaa_aaaa, 0x7fff_ffff, u32::MAX] {
        let mut pixels = vec![128; 640 * 360 * 4];
        number::draw(&mut Canvas::new(&mut pixels, size).unwrap(), number);
        assert_eq!(read_number(&pixels, size), Some(number));
    }
}

#[test]
fn a_damaged_row_and_other_pictures_have_no_number() {
    let size = [640, 360];
    let picture = PatternSource::new().render(&view(size, 0.0)).unwrap();
    let mut damaged = picture.pixels.to_vec();
    // The tenth block, turned over.
    let block = size[0] / BLOCKS_IN_WIDTH;
    let [left, top] = [(MARGIN + 10) * block + 5, MARGIN * block];
    for y in top..top + block + 2 {
        for value in
            &mut damaged[((y * size[0] + left) * 4) as usize..((y * size[0] + left + block) * 4) as usize]
        {
            *value = 255 - *value;
        }
    }
    assert_eq!(read_number(&damaged, size), None);
    assert_eq!(read_number(&vec![90; damaged.len()], size), None);
    assert_eq!(read_number(&damaged[4..], size), None);
    assert_eq!(read_number(&[0; 16 * 16 * 4], [16, 16]), None);
}

#[test]
fn numbers_count_up_and_pictures_that_are_held_stay_as_they_were() {
    let mut source = PatternSource::new();
    let size = [640, 360];
    let held: Vec<Picture> = (0..7).map(|_| source.render(&view(size, 0.0)).unwrap()).collect();
    for (index, picture) in (1..).zip(&held) {
        assert_eq!(read_number(&picture.pixels, size), Some(index));
    }
}

#[test]
fn an_orbit_changes_much_of_the_picture_and_the_same_view_only_hand_number_and_snow() {
    let mut source = PatternSource::new();
    let size = [640, 360];
    let mut changed = |yaw: f64| {
        let (a, b) = (source.render(&view(size, 0.0)).unwrap(), source.render(&view(size, yaw)).unwrap());
        let differs = |(a, b): (&[u8], &[u8])| a.iter().zip(b).any(|(a, b)| a.abs_diff(*b) > 8);
        a.pixels.chunks(4).zip(b.pixels.chunks(4)).filter(|pair| differs(*pair)).count() as f64
            / (640.0 * 360.0)
    };
    // A quarter of the width times a quarter of the height.
    let snow = 0.0625;
    assert!(changed(0.0) < snow + 0.02);
    assert!(changed(3.0) > snow + 0.08, "{}", changed(3.0));
}

#[test]
fn what_is_kept_while_the_camera_rests_looks_as_if_drawn_anew() {
    let fourth = |views: [View; 4]| {
        let mut source = PatternSource::new();
        let pictures = views.map(|view| source.render(&view).unwrap());
        pictures[3].pixels.clone()
    };
    let (here, there) = (|| view([64, 36], 0.0), || view([64, 36], 40.0));
    let rested = fourth([here(), here(), here(), here()]);
    assert!(rested == fourth([there(), there(), there(), here()]), "drawn anew");
    assert!(rested == fourth([here(), there(), here(), here()]), "after something else");
    assert!(rested != fourth([here(), here(), here(), there()]), "another camera");
}

#[test]
fn odd_sizes_and_cameras_that_are_not_finite_are_refused() {
    let mut source = PatternSource::new();
    assert!(matches!(source.render(&view([641, 360], 0.0)), Err(RenderError::Size(641, 360))));
    let mut broken = view([640, 360], 0.0);
    broken.world_from_view.w_axis.x = f64::NAN;
    assert!(matches!(source.render(&broken), Err(RenderError::Camera)));
    assert!(source.render(&view([16, 16], 0.0)).is_ok());
    let mut tiny = view([640, 360], 0.0);
    tiny.world_from_view = DMat4::ZERO;
    assert!(source.render(&tiny).is_ok());
}
