use super::*;
use openh264::decoder::Decoder;
use openh264::formats::YUVSource;

const SIZE: [u32; 2] = [320, 192];
const RENDITION: Rendition = Rendition { size: SIZE, fps: 30.0, bitrate_bps: 2_000_000 };

fn frame(number: u32, size: [u32; 2], pixel: impl Fn(u32, u32) -> [u8; 3]) -> Frame {
    let pixels: Vec<u8> = (0..size[0] * size[1])
        .flat_map(|i| {
            let [r, g, b] = pixel(i % size[0], i / size[0]);
            [r, g, b, 255]
        })
        .collect();
    Frame {
        number,
        size,
        pixels: pixels.into(),
        view_version: u64::from(number),
        timings: Timings::default(),
    }
}

/// Fine stripes over shading, moved by `shift`: dear to encode.
fn textured(number: u32, size: [u32; 2], shift: u32) -> Frame {
    frame(number, size, |x, y| {
        let (x, y) = (x + shift, y + shift / 2);
        let noise =
            (x / 2).wrapping_mul(2_654_435_761).wrapping_add((y / 2).wrapping_mul(2_246_822_519)) >> 25;
        [(x / 2) as u8 / 2 + noise as u8, y as u8 / 2 + noise as u8 / 2, 90]
    })
}

/// The decoder's luma, chroma and chroma of the last of `packets`.
fn decode(packets: &[Packet]) -> I420 {
    let mut decoder = Decoder::new().unwrap();
    let (last, before) = packets.split_last().unwrap();
    for packet in before {
        decoder.decode(&packet.data).unwrap();
    }
    let picture = decoder.decode(&last.data).unwrap().unwrap();
    let (width, height) = picture.dimensions();
    let mut out = I420::new([width as u32, height as u32]);
    let crop = |plane: &[u8], stride: usize, width: usize, height: usize| -> Vec<u8> {
        plane.chunks(stride).take(height).flat_map(|row| &row[..width]).copied().collect()
    };
    let (luma, chroma, _) = picture.strides();
    out.set_planes(
        crop(picture.y(), luma, width, height),
        crop(picture.u(), chroma, width / 2, height / 2),
        crop(picture.v(), chroma, width / 2, height / 2),
    );
    out
}

fn converted(frame: &Frame) -> I420 {
    let mut out = I420::new(frame.size);
    Converter::default().convert(frame, &mut out).unwrap();
    out
}

/// Of luma, in decibels.
fn psnr(a: &I420, b: &I420) -> f64 {
    let squares: u64 = a.y().iter().zip(b.y()).map(|(&a, &b)| u64::from(a.abs_diff(b)).pow(2)).sum();
    10.0 * (255.0_f64.powi(2) * a.y().len() as f64 / squares.max(1) as f64).log10()
}

/// Types of the NAL units (H.264 table 7-1) of an Annex B access unit.
fn unit_types(data: &[u8]) -> Vec<u8> {
    data.windows(4).filter(|bytes| bytes[..3] == [0, 0, 1]).map(|bytes| bytes[3] & 31).collect()
}

#[test]
fn patches_of_colour_survive_encoding_and_decoding() {
    let colours = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [128, 128, 128]];
    let source = frame(1, SIZE, |x, _| colours[(x / 80) as usize]);
    let mut encoder = OpenH264::new(&RENDITION).unwrap();
    let decoded = decode(&[encoder.encode(&source, false).unwrap()]);
    // The values of BT.709, limited range, for these four.
    for (patch, yuv) in
        [[63, 102, 240], [173, 42, 26], [32, 240, 118], [126, 128, 128]].into_iter().enumerate()
    {
        let (x, y, width) = (patch * 80 + 40, 96, 320);
        let found = [
            decoded.y()[y * width + x],
            decoded.u()[y / 2 * (width / 2) + x / 2],
            decoded.v()[y / 2 * (width / 2) + x / 2],
        ];
        assert!(
            found.iter().zip(yuv).all(|(found, wanted): (&u8, u8)| found.abs_diff(wanted) <= 4),
            "{found:?} {yuv:?}"
        );
    }
}

#[test]
fn large_pictures_are_cut_into_as_many_slices_as_there_are_processors_for() {
    assert_eq!(slices([640, 360], 8), 1);
    assert_eq!([1, 2, 8].map(|processors| slices([1280, 720], processors)), [1, 2, 2]);
    assert_eq!([2, 3, 64].map(|processors| slices([3840, 2160], processors)), [2, 3, 4]);
}

