//! What the sources say: messages, types, numbers, each with its doc comment.

use std::collections::BTreeMap;

use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{
    Attribute, BinOp, Expr, ExprLit, Fields, GenericArgument, Ident, Item, ItemConst, ItemEnum, ItemStruct,
    Lit, LitStr, Meta, PathArguments, Token, Type, Visibility,
};

/// The module whose head tells how messages travel.
const ESSAY: &str = "envelope";

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// Not Rust, or not as `messages!` wants it.
    #[error("protocol/src/{0}.rs cannot be read: {1}")]
    Syntax(String, syn::Error),
    /// No such enum.
    #[error("protocol/src has no enum {0}")]
    Missing(&'static str),
}

/// Everything that the page tells.
#[derive(Debug, Default)]
pub struct Vocabulary {
    /// What all messages have in common: the head of [`ESSAY`].
    pub essay: String,
    /// `ClientMessage`.
    pub client: Messages,
    /// `ServerMessage`.
    pub server: Messages,
    /// Whatever else travels, by name.
    pub types: BTreeMap<String, Described>,
    /// Numbers with a name: limits and times.
    pub numbers: Vec<Entry>,
    /// Names that are answered with `unsupported`.
    pub not_built: Vec<String>,
}

/// One side's messages.
#[derive(Debug, Default)]
pub struct Messages {
    /// About all of them.
    pub docs: String,
    /// In order of declaration.
    pub rows: Vec<Message>,
}

/// One message.
#[derive(Debug)]
pub struct Message {
    /// Its `event_type`.
    pub name: String,
    /// Other names that are understood.
    pub aliases: Vec<String>,
    /// What it is.
    pub docs: String,
    /// The type of its payload.
    pub payload: String,
}

/// A type.
#[derive(Debug)]
pub struct Described {
    /// What it is.
    pub docs: String,
    /// What it consists of.
    pub shape: Shape,
}

/// What a type consists of.
#[derive(Debug)]
pub enum Shape {
    /// A JSON object.
    Fields(Vec<Entry>),
    /// One of these texts.
    Names(Vec<Entry>),
    /// One of these types.
    Choice(Vec<Entry>),
}

/// A row of a table.
#[derive(Debug)]
pub struct Entry {
    /// As it stands on the wire.
    pub name: String,
    /// In JSON's words, or a number's value.
    pub value: String,
    /// It may be absent.
    pub optional: bool,
    /// What it means.
    pub docs: String,
}

impl Vocabulary {
    /// Reads the modules.
    pub fn read(sources: &BTreeMap<String, String>) -> Result<Self, Unreadable> {
        let mut read = Self::default();
        for (module, text) in sources {
            let broken = |error| Unreadable::Syntax(module.clone(), error);
            let file = syn::parse_file(text).map_err(broken)?;
            if module == ESSAY {
                read.essay = docs(&file.attrs);
            }
            for item in file.items {
                match item {
                    Item::Struct(item) if travels(&item.attrs, &item.generics) => read.add_struct(&item),
                    Item::Enum(item) if travels(&item.attrs, &item.generics) => read.add_enum(&item),
                    Item::Const(item) if matches!(item.vis, Visibility::Public(_)) => read.add_const(&item),
                    Item::Macro(item) if item.mac.path.is_ident("messages") => {
                        let Declared(name, messages) = item.mac.parse_body().map_err(broken)?;
                        if name == "ClientMessage" {
                            read.client = messages;
                        } else if name == "ServerMessage" {
                            read.server = messages;
                        }
                    }
                    _ => {}
                }
            }
        }
        for (name, messages) in [("ClientMessage", &read.client), ("ServerMessage", &read.server)] {
            if messages.rows.is_empty() {
                return Err(Unreadable::Missing(name));
            }
        }
        Ok(read)
    }

