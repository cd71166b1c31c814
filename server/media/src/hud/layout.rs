//! Panels as egui lays them out: one area in its corner, in the built-in font.
//!
//! Owns the egui context and its atlas of glyphs. Text that the font lacks becomes boxes; no text can make it fail.

use std::sync::Arc;

use egui::epaint::TessellationOptions;
use egui::{
    Align2, Area, Color32, Context, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Frame, Id,
    Label, Margin, Pos2, RawInput, Rect, RichText, Sense, Stroke, Ui, Vec2, ViewportId, pos2, vec2,
};

use super::Panel;
use super::plate::Plate;
use super::raster::{self, Texture};
use crate::text;

/// Characters of one text that are laid out at most; lines hold fewer anyway.
const MOST_CHARS: usize = 600;
/// From the picture's edges, in points.
const MARGIN: f32 = 12.0;
/// Columns of a bar of progress, in points.
const BAR: f32 = 160.0;
/// Columns and rows of the tripod, in points.
const TRIPOD: f32 = 72.0;
/// Height of a picture that has one pixel in a point.
const PLAIN_HEIGHT: f32 = 720.0;

const BACK: Color32 = Color32::from_rgba_premultiplied(12, 13, 15, 208);
const TEXT: Color32 = Color32::from_rgb(0xf4, 0xf5, 0xf7);
const DIM: Color32 = Color32::from_rgb(0xb8, 0xbd, 0xc6);
const BRIGHT: Color32 = Color32::from_rgb(0x6e, 0xa8, 0xff);
const ALARM: Color32 = Color32::from_rgb(0xff, 0x8a, 0x80);
/// X, Y, Z.
const AXES: [(&str, Color32); 3] = [
    ("X", Color32::from_rgb(0xff, 0x5c, 0x5c)),
    ("Y", Color32::from_rgb(0x6f, 0xd1, 0x6a)),
    ("Z", Color32::from_rgb(0x5c, 0x9d, 0xff)),
];

/// Lays out and draws.
pub struct Layout {
    context: Context,
    texture: Texture,
}

impl Layout {
    pub fn new() -> Self {
        let context = Context::default();
        context.set_fonts(fonts());
        context.tessellation_options_mut(|options| {
            // Discs of the atlas are scaled, which takes a filter; triangles do as well.
            *options = TessellationOptions { prerasterized_discs: false, ..TessellationOptions::default() };
        });
        Self { context, texture: Texture::default() }
    }

    /// The panel on a picture of this size.
    pub fn plate(&mut self, panel: &Panel, size: [u32; 2]) -> Plate {
        let scale = (size[1] as f32 / PLAIN_HEIGHT).clamp(0.75, 4.0);
        let screen = Rect::from_min_size(Pos2::ZERO, vec2(size[0] as f32, size[1] as f32) / scale);
        // An area lies where its last size puts it: the first pass measures.
        drop(self.pass(panel, screen, scale));
        let shapes = self.pass(panel, screen, scale);
        raster::plate(&self.context.tessellate(shapes, scale), &self.texture, scale, size)
    }

    fn pass(&mut self, panel: &Panel, screen: Rect, scale: f32) -> Vec<egui::epaint::ClippedShape> {
        let mut input = RawInput { screen_rect: Some(screen), time: Some(0.0), ..RawInput::default() };
        input.viewports.entry(ViewportId::ROOT).or_default().native_pixels_per_point = Some(scale);
        let output = self
            .context
            .run(input, |context| show(context, panel, screen.size() - Vec2::splat(2.0 * MARGIN)));
        for (_, delta) in &output.textures_delta.set {
            self.texture.update(delta);
        }
        output.shapes
    }
}

fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::empty();
    for (name, data) in [("regular", text::REGULAR_FILE), ("bold", text::BOLD_FILE)] {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(data)));
    }
    let regular = vec!["regular".to_owned()];
    fonts.families.insert(FontFamily::Proportional, regular.clone());
    fonts.families.insert(FontFamily::Monospace, regular);
    fonts.families.insert(bold_family(), vec!["bold".to_owned()]);
    fonts
}

fn bold_family() -> FontFamily {
    FontFamily::Name("bold".into())
}

