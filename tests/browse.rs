//! A large stage, browsed: how long a viewer waits for rows, for what a search finds, and for the picture of what it did.
//!
//! One viewer with one connection asks what a page asks, and decodes nothing. Pictures of a stage at rest come for a reason
//! only, so the first one after an edit or a pick is the one that shows it.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use telestage_client::{Address, Event, Events, Handle, Options, Transport, Way, connect};
use telestage_protocol as protocol;
use telestage_protocol::{ClientMessage, Envelope, ServerMessage};
use tokio::time::timeout_at;

use crate::figures::ranks;

/// An answer, or a picture, that does not come for so long fails the measurement.
const PATIENCE: Duration = Duration::from_secs(30);
/// Without a picture for so long, the picture is at rest.
const REST: Duration = Duration::from_millis(700);

/// What is done.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The stage to open; its root has a prim of many children.
    pub stage: String,
    /// Whose children are unfolded.
    pub parents: Vec<String>,
    /// What is searched for.
    pub words: Vec<String>,
    /// What is hidden and shown again.
    pub hidden: Vec<String>,
    /// Where is picked, in shares of the picture.
    pub picks: Vec<[f64; 2]>,
}

/// Does everything in the plan, one after the other. Milliseconds of each.
///
/// # Errors
/// The connection ends, something is refused, or nothing comes of it.
pub async fn browse(address: &Address, transport: Transport, plan: &Plan) -> Result<Value> {
    let options =
        Options { transport: Way::Only(transport), ..Options::new(address.clone(), "telestage-load") };
    let (handle, events) = connect(options);
    let mut visit = Visit { handle, events, size: [0; 2], asked: 0 };
    visit.greet().await?;
    let (rows_ms, root) = visit.open(&plan.stage).await?;
    let (mut first_page, mut expand, mut rows) = (Vec::new(), Vec::new(), 0);
    for parent in &plan.parents {
        let start = Instant::now();
        let (count, first) = visit.children(parent).await?;
        rows = count;
        first_page.push(first.saturating_duration_since(start));
        expand.push(start.elapsed());
    }
    let (mut found, mut ended) = (Vec::new(), Vec::new());
    for word in &plan.words {
        let (first, last) = visit.search(word).await?;
        found.push(first);
        ended.push(last);
    }
    let mut edits = Vec::new();
    for path in &plan.hidden {
        for visible in [false, true] {
            edits.push(visit.show(path, visible).await?);
        }
    }
    let (mut outlines, mut hits) = (Vec::new(), 0);
    for &at in &plan.picks {
        let (took, is_hit) = visit.pick(at).await?;
        if is_hit {
            outlines.push(took);
            hits += 1;
        }
    }
    visit.handle.close();
    while visit.events.next().await.is_some() {}
    Ok(json!({
        "stage": plan.stage, "transport": transport.name(), "root": root,
        "first_rows_ms": rows_ms.as_secs_f64() * 1e3,
        "children": rows, "first_page_ms": ranks(first_page), "expand_ms": ranks(expand),
        "search_first_ms": ranks(found), "search_done_ms": ranks(ended),
        "edit_to_unit_ms": ranks(edits), "picks": plan.picks.len(), "hits": hits,
        "pick_to_unit_ms": ranks(outlines),
    }))
}

struct Visit {
    handle: Handle,
    events: Events,
    size: [u32; 2],
    /// Requests so far.
    asked: u32,
}

impl Visit {
    /// The request's `id`: the server also says unasked what the last one was asked for.
    fn id(&self) -> String {
        self.asked.to_string()
    }

    async fn send(&mut self, message: ClientMessage) -> Result<()> {
        self.asked += 1;
        let envelope = Envelope { message, id: Some(self.id()) };
        self.handle.send(&envelope).await.context("the message is not sent")
    }

    /// The next event; a refusal is the end.
    async fn event(&mut self) -> Result<Event> {
        let deadline = Instant::now() + PATIENCE;
        match timeout_at(deadline.into(), self.events.next()).await.context("nothing comes")? {
            Some(Event::Message(Envelope { message: ServerMessage::ViewerError(error), .. })) => {
                bail!("refused: {}", error.message)
            }
            Some(Event::Ended(ending)) => bail!("{ending}"),
            Some(event) => Ok(event),
            None => bail!("the connection has ended"),
        }
    }

    /// The first answer to the last request for which `take` gives something.
    async fn answer<T>(&mut self, take: impl FnMut(ServerMessage) -> Option<T>) -> Result<T> {
        let id = self.id();
        self.told(|told| told == Some(&id), take).await
    }

