//! The command line, as the contract words it. Parsing only: what an option means stands where it is used.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use serde::Deserialize;

use crate::http::cors::Origin;
use crate::logging::LogFormat;
use crate::size::Size;

/// Opens a USD stage, renders it, and streams it to browsers on your network.
#[derive(Debug, Parser)]
#[command(name = "telestage", version, propagate_version = true, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve a stage until interrupted.
    Serve(Box<ServeArgs>),
    /// Render a picture without a server.
    Shot(ShotArgs),
    /// Print what is on a stage as JSON.
    Inspect(InspectArgs),
    /// Say what this machine can do.
    Doctor(DoctorArgs),
    /// Measure this machine; JSON on stdout.
    Bench(BenchArgs),
    /// Watch a server without a window.
    Watch(WatchArgs),
    /// The process that opens one stage; started by the others.
    #[command(hide = true)]
    SceneWorker,
}

/// Who draws.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Renderer {
    /// The first that works.
    #[default]
    Auto,
    /// The embedded rasterizer.
    Cpu,
    /// A GPU.
    Gpu,
}

/// Options of `serve`. Each is `None` unless given as a flag or in the environment; see `settings` for the rest.
#[derive(Clone, Debug, Default, Args, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ServeArgs {
    /// The stage to open; without one, an idle picture waits for a viewer to open one.
    #[arg(env = "TELESTAGE_STAGE")]
    pub stage: Option<String>,
    /// Address to listen on [default: 127.0.0.1]
    #[arg(long, value_name = "ADDR", env = "TELESTAGE_BIND")]
    pub bind: Option<IpAddr>,
    /// TCP and UDP port; 0 takes a free one [default: 49100]
    #[arg(long, value_name = "N", env = "TELESTAGE_PORT")]
    pub port: Option<u16>,
    /// Picture size [default: 1280x720]
    #[arg(long, value_name = "WxH", env = "TELESTAGE_SIZE")]
    pub size: Option<Size>,
    /// Most frames a second [default: 60]
    #[arg(long, value_name = "N", env = "TELESTAGE_FPS")]
    pub fps: Option<u16>,
    /// A folder whose files may be opened, besides the stage's own (repeatable)
    #[arg(long, value_name = "DIR", env = "TELESTAGE_ASSET_ROOT", value_delimiter = ENV_LIST)]
    pub asset_root: Vec<PathBuf>,
    /// Who draws [default: auto]
    #[arg(long, value_enum, env = "TELESTAGE_RENDERER")]
    pub renderer: Option<Renderer>,
    /// Where pictures come from: native, pattern, mjpeg:URL [default: native]
    #[arg(long, value_name = "SOURCE", env = "TELESTAGE_SOURCE")]
    pub source: Option<String>,
    /// Video encoder: auto, openh264, … [default: auto]
    #[arg(long, value_name = "NAME", env = "TELESTAGE_ENCODER")]
    pub encoder: Option<String>,
    /// Video bitrate in bits a second [default: 8000000]
    #[arg(long, value_name = "BPS", env = "TELESTAGE_BITRATE")]
    pub bitrate: Option<u32>,
    /// Most encodes of one view at a time, for viewers on different links [default: 2]
    #[arg(long, value_name = "N", env = "TELESTAGE_MAX_RENDITIONS")]
    pub max_renditions: Option<u8>,
    /// Most memory for textures (not available yet)
    #[arg(long, value_name = "BYTES", env = "TELESTAGE_TEXTURE_MEMORY")]
    pub texture_memory: Option<u64>,
    /// The address that viewers reach this server by, if it is not one of its own (containers, NAT)
    #[arg(long, value_name = "IP", env = "TELESTAGE_PUBLIC_IP")]
    pub public_ip: Option<IpAddr>,
    /// A further host name that viewers may use in the address bar (repeatable)
    #[arg(long, value_name = "NAME", env = "TELESTAGE_ALLOW_HOST", value_delimiter = ',')]
    pub allow_host: Vec<String>,
    /// A web page's origin, scheme://host:port, that may use this server and show its sessions in frames (repeatable)
    #[arg(long, value_name = "ORIGIN", env = "TELESTAGE_ALLOW_ORIGIN", value_delimiter = ',')]
    pub allow_origin: Vec<Origin>,
    /// Most sessions at a time [default: 100]
    #[arg(long, value_name = "N", env = "TELESTAGE_MAX_SESSIONS")]
    pub max_sessions: Option<u32>,
    /// Seconds after which a session that nobody uses is forgotten [default: 300]
    #[arg(long, value_name = "SECS", env = "TELESTAGE_SESSION_TIMEOUT")]
    pub session_timeout: Option<u32>,
    /// Serve beyond this machine although there is no access control yet
    #[arg(long, env = "TELESTAGE_INSECURE", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub insecure: Option<bool>,
    /// Do not announce this server on the network
    #[arg(long, env = "TELESTAGE_NO_ANNOUNCE", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub no_announce: Option<bool>,
    /// The folder for recordings [default: `recordings` where this system keeps data]
    #[arg(long, value_name = "DIR", env = "TELESTAGE_RECORD_DIR")]
    pub record_dir: Option<PathBuf>,
    /// Bytes after which a recording ends [default: 10000000000]
    #[arg(long, value_name = "BYTES", env = "TELESTAGE_RECORD_LIMIT")]
    pub record_limit: Option<u64>,
    /// Bytes of the disk that recordings leave free [default: 268435456]
    #[arg(long, value_name = "BYTES", env = "TELESTAGE_RECORD_RESERVE")]
    pub record_reserve: Option<u64>,
    /// A TOML file with these options
    #[arg(long, value_name = "FILE", env = "TELESTAGE_SETTINGS")]
    #[serde(skip)]
    pub settings: Option<PathBuf>,
    /// error, warn, info, debug, trace, or a tracing filter [default: info]
    #[arg(long, value_name = "LEVEL", env = "TELESTAGE_LOG")]
    pub log: Option<String>,
    /// What a line of the log looks like [default: text]
    #[arg(long, value_enum, value_name = "FORMAT", env = "TELESTAGE_LOG_FORMAT")]
    pub log_format: Option<LogFormat>,
}

