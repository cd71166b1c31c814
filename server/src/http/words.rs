//! What the words in a picture say, from what the server publishes of itself.
//!
//! Cards (loading, no stage) are pictures of words already; nothing is said twice there.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

use telestage_media::hud::Panel;
use telestage_protocol::Status;
use telestage_render::View;
use telestage_session::Health;

use crate::http::Web;
use crate::pipeline::render::Content;

/// A picture that is older shows something at rest.
const REST: Duration = Duration::from_secs(1);

/// What a picture shows, as far as words tell it.
pub struct Subject<'a> {
    /// Whose picture it is.
    pub content: Content,
    /// Pictures a second, unless it is at rest or one alone.
    pub fps: Option<u32>,
    /// From where.
    pub view: Option<&'a View>,
    /// The time code, if time means something.
    pub time: Option<f64>,
}

/// The words on what viewers see now.
pub fn now(web: &Web) -> Vec<Panel> {
    let (content, age) = match &*web.shown.borrow() {
        Some(shown) => (shown.content, shown.at.elapsed()),
        None => return Vec::new(),
    };
    let view = web.view.borrow().clone();
    let fps = (age < REST).then(|| web.rate.load(Ordering::Relaxed));
    of(web, &Subject { content, fps, view: view.as_ref(), time: None })
}

/// The words on a picture of the stage that is shown.
pub fn of(web: &Web, subject: &Subject<'_>) -> Vec<Panel> {
    let health = web.health.borrow().0.clone();
    let is_picture = subject.content == Content::Source;
    let mut panels = vec![status(&health, subject, web.viewers())];
    if let (true, Some(view)) = (is_picture, subject.view) {
        let scene = web.scene.borrow().clone();
        let span = scene.map(|scene| scene.tables.stage.clone()).filter(|stage| stage.animated);
        let time = span.map(|stage| {
            let time = subject.time.or(stage.time).unwrap_or(stage.start_time_code);
            format!("{} / {}", short(time), short(stage.end_time_code))
        });
        panels.push(Panel::Corner { axes: Some(axes(view)), time });
    }
    if let (true, Some(error)) = (is_picture, &health.error) {
        panels
            .push(Panel::Notice { title: "The stage could not be opened".to_owned(), detail: error.clone() });
    }
    panels
}

fn status(health: &Health, subject: &Subject<'_>, viewers: usize) -> Panel {
    let name =
        |url: &String| Path::new(url).file_name().map_or(url.clone(), |name| name.to_string_lossy().into());
    let title = health.stage.as_ref().map_or_else(|| "Telestage".to_owned(), name);
    let pace = subject.fps.map(|fps| format!("{fps} fps"));
    let seen = (viewers > 0)
        .then(|| if viewers == 1 { "1 viewer".to_owned() } else { format!("{viewers} viewers") });
    let is_loading = health.status == Status::Loading && subject.content == Content::Source;
    let progress = is_loading.then(|| (health.phase.name.clone(), (health.phase.percent / 100.0) as f32));
    Panel::Status { title, facts: pace.into_iter().chain(seen).collect(), progress }
}

/// A time code without more digits than anybody reads.
fn short(time: f64) -> String {
    let text = format!("{time:.1}");
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

/// Where the stage's axes point in the picture: right, up, towards the viewer.
fn axes(view: &View) -> [[f32; 3]; 3] {
    let sides = [view.world_from_view.x_axis, view.world_from_view.y_axis, view.world_from_view.z_axis];
    let sides = sides.map(|side| side.truncate().normalize_or_zero());
    std::array::from_fn(|axis| sides.map(|side| side[axis] as f32))
}

#[cfg(test)]
mod tests {
    use glam::{DMat4, DVec3};
    use telestage_render::{Aov, Projection, Style};

    use super::*;

    fn view(eye: DVec3, up: DVec3) -> View {
        let back = eye.normalize();
        let right = up.cross(back).normalize();
        View {
            version: 1,
            size: [1280, 720],
            // As large as its stage's units want it; directions do not care.
            world_from_view: DMat4::from_cols(
                right.extend(0.0),
                back.cross(right).extend(0.0),
                back.extend(0.0),
                eye.extend(1.0),
            ) * DMat4::from_scale(DVec3::splat(3.0)),
            projection: Projection::Orthographic { height: 10.0 },
            clip: [0.1, 100.0],
            aov: Aov::Color,
            style: Style::default(),
            samples: 1,
        }
    }

    fn near(a: [f32; 3], b: [f32; 3]) -> bool {
        a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5)
    }

    #[test]
    fn axes_are_told_as_the_camera_sees_them() {
        let [x, y, z] = axes(&view(DVec3::new(0.0, 0.0, 5.0), DVec3::Y));
        assert!(near(x, [1.0, 0.0, 0.0]) && near(y, [0.0, 1.0, 0.0]) && near(z, [0.0, 0.0, 1.0]));
        // From the +X side of a stage with Z up: Y to the right, Z up, X towards the eye.
        let [x, y, z] = axes(&view(DVec3::new(5.0, 0.0, 0.0), DVec3::Z));
        assert!(near(x, [0.0, 0.0, 1.0]) && near(y, [1.0, 0.0, 0.0]) && near(z, [0.0, 1.0, 0.0]));
    }

    #[test]
    fn times_have_a_digit_behind_the_point_only_where_it_says_something() {
        assert_eq!(
            [short(101.0), short(101.26), short(-0.5), short(240.04)],
            ["101", "101.3", "-0.5", "240"]
        );
    }
}