    /// The first message with such an `id` for which `take` gives something.
    async fn told<T>(
        &mut self,
        is_meant: impl Fn(Option<&String>) -> bool,
        mut take: impl FnMut(ServerMessage) -> Option<T>,
    ) -> Result<T> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Event::Message(envelope) = self.event().await?
                && is_meant(envelope.id.as_ref())
                && let Some(taken) = take(envelope.message)
            {
                return Ok(taken);
            }
        }
        bail!("no answer to request {} within {PATIENCE:?}", self.asked)
    }

    async fn greet(&mut self) -> Result<()> {
        loop {
            if let Event::Welcomed(welcome) = self.event().await? {
                self.size = welcome.size;
                return Ok(());
            }
        }
    }

    /// From the word that the stage is there to the rows of its root and of the prim that is unfolded first.
    async fn open(&mut self, url: &str) -> Result<(Duration, String)> {
        self.send(ClientMessage::OpenStage(protocol::OpenStageRequest { url: url.to_owned() })).await?;
        // The end of an open is told to all alike.
        let opened = self
            .told(
                |_| true,
                |message| match message {
                    ServerMessage::OpenStageResult(result) => Some(result),
                    _ => None,
                },
            )
            .await?;
        if let Some(error) = opened.error {
            bail!("the stage is not opened: {error}");
        }
        let start = Instant::now();
        self.children("/").await?;
        let root = opened.root_prim_path.context("the stage has no root prim")?;
        self.children(&root).await?;
        Ok((start.elapsed(), root))
    }

    /// All children of a prim, page by page. How many, and when the first page was there.
    async fn children(&mut self, parent: &str) -> Result<(u32, Instant)> {
        let (mut seen, mut first) = (0, None);
        loop {
            self.send(ClientMessage::GetChildren(protocol::GetChildrenRequest {
                prim_path: parent.to_owned(),
                filters: None,
                offset: Some(seen),
                limit: None,
                stage_generation: None,
            }))
            .await?;
            let page = self
                .answer(|message| match message {
                    ServerMessage::GetChildrenResult(page) => Some(page),
                    _ => None,
                })
                .await?;
            let first = *first.get_or_insert_with(Instant::now);
            seen += page.children.len() as u32;
            if seen >= page.total {
                return Ok((seen, first));
            }
            if page.children.is_empty() {
                bail!("a page of {parent} is empty at {seen} of {}", page.total);
            }
        }
    }

    /// Until the first rows that were found, and until the last.
    async fn search(&mut self, word: &str) -> Result<(Duration, Duration)> {
        let start = Instant::now();
        self.send(ClientMessage::SearchPrims(protocol::SearchPrimsRequest {
            query: word.to_owned(),
            types: None,
            limit: None,
            stage_generation: None,
        }))
        .await?;
        let mut first = None;
        loop {
            let part = self
                .answer(|message| match message {
                    ServerMessage::SearchPrimsResult(part) => Some(part),
                    _ => None,
                })
                .await?;
            if !part.prims.is_empty() {
                first.get_or_insert_with(|| start.elapsed());
            }
            if part.done {
                let first = first.with_context(|| format!("nothing is found for {word}"))?;
                return Ok((first, start.elapsed()));
            }
        }
    }

    /// Waits until no picture comes any more.
    async fn rest(&mut self) -> Result<()> {
        let mut still = Instant::now() + REST;
        loop {
            match timeout_at(still.into(), self.event()).await {
                Err(_) => return Ok(()),
                Ok(Ok(Event::Unit(_))) => still = Instant::now() + REST,
                Ok(Ok(_)) => {}
                Ok(Err(error)) => return Err(error),
            }
        }
    }

    /// When the first picture comes that nothing but `message` is a reason for, and what `take` made of messages until then
    /// and a little longer.
    async fn until_unit<T>(
        &mut self,
        message: ClientMessage,
        mut take: impl FnMut(ServerMessage) -> Option<T>,
        needs_unit: impl Fn(&T) -> bool,
    ) -> Result<(Duration, T)> {
        self.rest().await?;
        let start = Instant::now();
        self.send(message).await?;
        let id = Some(self.id());
        let (mut shown, mut taken) = (None, None);
        loop {
            match self.event().await? {
                Event::Unit(unit) => {
                    shown.get_or_insert(unit.arrived.saturating_duration_since(start));
                }
                Event::Message(envelope) if envelope.id == id => {
                    taken = taken.or_else(|| take(envelope.message));
                }
                _ => {}
            }
            if let Some(taken) = taken.take_if(|taken| shown.is_some() || !needs_unit(taken)) {
                return Ok((shown.unwrap_or_default(), taken));
            }
        }
    }

    async fn show(&mut self, path: &str, visible: bool) -> Result<Duration> {
        let edit =
            protocol::SetVisibilityRequest { paths: vec![path.to_owned()], visible, stage_generation: None };
        let take = |message| match message {
            ServerMessage::SetVisibilityResult(result) => Some(result),
            _ => None,
        };
        let (took, result) = self
            .until_unit(ClientMessage::SetVisibility(edit), take, |result| result.error.is_none())
            .await?;
        match result.error {
            None => Ok(took),
            Some(error) => bail!("{path} is not edited: {error}"),
        }
    }

    /// Until the picture with the outline; whether something was hit that was not selected before.
    async fn pick(&mut self, at: [f64; 2]) -> Result<(Duration, bool)> {
        let nothing = protocol::SelectPrimsRequest { paths: Vec::new(), stage_generation: None };
        self.send(ClientMessage::SelectPrims(nothing)).await?;
        let pick = protocol::PickRequest {
            x: at[0] * f64::from(self.size[0]),
            y: at[1] * f64::from(self.size[1]),
            frame: None,
            mode: protocol::PickMode::Replace,
            stage_generation: None,
        };
        let take = |message| match message {
            ServerMessage::PickResult(result) => Some(result.path.is_some()),
            _ => None,
        };
        self.until_unit(ClientMessage::Pick(pick), take, |is_hit| *is_hit).await
    }
}