/// What separates folders in `TELESTAGE_ASSET_ROOT`, as in `PATH`.
const ENV_LIST: char = if cfg!(windows) { ';' } else { ':' };

/// Options of `shot`.
#[derive(Clone, Debug, Args)]
pub struct ShotArgs {
    /// The stage.
    pub stage: PathBuf,
    /// The picture: .png, or .exr with linear values
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Picture size
    #[arg(long, value_name = "WxH", default_value = "1280x720")]
    pub size: Size,
    /// A camera's path on the stage, or the JSON of a `cameraStateChanged` payload
    #[arg(long, value_name = "PATH")]
    pub camera: Option<String>,
    /// Time code
    #[arg(long, value_name = "T", allow_negative_numbers = true)]
    pub time: Option<f64>,
    /// A sequence, first to last time code [STEP: 1]; the time goes into the files' names: out.0001.png
    #[arg(long, value_name = "A:B[:STEP]", allow_hyphen_values = true, conflicts_with = "time")]
    pub times: Option<String>,
    /// Which plane
    #[arg(long, value_enum, default_value = "color")]
    pub aov: AovArg,
    /// Samples a pixel
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub samples: u32,
    /// Who draws
    #[arg(long, value_enum, default_value = "auto")]
    pub renderer: Renderer,
    /// Open nothing outside this folder and the stage's own (repeatable; default: no limit)
    #[arg(long, value_name = "DIR")]
    pub asset_root: Vec<PathBuf>,
}

/// Planes of `shot`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AovArg {
    /// The shaded picture.
    Color,
    /// Distance along the view axis.
    Depth,
    /// World-space normals.
    Normal,
    /// Prims as numbers.
    Id,
}

/// Options of `inspect`.
#[derive(Clone, Debug, Args)]
pub struct InspectArgs {
    /// The stage.
    pub stage: PathBuf,
    /// Time code
    #[arg(long, value_name = "T", allow_negative_numbers = true)]
    pub time: Option<f64>,
    /// Open nothing outside this folder and the stage's own (repeatable; default: no limit)
    #[arg(long, value_name = "DIR")]
    pub asset_root: Vec<PathBuf>,
}

/// Options of `doctor`.
#[derive(Clone, Debug, Args)]
pub struct DoctorArgs {
    /// A server to examine hop by hop, e.g. http://127.0.0.1:49100/; without one, this machine
    pub url: Option<String>,
    /// Machine-readable
    #[arg(long)]
    pub json: bool,
}

/// Options of `bench`.
#[derive(Clone, Debug, Args)]
pub struct BenchArgs {
    /// What to measure
    #[arg(value_enum)]
    pub what: BenchKind,
    /// The stage.
    pub stage: PathBuf,
    /// Picture size
    #[arg(long, value_name = "WxH", default_value = "1280x720")]
    pub size: Size,
    /// Repetitions
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub frames: u32,
}

/// What `bench` measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BenchKind {
    /// Frames of a camera that circles the stage.
    Render,
    /// From spawning the worker to the tables.
    Load,
    /// The same frames through conversion and the encoder.
    Encode,
    /// The tree of prims: the time to make it, and its memory.
    Tree,
}

/// Options of `watch`.
#[derive(Clone, Debug, Args)]
pub struct WatchArgs {
    /// The server, e.g. http://127.0.0.1:49100/
    pub url: String,
    /// End after so many pictures
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub frames: Option<u64>,
    /// End after so many seconds
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u32).range(1..))]
    pub seconds: Option<u32>,
    /// Put the pictures into this MP4 file as well, as they were encoded
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// A message to send once welcome, e.g. {"event_type":"getStatsRequest","payload":{}}; its answer is printed (repeatable)
    #[arg(long, value_name = "JSON")]
    pub send: Vec<String>,
    /// What carries pictures and messages; auto takes the first that works
    #[arg(long, value_enum, default_value = "auto")]
    pub transport: TransportArg,
    /// Connect again when the connection ends
    #[arg(long)]
    pub reconnect: bool,
}

/// What `watch` connects by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TransportArg {
    /// UDP, else TCP, else WebSocket.
    Auto,
    /// WebRTC over UDP.
    Udp,
    /// WebRTC over TCP.
    Tcp,
    /// WebSocket.
    Ws,
}
