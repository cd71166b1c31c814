//! Render settings and planes: who may change them, what is refused, what everybody is told, what is kept.

use std::collections::BTreeMap;

use telestage_protocol::{
    ActiveAovState, Capability, ChangeAovRequest, ClientMessage, Empty, ErrorCode, Outcome,
    RenderSettingsChanged, ServerMessage, SetRenderSettingRequest, SettingValue,
};
use telestage_session::appearance::{Aov, Shading};
use telestage_session::camera::UpAxis;
use telestage_session::{Config, Input, Output};

use crate::stand::*;

fn set(key: &str, value: SettingValue) -> ClientMessage {
    ClientMessage::SetRenderSetting(SetRenderSettingRequest { key: key.to_owned(), value })
}

fn choice(name: &str) -> SettingValue {
    SettingValue::Choice(name.to_owned())
}

fn stand() -> Stand {
    let mut stand = Stand::showing(stage(UpAxis::Y, cube([0.0; 3], 1.0)));
    stand.greet(2);
    stand.rest();
    stand
}

fn settings(stand: &Stand, client: u32) -> Option<RenderSettingsChanged> {
    stand.told(client).into_iter().find_map(|(_, message)| match message {
        ServerMessage::RenderSettings(settings) => Some(settings),
        _ => None,
    })
}

fn value(told: &RenderSettingsChanged, key: &str) -> SettingValue {
    told.settings.iter().find(|row| row.key == key).unwrap().value.clone()
}

fn aov(stand: &Stand, client: u32) -> Option<ActiveAovState> {
    stand.told(client).into_iter().find_map(|(_, message)| match message {
        ServerMessage::ActiveAov(state) => Some(state),
        _ => None,
    })
}

#[test]
fn a_change_is_shown_told_to_all_and_kept() {
    let mut stand = stand();
    let before = stand.session.pose();
    stand.say(1, "s", set("shading", choice("wireframe")));
    for client in [1, 2] {
        let told = settings(&stand, client).unwrap();
        assert!(told.applied && told.result == Outcome::Success);
        assert_eq!(value(&told, "shading"), choice("wireframe"));
    }
    assert_eq!(stand.told(1)[0].0.as_deref(), Some("s"));
    let pose = stand.session.pose();
    assert!(pose.version > before.version && pose.samples == 1);
    assert_eq!(pose.appearance.shading, Shading::Wireframe);
    let kept = BTreeMap::from([("shading".to_owned(), choice("wireframe"))]);
    assert!(stand.out.contains(&Output::Keep { settings: kept }));
    stand.say(1, "", set("shading", choice("shaded")));
    assert!(stand.out.contains(&Output::Keep { settings: BTreeMap::new() }), "a default is not kept");
}

#[test]
fn what_holds_already_changes_nothing_and_is_told_to_who_asks() {
    let mut stand = stand();
    let before = stand.session.pose();
    stand.say(1, "s", set("grid", SettingValue::Switch(false)));
    assert!(!settings(&stand, 1).unwrap().applied);
    assert!(settings(&stand, 2).is_none() && stand.session.pose() == before);
    assert!(!stand.out.iter().any(|output| matches!(output, Output::Keep { .. } | Output::View { .. })));
}

#[test]
fn unknown_keys_wrong_types_and_values_out_of_range_are_refused_and_change_nothing() {
    let mut stand = stand();
    let before = stand.session.pose();
    let number = SettingValue::Number;
    for (key, wrong, code) in [
        ("shaders", choice("wireframe"), ErrorCode::NotFound),
        ("", number(1.0), ErrorCode::NotFound),
        ("shading", choice("wire"), ErrorCode::BadRequest),
        ("shading", number(1.0), ErrorCode::BadRequest),
        ("grid", number(1.0), ErrorCode::BadRequest),
        ("exposure", number(10.5), ErrorCode::BadRequest),
        ("exposure", number(f64::NAN), ErrorCode::BadRequest),
        ("exposure", SettingValue::Switch(true), ErrorCode::BadRequest),
        ("samples", number(2.5), ErrorCode::BadRequest),
        ("samples", number(0.0), ErrorCode::BadRequest),
        ("frame_rate", number(61.0), ErrorCode::BadRequest),
        ("resolution_scale", number(0.1), ErrorCode::BadRequest),
    ] {
        stand.say(1, "w", set(key, wrong.clone()));
        let (id, error) = stand.refusal(1).unwrap();
        assert_eq!((id.as_deref(), error.code), (Some("w"), code), "{key} {wrong:?}");
        let names_what_there_is = error.message.contains("expected") || error.message.contains("exposure");
        assert!(names_what_there_is, "{}", error.message);
        assert_eq!(stand.session.pose(), before);
        assert_eq!(stand.out.len(), 1, "{key} {wrong:?}");
    }
}