/// Several encoders share the library's threads, which come with the first and go with the last.
#[test]
fn slices_make_the_same_bytes_each_time_and_decode_to_the_picture() {
    let size = [1280, 720];
    let encode = |_| {
        let mut wels = Wels::new(size, 30.0, 2).unwrap();
        wels.set_qp(26).unwrap();
        let mut unit = Vec::new();
        (0..4)
            .map(|n| {
                wels.encode(&converted(&textured(n, size, n * 3)), n == 0, &mut unit).unwrap();
                unit.clone()
            })
            .collect::<Vec<_>>()
    };
    let streams = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..3).map(|n| scope.spawn(move || encode(n))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(streams.iter().all(|stream| *stream == streams[0]));
    let kinds = unit_types(&streams[0][3]);
    assert_eq!(kinds, [1, 1], "two slices of a picture that builds on the last");
    let packet = |unit: &Vec<u8>| Packet {
        data: Bytes::copy_from_slice(unit),
        key: false,
        frame: 0,
        view_version: 0,
        size,
        timings: Timings::default(),
    };
    let packets: Vec<_> = streams[0].iter().map(packet).collect();
    assert!(psnr(&decode(&packets), &converted(&textured(3, size, 9))) > 32.0);
}

#[test]
fn the_stream_is_constrained_baseline_and_says_bt709_limited() {
    let mut encoder = OpenH264::new(&RENDITION).unwrap();
    let packet = encoder.encode(&textured(1, SIZE, 0), false).unwrap();
    let start =
        packet.data.windows(4).position(|bytes| bytes[..3] == [0, 0, 1] && bytes[3] & 31 == 7).unwrap();
    let parameters = &packet.data[start + 4..];
    // profile_idc 66 with constraint_set0 and constraint_set1, level 3.1.
    assert_eq!((parameters[0], parameters[1] & 0xc0, parameters[2]), (66, 0xc0, 31));
    // video_signal_type_present 1, video_format 5, full_range 0, colour_description_present 1, then three times 1.
    let bits: Vec<u8> =
        parameters[..24].iter().flat_map(|byte| (0..8).rev().map(move |i| byte >> i & 1)).collect();
    let wanted: Vec<u8> = "110101000000010000000100000001".bytes().map(|b| b - b'0').collect();
    assert!(bits.windows(wanted.len()).any(|window| window == wanted), "{bits:?}");
}

#[test]
fn keys_come_first_and_on_request_and_carry_their_parameter_sets() {
    let mut encoder = OpenH264::new(&RENDITION).unwrap();
    for number in 1..=40 {
        // Cuts, stills, motion and changes of the rate: none of them is a reason for a key.
        let source = match number {
            1..10 => textured(number, SIZE, 0),
            10..20 => textured(number, SIZE, number * 3),
            _ => frame(number, SIZE, |x, y| [(x * number) as u8, (y * number) as u8, 0]),
        };
        if number == 15 {
            encoder.configure(&Rendition { fps: 60.0, bitrate_bps: 500_000, ..RENDITION }).unwrap();
        }
        let wanted = number == 25 || number == 26;
        let packet = encoder.encode(&source, wanted).unwrap();
        let types = unit_types(&packet.data);
        assert_eq!(packet.key, wanted || number == 1, "frame {number}");
        assert_eq!(types, if packet.key { vec![7, 8, 5] } else { vec![1] }, "frame {number}");
        assert_eq!((packet.frame, packet.view_version), (number, u64::from(number)));
    }
}

#[test]
fn keys_are_bounded_in_size() {
    for bitrate_bps in [1_000_000, 4_000_000, 16_000_000] {
        let mut encoder = OpenH264::new(&Rendition { bitrate_bps, ..RENDITION }).unwrap();
        for number in 1..=3 {
            let packet = encoder.encode(&textured(number, SIZE, number), true).unwrap();
            let limit = (f64::from(bitrate_bps) * 0.06).max(f64::from(SIZE[0] * SIZE[1]) * 0.15) / 8.0;
            assert!(packet.data.len() as f64 <= limit, "{} bytes at {bitrate_bps}", packet.data.len());
        }
    }
}

