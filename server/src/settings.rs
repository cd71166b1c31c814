//! What `serve` runs with: flag over environment over file over default.
//!
//! clap has merged flags and environment already; this file adds the settings file and the defaults,
//! and refuses what cannot be honoured.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

use crate::cli::{Renderer, ServeArgs};
use crate::exit::{Exit, Failure};
use crate::http::cors::Origin;
use crate::http::session::registry::Limits as SessionLimits;
use crate::kept;
use crate::logging::LogFormat;
use crate::record::{Limits, Place};
use crate::size::Size;

/// Encodes of a view unless asked for otherwise: one for those whose links carry much, one for the others.
const RENDITIONS: u8 = 2;
/// More are not worth their processors.
const RENDITIONS_MAX: u8 = 4;

/// Where pictures come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The renderer.
    Native,
    /// A moving test card.
    Pattern,
}

impl Source {
    /// The name that `/health` gives it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Pattern => "pattern",
        }
    }
}

/// Everything decided.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The stage to open first.
    pub stage: Option<String>,
    /// Address to listen on.
    pub bind: IpAddr,
    /// Port to listen on; 0 is any.
    pub port: u16,
    /// Picture size.
    pub size: Size,
    /// Most frames a second.
    pub fps: u16,
    /// Folders whose files may be opened.
    pub asset_roots: Vec<PathBuf>,
    /// Who draws.
    pub renderer: Renderer,
    /// Where pictures come from.
    pub source: Source,
    /// Which encoder.
    pub encoder: String,
    /// Bits a second.
    pub bitrate_bps: u32,
    /// Encodes of each view at most.
    pub max_renditions: u8,
    /// An address besides the machine's own.
    pub public_ip: Option<IpAddr>,
    /// Host names besides the machine's own.
    pub allow_hosts: Vec<String>,
    /// Foreign pages that may use this server.
    pub allow_origins: Vec<Origin>,
    /// Of sessions.
    pub sessions: SessionLimits,
    /// Where recordings go; `None`: the system names no folder for a program's data, and nobody else did.
    pub recordings: Option<Place>,
    /// How pictures look, as viewers left it.
    pub look: Look,
    /// Where bookmarks are kept; `None`: the system names no folder for a program's data.
    pub bookmarks: Option<PathBuf>,
    /// Log filter.
    pub log: String,
    /// What its lines look like.
    pub log_format: LogFormat,
}

/// What viewers changed, and where it is kept.
#[derive(Clone, Debug, Default)]
pub struct Look {
    /// The settings file; `None`: this system names no folder for one.
    pub file: Option<PathBuf>,
    /// What it says.
    pub values: telestage_session::Values,
    /// What of it makes no sense, in words.
    pub wrong: Vec<String>,
}

/// Picks the first that is given.
macro_rules! merge {
    ($flags:ident, $file:ident: $($field:ident),*) => {
        $( let $field = $flags.$field.or($file.$field); )*
    };
}