    fn add_struct(&mut self, item: &ItemStruct) {
        let fields = item.fields.iter().filter_map(|field| {
            let (told, serde) = (docs(&field.attrs), Serde::of(&field.attrs));
            let ident = field.ident.as_ref()?.to_string();
            Some(Entry {
                name: serde.rename.unwrap_or(ident),
                value: if serde.skips { json_type(inner(&field.ty)) } else { json_type(&field.ty) },
                optional: serde.skips || serde.defaults,
                docs: told,
            })
        });
        let shape = Shape::Fields(fields.collect());
        self.types.insert(item.ident.to_string(), Described { docs: docs(&item.attrs), shape });
    }

    fn add_enum(&mut self, item: &ItemEnum) {
        let snake = Serde::of(&item.attrs).rename_all.as_deref() == Some("snake_case");
        let variants = item.variants.iter().map(|variant| {
            let ident = variant.ident.to_string();
            let name = Serde::of(&variant.attrs)
                .rename
                .unwrap_or_else(|| if snake { snake_case(&ident) } else { ident });
            let held = match &variant.fields {
                Fields::Unnamed(held) => held.unnamed.iter().map(|field| json_type(&field.ty)).collect(),
                Fields::Named(_) | Fields::Unit => Vec::new(),
            };
            Entry { name, value: held.join(", "), optional: false, docs: docs(&variant.attrs) }
        });
        let variants: Vec<Entry> = variants.collect();
        let is_choice = variants.iter().any(|variant| !variant.value.is_empty());
        let shape = if is_choice { Shape::Choice(variants) } else { Shape::Names(variants) };
        self.types.insert(item.ident.to_string(), Described { docs: docs(&item.attrs), shape });
    }

    fn add_const(&mut self, item: &ItemConst) {
        if item.ident == "NOT_BUILT"
            && let Expr::Reference(list) = &*item.expr
            && let Expr::Array(list) = &*list.expr
        {
            self.not_built.extend(list.elems.iter().filter_map(|name| match name {
                Expr::Lit(ExprLit { lit: Lit::Str(name), .. }) => Some(name.value()),
                _ => None,
            }));
        } else if let Some(value) = number(&item.expr) {
            let docs = docs(&item.attrs);
            self.numbers.push(Entry { name: item.ident.to_string(), value, optional: false, docs });
        }
    }
}

/// The body of `messages!`, and the name of its enum.
struct Declared(Ident, Messages);

impl Parse for Declared {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        input.parse::<Visibility>()?;
        input.parse::<Token![enum]>()?;
        let name = input.parse()?;
        let body;
        syn::braced!(body in input);
        let mut rows = Vec::new();
        while !body.is_empty() {
            let docs = docs(&body.call(Attribute::parse_outer)?);
            let mut names = Punctuated::<LitStr, Token![|]>::parse_separated_nonempty(&body)?
                .into_iter()
                .map(|name| name.value());
            let name = names.next().unwrap_or_default();
            body.parse::<Token![=>]>()?;
            body.parse::<Ident>()?;
            let payload;
            syn::parenthesized!(payload in body);
            let payload = json_type(&payload.parse()?);
            body.parse::<Token![,]>()?;
            rows.push(Message { name, aliases: names.collect(), docs, payload });
        }
        Ok(Self(name, Messages { docs: docs(&attributes), rows }))
    }
}

/// What `#[serde(…)]` says that shows on the wire.
#[derive(Default)]
struct Serde {
    rename: Option<String>,
    rename_all: Option<String>,
    skips: bool,
    defaults: bool,
}

impl Serde {
    fn of(attributes: &[Attribute]) -> Self {
        let mut found = Self::default();
        for attribute in attributes.iter().filter(|a| a.path().is_ident("serde")) {
            let Meta::List(list) = &attribute.meta else { continue };
            let all = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
            for meta in all.into_iter().flatten() {
                found.skips |= meta.path().is_ident("skip_serializing_if");
                found.defaults |= meta.path().is_ident("default");
                let text = match &meta {
                    Meta::NameValue(pair) => text_of(&pair.value),
                    Meta::Path(_) | Meta::List(_) => None,
                };
                if meta.path().is_ident("rename") {
                    found.rename = text;
                } else if meta.path().is_ident("rename_all") {
                    found.rename_all = text;
                }
            }
        }
        found
    }
}

