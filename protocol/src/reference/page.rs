//! The vocabulary as Markdown.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::vocabulary::{Entry, Message, Messages, Shape, Vocabulary};

/// Codes of errors have a section of their own.
const CODES: &str = "ErrorCode";

/// The whole page.
pub fn write(vocabulary: &Vocabulary, samples: &BTreeMap<String, String>) -> String {
    let mut page = Page { vocabulary, text: String::new() };
    page.line("<!-- Generated from crate `telestage-protocol` by `cargo xtask codegen`; do not edit. -->\n");
    page.line("# The protocol\n");
    page.paragraph(&vocabulary.essay);
    page.line("## Limits and times\n");
    page.table(["name", "value", "what it is"], vocabulary.numbers.iter().map(row_of_number).collect());
    page.messages("From the client", "client", &vocabulary.client, samples);
    if !vocabulary.not_built.is_empty() {
        page.line("### Not available yet\n");
        page.line("These names are known, and answered with `viewerError` `unsupported`:");
        let names: Vec<_> = vocabulary.not_built.iter().map(|name| format!("`{name}`")).collect();
        page.line(&(names.join(", ") + ".\n"));
    }
    page.messages("From the server", "server", &vocabulary.server, samples);
    page.line("## Error codes\n");
    page.body(CODES, "");
    page.line("## Types\n");
    let payloads: BTreeSet<_> = [&vocabulary.client, &vocabulary.server]
        .iter()
        .flat_map(|side| &side.rows)
        .map(|row| &row.payload)
        .collect();
    for name in vocabulary.types.keys().filter(|name| *name != CODES && !payloads.contains(name)) {
        page.line(&format!("### {name}\n"));
        page.body(name, "");
    }
    page.text.trim_end().to_owned() + "\n"
}

struct Page<'a> {
    vocabulary: &'a Vocabulary,
    text: String,
}

impl Page<'_> {
    fn line(&mut self, text: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{text}");
    }

    fn paragraph(&mut self, docs: &str) {
        if !docs.is_empty() {
            let text = self.linked(docs);
            self.line(&(text + "\n"));
        }
    }

    fn messages(&mut self, title: &str, side: &str, messages: &Messages, samples: &BTreeMap<String, String>) {
        self.line(&format!("## {title}\n"));
        self.paragraph(&messages.docs);
        for message in &messages.rows {
            self.message(message);
            // `SIDE.NAME.json` if there is one, else the first of `SIDE.NAME.something.json`.
            let prefix = format!("{side}.{}.", message.name);
            let plain = samples.get_key_value(&format!("{prefix}json"));
            let found = plain.or_else(|| samples.iter().find(|(file, _)| file.starts_with(&prefix)));
            if let Some((_, sample)) = found {
                self.line(&format!("```json\n{}\n```\n", sample.trim_end()));
            }
        }
    }

    fn message(&mut self, message: &Message) {
        self.line(&format!("### {}\n", message.name));
        self.paragraph(&message.docs);
        if !message.aliases.is_empty() {
            let names: Vec<_> = message.aliases.iter().map(|name| format!("`{name}`")).collect();
            self.line(&format!("Also understood: {}.\n", names.join(", ")));
        }
        self.body(&message.payload, &message.name);
    }

    /// What a type is and consists of; a sentence that only repeats the `title` is left out.
    fn body(&mut self, name: &str, title: &str) {
        let Some(described) = self.vocabulary.types.get(name) else { return };
        let docs = described.docs.strip_prefix(&format!("`{title}`")).unwrap_or(&described.docs);
        let docs = docs.trim_start_matches([':', '.', ',', ' ']);
        let mut letters = docs.chars();
        let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
        self.paragraph(&(first + letters.as_str()));
        match &described.shape {
            Shape::Fields(fields) if fields.is_empty() => {}
            Shape::Fields(fields) => {
                let rows = fields.iter().map(|field| self.row_of_field(field)).collect();
                self.table(["field", "type", "what it is"], rows);
            }
            Shape::Names(names) => {
                let rows =
                    names.iter().map(|name| [format!("`\"{}\"`", name.name), cell(&self.linked(&name.docs))]);
                self.table(["value", "what it means"], rows.collect());
            }
            Shape::Choice(types) => {
                let rows =
                    types.iter().map(|held| [self.type_link(&held.value), cell(&self.linked(&held.docs))]);
                self.table(["one of", "what it means"], rows.collect());
            }
        }
    }

    fn row_of_field(&self, field: &Entry) -> [String; 3] {
        let mark = if field.optional { "?" } else { "" };
        [format!("`{}`{mark}", field.name), self.type_link(&field.value), cell(&self.linked(&field.docs))]
    }

    /// Words of a type, its own names as links.
    fn type_link(&self, value: &str) -> String {
        value
            .split(' ')
            .map(|word| self.anchor(word).unwrap_or_else(|| word.to_owned()))
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// A link to a type that has a place on this page.
    fn anchor(&self, name: &str) -> Option<String> {
        let heading = match name {
            CODES => "error-codes".to_owned(),
            "ClientMessage" => "from-the-client".to_owned(),
            "ServerMessage" => "from-the-server".to_owned(),
            _ => {
                let sides = [&self.vocabulary.client, &self.vocabulary.server];
                let message = sides.iter().flat_map(|side| &side.rows).find(|row| row.payload == name);
                self.vocabulary.types.get(name)?;
                message.map_or(name, |message| &message.name).to_lowercase()
            }
        };
        Some(format!("[{name}](#{heading})"))
    }

    /// Links of rustdoc as links of this page; what has no place here as plain code.
    fn linked(&self, docs: &str) -> String {
        let mut text = String::new();
        let mut rest = docs;
        while let Some((before, after)) = rest.split_once("[`") {
            let Some((name, after)) = after.split_once("`]") else { break };
            text += before;
            text += &self.anchor(name).unwrap_or_else(|| format!("`{name}`"));
            rest = after;
        }
        text + rest
    }

    fn table<const N: usize>(&mut self, head: [&str; N], rows: Vec<[String; N]>) {
        self.line(&format!("| {} |", head.join(" | ")));
        self.line(&format!("|{}", "---|".repeat(N)));
        for row in rows {
            self.line(&format!("| {} |", row.join(" | ")));
        }
        self.line("");
    }
}

fn row_of_number(number: &Entry) -> [String; 3] {
    [format!("`{}`", number.name), number.value.clone(), cell(&number.docs)]
}

/// Text that fits into a cell of a table.
fn cell(text: &str) -> String {
    text.replace('\n', " ").replace('|', "\\|")
}
