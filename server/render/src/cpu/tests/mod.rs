//! The renderer from the outside: scenes in, pictures and planes out.

mod changes;
mod hidden;
mod robust;
mod scenery;
mod styles;
mod surfaces;
mod visibility;
mod within;