/// Decides.
///
/// # Errors
/// Exit 2 with the option's name, for a file that cannot be read, an unknown key, a value that cannot be honoured.
pub fn decide(flags: ServeArgs) -> Result<Settings, Failure> {
    refuse_unknown_variables(std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()))?;
    let (file, look) = match flags.settings.clone() {
        Some(path) => read(path)?,
        None => default_file().map_or_else(|| Ok(Default::default()), read_if_there)?,
    };
    merge!(flags, file: stage, bind, port, size, fps, renderer, source, encoder, bitrate, max_renditions,
           texture_memory, public_ip, insecure, no_announce, record_dir, record_limit, record_reserve,
           max_sessions, session_timeout, log, log_format);
    let first = |ours: Vec<_>, theirs| if ours.is_empty() { theirs } else { ours };

    let bind = bind.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    if !bind.is_loopback() && insecure != Some(true) {
        return Err(Failure::new(
            Exit::Usage,
            format_args!(
                "--bind {bind} would let anyone who reaches this machine see and drive the stage, since this version has no access control"
            ),
            "add --insecure if the network is yours alone, or use `ssh -L`",
        ));
    }
    if texture_memory.is_some() {
        return Err(Failure::not_available("--texture-memory"));
    }
    // Nothing is announced yet, so `--no-announce` holds as it is.
    let _ = no_announce;
    let max_renditions = max_renditions.unwrap_or(RENDITIONS);
    if !(1..=RENDITIONS_MAX).contains(&max_renditions) {
        let cause = format_args!("--max-renditions {max_renditions} is out of range");
        return Err(Failure::new(Exit::Usage, cause, format_args!("give 1 to {RENDITIONS_MAX}")));
    }
    let fps = fps.unwrap_or(60);
    if !(1..=240).contains(&fps) {
        return Err(Failure::new(Exit::Usage, format_args!("--fps {fps} is out of range"), "give 1 to 240"));
    }
    let bitrate_bps = bitrate.unwrap_or(8_000_000);
    if !(100_000..=200_000_000).contains(&bitrate_bps) {
        return Err(Failure::new(
            Exit::Usage,
            format_args!("--bitrate {bitrate_bps} is out of range"),
            "give bits a second, 100000 to 200000000",
        ));
    }
    let limits = Limits {
        recording: record_limit.unwrap_or(10_000_000_000),
        reserve: record_reserve.unwrap_or(256 << 20),
    };
    Ok(Settings {
        stage,
        bind,
        port: port.unwrap_or(49100),
        size: size.unwrap_or(Size { width: 1280, height: 720 }),
        fps,
        asset_roots: first(flags.asset_root, file.asset_root),
        renderer: renderer.unwrap_or_default(),
        source: parse_source(source.as_deref().unwrap_or("native"))?,
        encoder: encoder.unwrap_or_else(|| "auto".into()),
        bitrate_bps,
        max_renditions,
        public_ip,
        allow_hosts: first_given(flags.allow_host, file.allow_host),
        allow_origins: first_given(flags.allow_origin, file.allow_origin),
        sessions: session_limits(max_sessions.unwrap_or(100), session_timeout.unwrap_or(300))?,
        look,
        bookmarks: data_folder("bookmarks"),
        recordings: record_dir.or_else(|| data_folder("recordings")).map(|folder| Place { folder, limits }),
        log: log.unwrap_or_else(|| "info".into()),
        log_format: log_format.unwrap_or_default(),
    })
}

fn first_given<T>(ours: Vec<T>, theirs: Vec<T>) -> Vec<T> {
    if ours.is_empty() { theirs } else { ours }
}

fn session_limits(sessions: u32, timeout_secs: u32) -> Result<SessionLimits, Failure> {
    if timeout_secs == 0 {
        return Err(Failure::new(
            Exit::Usage,
            "--session-timeout 0 forgets every session at once",
            "give seconds, 1 or more",
        ));
    }
    Ok(SessionLimits { sessions: sessions as usize, timeout: Duration::from_secs(timeout_secs.into()) })
}

fn parse_source(text: &str) -> Result<Source, Failure> {
    match text {
        "native" => Ok(Source::Native),
        "pattern" => Ok(Source::Pattern),
        other if other.starts_with("mjpeg:") => Err(Failure::not_available("--source mjpeg")),
        other => Err(Failure::new(
            Exit::Usage,
            format_args!("--source {other} is unknown"),
            "use native or pattern",
        )),
    }
}

/// Where data of this kind goes without a wish.
fn data_folder(kind: &str) -> Option<PathBuf> {
    directories::ProjectDirs::from("org", "telestage", "telestage").map(|dirs| dirs.data_dir().join(kind))
}

/// The settings file that is read without being asked for.
fn default_file() -> Option<PathBuf> {
    directories::ProjectDirs::from("org", "telestage", "telestage")
        .map(|dirs| dirs.config_dir().join("server.toml"))
}

/// The file that nobody named. One that is no TOML is put aside: nobody is kept from serving by what an earlier run left.
fn read_if_there(path: PathBuf) -> Result<(ServeArgs, Look), Failure> {
    let text = match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok((ServeArgs::default(), Look { file: Some(path), ..Look::default() }));
        }
        Err(_) => return read(path),
        Ok(text) => text,
    };
    let Err(error) = text.parse::<toml::Table>() else { return read(path) };
    let Ok(aside) = kept::put_aside(&path) else { return read(path) };
    let wrong =
        format!("the settings file could not be read and is now {}: {}", aside.display(), error.message());
    Ok((ServeArgs::default(), Look { file: Some(path), wrong: vec![wrong], ..Look::default() }))
}

fn read(path: PathBuf) -> Result<(ServeArgs, Look), Failure> {
    let fail = |cause: String| {
        Failure::new(
            Exit::Usage,
            format!("{cause} in the settings file {}", path.display()),
            "mend or remove it",
        )
    };
    let text = std::fs::read_to_string(&path).map_err(|error| fail(error.to_string()))?;
    let mut all = text.parse::<toml::Table>().map_err(|error| fail(error.message().to_owned()))?;
    let (values, wrong) = kept::take(&mut all);
    let args = all.try_into::<ServeArgs>().map_err(|error| fail(error.message().to_owned()))?;
    Ok((args, Look { file: Some(path), values, wrong }))
}