#[test]
fn who_does_not_drive_is_refused() {
    let mut stand = stand();
    let before = stand.session.pose();
    stand.say(2, "n", set("grid", SettingValue::Switch(true)));
    assert_eq!(stand.refusal(2).unwrap().1.code, ErrorCode::NotController);
    stand.say(2, "n", ClientMessage::ChangeAov(ChangeAovRequest { aov: "id".to_owned() }));
    assert_eq!(stand.refusal(2).unwrap().1.code, ErrorCode::NotController);
    assert_eq!(stand.session.pose(), before);
    stand.say(2, "n", ClientMessage::GetRenderSettings(Empty {}));
    assert!(settings(&stand, 2).is_some(), "but may ask");
}

#[test]
fn a_plane_is_shown_in_every_view_and_an_unknown_one_is_answered_with_those_there_are() {
    let mut stand = stand();
    stand.say(1, "a", ClientMessage::ChangeAov(ChangeAovRequest { aov: "normal".to_owned() }));
    let told = aov(&stand, 2).unwrap();
    assert_eq!((told.active.as_str(), told.previous.as_deref()), ("normal", Some("color")));
    assert_eq!(told.result, Some(Outcome::Success));
    assert!(stand.session.poses().all(|(_, pose)| pose.appearance.aov == Aov::Normal));
    assert!(!stand.out.iter().any(|output| matches!(output, Output::Keep { .. })), "a plane is no setting");
    stand.say(1, "b", ClientMessage::ChangeAov(ChangeAovRequest { aov: "beauty".to_owned() }));
    let told = aov(&stand, 1).unwrap();
    assert_eq!((told.active.as_str(), told.result), ("normal", Some(Outcome::Error)));
    assert!(told.reason.unwrap().contains("color, depth, normal, id"));
    assert!(aov(&stand, 2).is_none());
}

#[test]
fn effort_goes_to_the_pipeline_and_samples_to_the_view() {
    let mut stand = stand();
    stand.say(1, "", set("frame_rate", SettingValue::Number(24.0)));
    stand.say(1, "", set("resolution_scale", SettingValue::Number(0.5)));
    let effort = stand.out.iter().find_map(|output| match output {
        Output::Effort(effort) => Some(*effort),
        _ => None,
    });
    assert_eq!(effort.map(|effort| (effort.fps, effort.scale)), Some((24.0, 0.5)));
    stand.say(1, "", set("samples", SettingValue::Number(4.0)));
    assert_eq!(stand.session.pose().samples, 1, "a change");
    stand.rest();
    assert_eq!(stand.session.pose().samples, 4);
    stand.say(1, "", set("frame_rate", SettingValue::Number(60.0)));
    assert!(stand.refusal(1).is_none(), "back to what the server was started with");
}

#[test]
fn what_was_kept_holds_again_and_what_makes_no_sense_is_named() {
    let mut stand = Stand::new();
    let kept = BTreeMap::from([
        ("grid".to_owned(), SettingValue::Switch(true)),
        ("shading".to_owned(), choice("plaid")),
        ("colour".to_owned(), choice("red")),
    ]);
    let wrong = stand.session.restore(&kept);
    assert_eq!(wrong.len(), 2, "{wrong:?}");
    assert!(stand.session.pose().appearance.grid);
    stand.greet(1);
    assert_eq!(value(&settings(&stand, 1).unwrap(), "grid"), SettingValue::Switch(true));
}

#[test]
fn a_source_without_them_offers_none() {
    let mut config = Config::default();
    config.capabilities.retain(|name| !matches!(name, Capability::Settings | Capability::Aov));
    let mut stand = Stand::with(config);
    stand.greet(1);
    assert!(settings(&stand, 1).is_none() && aov(&stand, 1).is_none());
    for message in [
        ClientMessage::GetRenderSettings(Empty {}),
        set("grid", SettingValue::Switch(true)),
        ClientMessage::GetAvailableAovs(Empty {}),
        ClientMessage::ChangeAov(ChangeAovRequest { aov: "id".to_owned() }),
    ] {
        stand.say(1, "u", message);
        assert_eq!(stand.refusal(1).unwrap().1.code, ErrorCode::Unsupported);
    }
}

#[test]
fn all_hear_that_settings_cannot_be_kept() {
    let mut stand = stand();
    stand.input(Input::SettingsUnkept { message: "the disk is full".to_owned() });
    for client in [1, 2] {
        let (_, error) = stand.refusal(client).unwrap();
        assert!(error.message.contains("the disk is full"), "{}", error.message);
    }
}