/// One line's worth of text, without what would break it.
fn clean(text: &str) -> String {
    text.chars().take(MOST_CHARS).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn line(text: &str, size: f32, color: Color32) -> RichText {
    RichText::new(clean(text)).font(FontId::proportional(size)).color(color)
}

fn title(text: &str, size: f32, color: Color32) -> RichText {
    RichText::new(clean(text)).font(FontId::new(size, bold_family())).color(color)
}

fn show(context: &Context, panel: &Panel, room: Vec2) {
    match panel {
        Panel::Status { title, facts, progress } => {
            at(context, "status", Align2::LEFT_BOTTOM, |ui| {
                status(ui, title, facts, progress.as_ref(), room);
            });
        }
        Panel::Corner { axes, time } => {
            at(context, "corner", Align2::RIGHT_TOP, |ui| corner(ui, axes.as_ref(), time.as_deref()));
        }
        Panel::Notice { title, detail } => {
            at(context, "notice", Align2::CENTER_CENTER, |ui| notice(ui, title, detail, room));
        }
    }
}

fn at(context: &Context, name: &str, anchor: Align2, content: impl FnOnce(&mut Ui)) {
    let inwards = -anchor.to_sign() * MARGIN;
    let area = Area::new(Id::new(name)).anchor(anchor, inwards).fade_in(false).interactable(false);
    area.show(context, |ui| {
        let frame = Frame::NONE
            .fill(BACK)
            .corner_radius(CornerRadius::same(6))
            .inner_margin(Margin::symmetric(10, 6));
        frame.show(ui, content);
    });
}

fn status(ui: &mut Ui, what: &str, facts: &[String], progress: Option<&(String, f32)>, room: Vec2) {
    ui.set_max_width(room.x - 20.0);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 10.0;
        // The facts are short and keep their place; of a long name the end is left out.
        let facts = facts.join("  ·  ");
        let font = FontId::proportional(13.0);
        let taken = ui.painter().layout_no_wrap(clean(&facts), font, DIM).size().x;
        ui.scope(|ui| {
            ui.set_max_width((ui.available_width() - taken - 20.0).max(60.0));
            ui.add(Label::new(title(what, 13.0, TEXT)).truncate().selectable(false));
        });
        ui.add(Label::new(line(&facts, 13.0, DIM)).truncate().selectable(false));
    });
    if let Some((activity, share)) = progress {
        let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
        ui.horizontal(|ui| {
            let (place, _) = ui.allocate_exact_size(vec2(BAR, 14.0), Sense::hover());
            let groove = Rect::from_center_size(place.center(), vec2(BAR, 4.0));
            ui.painter().rect_filled(groove, 2.0, DIM.gamma_multiply(0.35));
            let done = Rect::from_min_size(groove.min, vec2(BAR * share, 4.0));
            ui.painter().rect_filled(done, 2.0, BRIGHT);
            let percent = format!("{activity}  {:.0} %", 100.0 * share);
            ui.add(Label::new(line(&percent, 13.0, TEXT)).truncate().selectable(false));
        });
    }
}

fn corner(ui: &mut Ui, axes: Option<&[[f32; 3]; 3]>, time: Option<&str>) {
    ui.set_width(if time.is_some() { TRIPOD + 24.0 } else { TRIPOD });
    ui.vertical_centered(|ui| {
        if let Some(axes) = axes {
            let (place, _) = ui.allocate_exact_size(Vec2::splat(TRIPOD), Sense::hover());
            tripod(ui, place, axes);
        }
        if let Some(time) = time {
            ui.add(Label::new(line(time, 13.0, TEXT)).truncate().selectable(false));
        }
    });
}

/// What is nearer lies over what is farther.
fn tripod(ui: &Ui, place: Rect, axes: &[[f32; 3]; 3]) {
    let reach = TRIPOD / 2.0 - 9.0;
    let mut order = [0, 1, 2];
    order.sort_by(|&a, &b| axes[a][2].total_cmp(&axes[b][2]));
    for axis in order {
        let ([right, up, _], (name, color)) = (axes[axis], AXES[axis]);
        if !(right.is_finite() && up.is_finite()) {
            continue;
        }
        let tip = place.center() + vec2(right, -up) * reach;
        ui.painter().line_segment([place.center(), tip], Stroke::new(2.0, color));
        ui.painter().circle_filled(tip, 8.0, color);
        let font = FontId::new(11.0, bold_family());
        ui.painter().text(pos2(tip.x, tip.y), Align2::CENTER_CENTER, name, font, Color32::BLACK);
    }
}

fn notice(ui: &mut Ui, what: &str, why: &str, room: Vec2) {
    ui.set_max_width((room.x - 20.0).min(520.0));
    ui.add(Label::new(title(what, 15.0, ALARM)).wrap().selectable(false));
    ui.add(Label::new(line(why, 13.0, TEXT)).wrap().selectable(false));
}