#[test]
fn a_change_of_the_bitrate_takes_effect_within_frames() {
    let mut encoder = OpenH264::new(&RENDITION).unwrap();
    let mut number = 0;
    let mut mean_bytes = |encoder: &mut OpenH264| {
        let sizes: Vec<usize> = (0..30)
            .map(|_| {
                number += 1;
                encoder.encode(&textured(number, SIZE, number * 3), false).unwrap().data.len()
            })
            .collect();
        sizes[10..].iter().sum::<usize>() as f64 / 20.0
    };
    let before = mean_bytes(&mut encoder);
    assert!((before / (2_000_000.0 / 30.0 / 8.0) - 1.0).abs() < 0.25, "{before}");
    encoder.configure(&Rendition { bitrate_bps: 500_000, ..RENDITION }).unwrap();
    let lower = mean_bytes(&mut encoder);
    encoder.configure(&Rendition { fps: 15.0, bitrate_bps: 1_000_000, ..RENDITION }).unwrap();
    let higher = mean_bytes(&mut encoder);
    assert!((2.8..5.5).contains(&(before / lower)), "{before} / {lower}");
    assert!((2.8..5.5).contains(&(higher / lower)), "{higher} / {lower}");
}

#[test]
fn a_still_picture_climbs_until_nothing_is_left_to_gain() {
    let source = textured(1, SIZE, 0);
    let mut encoder = OpenH264::new(&Rendition { bitrate_bps: 1_000_000, ..RENDITION }).unwrap();
    let mut packets = vec![encoder.encode(&source, false).unwrap()];
    let first = psnr(&converted(&source), &decode(&packets));
    while encoder.refines() && packets.len() < 60 {
        packets.push(encoder.encode(&source, false).unwrap());
    }
    assert!(packets.len() < 60, "still refining after {} frames", packets.len());
    let last = psnr(&converted(&source), &decode(&packets));
    assert!(first < last && last > 42.0, "{first} dB, then {last} dB");
    assert!(
        encoder.encode(&source, false).unwrap().data.len() < 600,
        "a finished picture costs next to nothing"
    );
}

#[test]
fn a_still_picture_that_its_bitrate_cannot_finish_comes_to_an_end_too() {
    let source = textured(1, SIZE, 0);
    let mut encoder = OpenH264::new(&Rendition { bitrate_bps: 10_000, ..RENDITION }).unwrap();
    let frames = (1..1000).find(|_| {
        encoder.encode(&source, false).unwrap();
        !encoder.refines()
    });
    assert!(frames.is_some(), "still refining after 1000 frames");
}

#[test]
fn motion_after_a_still_picture_stays_within_its_budget() {
    let mut encoder = OpenH264::new(&RENDITION).unwrap();
    for number in 1..40 {
        encoder.encode(&textured(number, SIZE, number.saturating_sub(20)), false).unwrap();
    }
    for number in 40..80 {
        encoder.encode(&textured(number, SIZE, 20), false).unwrap();
    }
    let budget = 2_000_000.0 / 30.0 / 8.0;
    for number in 80..90 {
        let bytes = encoder.encode(&textured(number, SIZE, number - 59), false).unwrap().data.len() as f64;
        assert!(bytes < 3.0 * budget, "frame {number}: {bytes} bytes, budget {budget}");
    }
}

#[test]
fn a_new_size_starts_with_a_key_of_that_size() {
    let mut encoder = OpenH264::new(&RENDITION).unwrap();
    encoder.encode(&textured(1, SIZE, 0), false).unwrap();
    encoder.configure(&Rendition { size: [160, 96], ..RENDITION }).unwrap();
    let packet = encoder.encode(&textured(2, SIZE, 0), false).unwrap();
    assert!(packet.key && packet.size == [160, 96]);
    assert_eq!(decode(&[packet]).size(), [160, 96]);
}

#[test]
fn odd_and_extreme_sizes_and_empty_rates_are_refused() {
    for size in [[321, 192], [320, 191], [0, 0], [8, 64], [3842, 2160], [3840, 3840]] {
        let refused = OpenH264::new(&Rendition { size, ..RENDITION });
        assert!(matches!(refused, Err(EncodeError::Size { .. })), "{size:?}");
    }
    for (fps, bitrate_bps) in [(0.0, 1), (f32::NAN, 1), (30.0, 0)] {
        assert!(matches!(
            OpenH264::new(&Rendition { fps, bitrate_bps, ..RENDITION }),
            Err(EncodeError::Rate { .. })
        ));
    }
}

#[test]
fn a_refused_rendition_or_frame_leaves_the_encoder_usable() {
    let mut encoder = OpenH264::new(&RENDITION).unwrap();
    assert!(encoder.configure(&Rendition { size: [1, 1], ..RENDITION }).is_err());
    let mut broken = textured(1, SIZE, 0);
    broken.size = [640, 480];
    assert!(matches!(encoder.encode(&broken, false), Err(EncodeError::Picture(_))));
    let packet = encoder.encode(&textured(2, SIZE, 0), false).unwrap();
    assert!(packet.key && packet.size == SIZE);
}