/// It is written as JSON, and needs no parameter for that.
fn travels(attributes: &[Attribute], generics: &syn::Generics) -> bool {
    let derives = attributes.iter().filter(|a| a.path().is_ident("derive"));
    let serialized = derives
        .filter_map(|a| a.parse_args_with(Punctuated::<syn::Path, Token![,]>::parse_terminated).ok())
        .flatten()
        .any(|path| path.segments.last().is_some_and(|last| last.ident == "Serialize"));
    serialized && generics.params.is_empty()
}

/// The text of doc comments, as it stands there but for the leading blanks.
fn docs(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter(|a| a.path().is_ident("doc")).filter_map(|a| match &a.meta {
        Meta::NameValue(pair) => text_of(&pair.value),
        Meta::Path(_) | Meta::List(_) => None,
    });
    lines.map(|line| line.strip_prefix(' ').unwrap_or(&line).to_owned()).collect::<Vec<_>>().join("\n")
}

fn text_of(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}

fn number(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => {
            // As it stands in the source, in groups of three.
            Some(number.to_string().trim_end_matches(number.suffix()).replace('_', " "))
        }
        Expr::Lit(ExprLit { lit: Lit::Float(number), .. }) => Some(number.base10_digits().to_owned()),
        Expr::Binary(product) if matches!(product.op, BinOp::Mul(_)) => {
            Some(format!("{} × {}", number(&product.left)?, number(&product.right)?))
        }
        _ => None,
    }
}

/// What an `Option` may hold; anything else is itself.
fn inner(ty: &Type) -> &Type {
    argument_of(ty, "Option").unwrap_or(ty)
}

fn argument_of<'a>(ty: &'a Type, container: &str) -> Option<&'a Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == container)?;
    match &last.arguments {
        PathArguments::AngleBracketed(arguments) => {
            arguments.args.iter().rev().find_map(|argument| match argument {
                GenericArgument::Type(ty) => Some(ty),
                _ => None,
            })
        }
        PathArguments::None | PathArguments::Parenthesized(_) => None,
    }
}

/// A Rust type in JSON's words; names of this crate stay.
fn json_type(ty: &Type) -> String {
    if let Some(held) = argument_of(ty, "Option") {
        return format!("{} or null", json_type(held));
    }
    if let Some(held) = argument_of(ty, "Box") {
        return json_type(held);
    }
    if let Some(held) = argument_of(ty, "Vec").or_else(|| argument_of(ty, "BTreeSet")) {
        return format!("list of {}", json_type(held));
    }
    if let Some(held) = argument_of(ty, "BTreeMap").or_else(|| argument_of(ty, "HashMap")) {
        return format!("object of {}", json_type(held));
    }
    match ty {
        Type::Path(path) => match path.path.segments.last().map(|last| last.ident.to_string()).as_deref() {
            Some("String" | "str") => "text".to_owned(),
            Some("bool") => "boolean".to_owned(),
            Some("f64" | "f32") => "number".to_owned(),
            Some("u8" | "u16" | "u32" | "i8" | "i16" | "i32") => "integer".to_owned(),
            Some("Value") => "any JSON".to_owned(),
            Some(name) => name.to_owned(),
            None => "any JSON".to_owned(),
        },
        Type::Array(array) => {
            format!("{} × {}", number(&array.len).unwrap_or_else(|| "n".to_owned()), json_type(&array.elem))
        }
        Type::Reference(reference) => json_type(&reference.elem),
        _ => "any JSON".to_owned(),
    }
}

fn snake_case(ident: &str) -> String {
    let mut name = String::new();
    for letter in ident.chars() {
        if letter.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.extend(letter.to_lowercase());
    }
    name
}
