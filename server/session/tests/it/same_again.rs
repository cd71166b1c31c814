//! I2: no clock, no chance, no surroundings. The same inputs at the same times give the same outputs.

use telestage_protocol::CameraCommand;
use telestage_session::camera::UpAxis;
use telestage_session::{Input, Output};

use crate::stand::{Stand, command, cube, open, stage};

/// Several clients come, drive, fly, open and leave.
fn a_day() -> Vec<Output> {
    let mut stand = Stand::showing(stage(UpAxis::Z, cube([1.0, 2.0, 3.0], 4.0)));
    let mut all = Vec::new();
    for round in 1..200u32 {
        let client = 2 + round % 7;
        match round % 5 {
            0 => stand.greet(client),
            1 => {
                stand.say(client, "", command(CameraCommand::Orbit, 1, round, 0.01 * f64::from(round), 0.02))
            }
            2 => stand.say(client, "", command(CameraCommand::Fly, 2, round, 0.5, 0.1)),
            3 => stand.say(client, "o", open(if round % 2 == 0 { "a.usda" } else { "b.usda" })),
            _ => stand.input(Input::Left { client }),
        };
        all.append(&mut stand.out.clone());
        all.extend(stand.send_frame().iter().cloned());
        all.extend(stand.run_ms(37).into_iter().map(|(_, output)| output));
    }
    all
}

#[test]
fn i2_the_same_inputs_at_the_same_times_give_the_same_outputs() {
    let first = a_day();
    assert!(first.len() > 1000, "{}", first.len());
    assert!(first == a_day());
}