/// A misspelt variable that is ignored in silence costs its user an hour.
fn refuse_unknown_variables(names: impl Iterator<Item = String>) -> Result<(), Failure> {
    use clap::CommandFactory as _;
    let command = crate::cli::Cli::command();
    let known: Vec<String> = command
        .get_subcommands()
        .flat_map(clap::Command::get_arguments)
        .filter_map(|arg| Some(arg.get_env()?.to_string_lossy().into_owned()))
        .collect();
    for name in names {
        if name.starts_with("TELESTAGE_") && !known.contains(&name) {
            return Err(Failure::new(
                Exit::Usage,
                format_args!("the environment variable {name} is no option"),
                format_args!("unset it; there are {}", known.join(", ")),
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn args() -> ServeArgs {
        ServeArgs { settings: Some(PathBuf::from("/dev/null")), ..ServeArgs::default() }
    }

    #[test]
    fn the_default_is_loopback() {
        let settings = decide(args()).unwrap();
        assert!(settings.bind.is_loopback());
        assert_eq!((settings.port, settings.fps), (49100, 60));
    }

    #[test]
    fn recordings_have_a_folder_and_limits() {
        let flags = ServeArgs { record_dir: Some("films".into()), record_limit: Some(7), ..args() };
        let place = decide(flags).unwrap().recordings.unwrap();
        assert_eq!(place.folder, Path::new("films"));
        assert_eq!((place.limits.recording, place.limits.reserve), (7, 256 << 20));
    }

    #[test]
    fn serving_the_network_needs_to_be_meant() {
        let open = ServeArgs { bind: "0.0.0.0".parse().ok(), ..args() };
        let failure = decide(open.clone()).unwrap_err();
        assert_eq!(failure.exit, Exit::Usage);
        assert!(failure.to_string().contains("--insecure"));
        assert!(decide(ServeArgs { insecure: Some(true), ..open }).is_ok());
    }

    #[test]
    fn a_misspelt_variable_is_named() {
        let failure = refuse_unknown_variables(["TELESTAGE_PROT".to_owned()].into_iter()).unwrap_err();
        assert!(failure.to_string().contains("TELESTAGE_PROT"));
        assert!(
            refuse_unknown_variables(["TELESTAGE_PORT".to_owned(), "HOME".to_owned()].into_iter()).is_ok()
        );
    }

    #[test]
    fn the_file_is_under_the_flags_and_its_unknown_keys_are_named() {
        let file = std::env::temp_dir().join(format!("telestage-settings-{}.toml", std::process::id()));
        std::fs::write(&file, "port = 1234\nfps = 30\nsize = \"640x360\"\n").unwrap();
        let flags = ServeArgs { settings: Some(file.clone()), port: Some(5678), ..ServeArgs::default() };
        let settings = decide(flags.clone()).unwrap();
        assert_eq!((settings.port, settings.fps, settings.size.to_string()), (5678, 30, "640x360".into()));
        std::fs::write(&file, "prot = 1\n").unwrap();
        let failure = decide(flags).unwrap_err();
        assert!(failure.to_string().contains("prot"), "{failure}");
        std::fs::remove_file(&file).unwrap();
    }

    #[test]
    fn what_viewers_changed_is_no_option_and_comes_back_as_it_was_kept() {
        let file = std::env::temp_dir().join(format!("telestage-look-{}.toml", std::process::id()));
        std::fs::write(&file, "port = 1234\n\n[render]\ngrid = true\nexposure = [1]\n").unwrap();
        let flags = ServeArgs { settings: Some(file.clone()), ..ServeArgs::default() };
        let settings = decide(flags).unwrap();
        assert_eq!((settings.port, settings.look.file), (1234, Some(file.clone())));
        assert_eq!(settings.look.values["grid"], telestage_protocol::SettingValue::Switch(true));
        assert!(settings.look.wrong[0].contains("render.exposure"));
        std::fs::remove_file(&file).unwrap();
    }

    #[test]
    fn a_file_that_nobody_named_and_nobody_can_read_is_put_aside() {
        let file = std::env::temp_dir().join(format!("telestage-broken-{}.toml", std::process::id()));
        std::fs::write(&file, "[render\ngrid = tr").unwrap();
        let (args, look) = read_if_there(file.clone()).unwrap();
        assert!(args.port.is_none() && look.wrong[0].contains(".broken"), "{:?}", look.wrong);
        let aside = PathBuf::from(format!("{}.broken", file.display()));
        assert_eq!(std::fs::read_to_string(&aside).unwrap(), "[render\ngrid = tr");
        assert!(!file.exists());
        std::fs::remove_file(&aside).unwrap();
    }
}
